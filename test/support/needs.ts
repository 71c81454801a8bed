/** What a test needs of the machine: skipped by name where it is absent, failed where CI installs it. */
import { existsSync, readdirSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"

const root = dirname(dirname(import.meta.dirname))

export interface Need {
  readonly name: string
  readonly path: string | undefined
  /** `.ci/run` installs it, so its absence there is a fault. */
  readonly installed: boolean
}

const found = (name: string, path: string | undefined, installed: boolean): Need => ({
  name,
  path: path !== undefined && existsSync(path) ? path : undefined,
  installed
})

/** The real Claude Code program, by CLAUDE_PATH alone: never the developer's own. */
export const claude = found("Claude Code (CLAUDE_PATH)", process.env["CLAUDE_PATH"], true)

/** For the pages that people see; no test downloads a browser. */
export const chromium = found("Chromium (/usr/bin/chromium)", "/usr/bin/chromium", true)

/** Makes a certificate for a test. */
export const openssl = found("OpenSSL (/usr/bin/openssl)", "/usr/bin/openssl", true)

/** A terminal that a test types into and reads. */
export const tmux = found("tmux (/usr/bin/tmux)", "/usr/bin/tmux", true)

/** Keeps the bytes that a program sends to its terminal. */
export const script = found("script (/usr/bin/script)", "/usr/bin/script", true)

/** Shells whose completion is tested in them. */
export const bash = found("bash (/bin/bash)", "/bin/bash", true)
export const zsh = found("zsh (/usr/bin/zsh)", "/usr/bin/zsh", true)
export const fish = found("fish (/usr/bin/fish)", "/usr/bin/fish", true)

/** No Debian package has it, so CI cannot be asked for it. */
export const powershell = found(
  "PowerShell (pwsh on the PATH)",
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "pwsh"))
    .find((path) => existsSync(path)),
  false
)

/** Debian keeps the server beside its version, out of PATH. */
const serverOf = (folder: string): string | undefined =>
  (existsSync(folder) ? readdirSync(folder) : [])
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(folder, version, "bin", "postgres"))
    .find((path) => existsSync(path))

/** The server program; tests start one of their own. */
export const postgres = found("PostgreSQL (/usr/lib/postgresql)", serverOf("/usr/lib/postgresql"), true)

/** The sample of real agents beside the repository, where a clone of the repository alone has nothing. */
export const corpus = found(
  "the corpus of real agents (../shared/corpus)",
  join(dirname(root), "shared", "corpus", "agents"),
  false
)

/** Registers a test that needs these; its name says what is missing where it is skipped. */
export const skipUnless = (needs: ReadonlyArray<Need>): { readonly skip: boolean; readonly suffix: string } => {
  const absent = needs.filter((need) => need.path === undefined)
  const broken = process.env["CI"] === "true" ? absent.filter((need) => need.installed).map((need) => need.name) : []
  if (broken.length > 0) throw new Error(`CI has to have ${broken.join(" and ")}`)
  const missing = absent.map((need) => need.name)
  // The reporter folds skipped tests away, names and all.
  if (missing.length > 0) process.stderr.write(`skipped, for want of ${missing.join(" and ")}\n`)
  return { skip: missing.length > 0, suffix: missing.length > 0 ? ` (skipped: needs ${missing.join(" and ")})` : "" }
}
