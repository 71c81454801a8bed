/** What a test needs of the machine: skipped by name where it is absent, failed where CI is to have it. */
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"

const root = dirname(dirname(import.meta.dirname))

export interface Need {
  readonly name: string
  readonly path: string | undefined
}

const found = (name: string, path: string | undefined): Need => ({
  name,
  path: path !== undefined && existsSync(path) ? path : undefined
})

/** The real Claude Code program, by CLAUDE_PATH alone: never the developer's own. */
export const claude = found("Claude Code (CLAUDE_PATH)", process.env["CLAUDE_PATH"])

/** The sample of real agents beside the repository. */
export const corpus = found(
  "the corpus of real agents (../shared/corpus)",
  join(dirname(root), "shared", "corpus", "agents")
)

/** Registers a test that needs these; its name says what is missing where it is skipped. */
export const skipUnless = (needs: ReadonlyArray<Need>): { readonly skip: boolean; readonly suffix: string } => {
  const missing = needs.filter((need) => need.path === undefined).map((need) => need.name)
  if (missing.length > 0 && process.env["CI"] === "true") throw new Error(`CI has to have ${missing.join(" and ")}`)
  // The reporter folds skipped tests away, names and all.
  if (missing.length > 0) process.stderr.write(`skipped, for want of ${missing.join(" and ")}\n`)
  return { skip: missing.length > 0, suffix: missing.length > 0 ? ` (skipped: needs ${missing.join(" and ")})` : "" }
}
