/** A project to complete in, `crewkit` on the PATH, and shells that a test types into. */
import * as fs from "node:fs"
import { delimiter, dirname, join } from "node:path"
import { agentText, launcher, node, type Scratch, scratch } from "./program.ts"
import { openTerminal, type Terminal } from "./terminal.ts"

export const session = "3f2a91c4-0000-4000-8000-00000000000a"
export const olderSession = "a0b1c2d3-0000-4000-8000-00000000000b"
export const time = "2026-10-11T14-30-22-123Z"
export const olderTime = "2026-10-11T09-00-00-000Z"
/** Stands where completion reads, and is never to come out. */
export const canary = "sk-canary-7f3d9b"

/** Names that no crewkit makes, and that a shell would obey or a terminal would draw. */
const odd = ["$(touch owned).md", "a;b.md", "with space.md", "`id`.md", "\u001b[31mred.md", "new\nline.md", "Upper.md"]

const opened = (id: string, kind: string, at: string): string =>
  `${JSON.stringify({ seq: 0, prev: "0", type: "io.crewkit.ledger.opened", time: at, data: { session: id, kind } })}\n`

const key = (name: string, env: string) => ({ name, env, created: 1, rotated: 1, fingerprint: canary, store: "vault" })

const page = fs.readFileSync(join(dirname(dirname(import.meta.dirname)), "docs", "completions.md"), "utf8")

/** A line that docs/completions.md tells people to type. */
export const documented = (line: string): string => {
  if (!page.split("\n").includes(line)) throw new Error(`docs/completions.md has no line ${line}`)
  return line
}

export interface Shells extends Scratch {
  /** What crewkit answers a shell, by lines. */
  readonly answer: (...request: ReadonlyArray<string>) => Promise<ReadonlyArray<string>>
  /** The script that `--completions` prints, in a file. */
  readonly script: (shell: string, file: string) => Promise<string>
}

export const shells = async (): Promise<Shells> => {
  const project = scratch()
  project.write(".agent/config.yml", "org: acme\nproject: web-shop\nregistry: ../registry\n")
  project.write(".claude/agents/code-reviewer.md", agentText("code-reviewer"))
  project.write(".claude/agents/test-writer.md", agentText("test-writer"))
  project.write(".agent/local/code-reviewer.md", "")
  const lock = { agents: { "only-locked": { sha256: { "lead-dev": "" } }, "../up": {}, "code-reviewer": {} } }
  project.write(".agent/agents.lock", JSON.stringify(lock))
  project.write(`.claude/.backups/code-reviewer/${time}.md`, "")
  project.write(`.claude/.backups/code-reviewer/${olderTime}.md`, "")
  project.write(".claude/.backups/code-reviewer/notes.md", "")
  fs.mkdirSync(project.path(".claude", ".backups", "none-left"))
  for (const name of odd) {
    project.write(join(".claude", "agents", name), agentText("odd"))
    project.write(join(".claude", ".backups", name, `${time}.md`), "")
  }
  project.write(`.crewkit/sessions/${olderSession}.0001.jsonl`, "")
  project.write(`.crewkit/sessions/${session}.0001.jsonl`, "")
  project.write(`.crewkit/sessions/${session}.0002.jsonl`, "")
  project.write(
    ".crewkit/sessions/ledger.jsonl",
    opened(olderSession, "sync", "2026-10-11T09:00:00.000Z") + opened(session, "code", "2026-10-11T14:30:22.123Z")
  )
  project.write("../registry/roles/release-manager.yml", "")
  project.write("../registry/orgs/acme/org.yml", "")
  project.write("my file.md", "")
  project.write("sub dir/inside.md", "")
  const keys = [key("openai-api-key", "dev"), key("openai-api-key", "prod"), key("stripe-key", "prod")]
  project.write("../home/.local/share/crewkit/keys.json", JSON.stringify({ version: 1, salt: canary, keys }))
  const programs = project.beside("programs")
  fs.mkdirSync(programs)
  fs.writeFileSync(join(programs, "crewkit"), `#!/bin/sh\nexec '${node}' '${launcher}' "$@"\n`, { mode: 0o755 })
  const path = [programs, project.env["PATH"] ?? ""].join(delimiter)
  return {
    ...project,
    env: { ...project.env, PATH: path },
    answer: async (...request) => {
      const run = await project.crewkit(["__complete", ...request])
      if (run.code !== 0 || run.stderr !== "") throw new Error(`exit code ${run.code}: ${run.stderr}`)
      return run.stdout === "" ? [] : run.stdout.trimEnd().split("\n")
    },
    script: async (shell, file) => {
      const run = await project.crewkit(["--completions", shell])
      fs.writeFileSync(project.beside(file), run.stdout)
      return project.beside(file)
    },
    // A spread copies the member that disposes, too; it is named so that the type says so.
    [Symbol.dispose]: () => project[Symbol.dispose]()
  }
}

export interface TypedShell extends AsyncDisposable {
  readonly terminal: Terminal
  /** Types a line, presses Tab, and tells which words the shell then has. */
  readonly completed: (line: string) => Promise<string>
  /** Types a line, presses Tab, and waits for the list; bash shows it at the second Tab. */
  readonly listed: (line: string, shows: string | RegExp, tabs?: number) => Promise<string>
}

/** An interactive shell, which has a function `words` that prints its arguments in angle brackets, and a prompt `> `. */
export const typed = async (
  program: string,
  args: ReadonlyArray<string>,
  project: Shells,
  env: Record<string, string> = {}
): Promise<TypedShell> => {
  const terminal = await openTerminal(program, args, { cwd: project.project, env: { ...project.env, ...env } })
  await terminal.shows(/^>/m)
  let many = 0
  return {
    terminal,
    completed: async (line) => {
      const mark = `<${++many}>`
      await terminal.type(line)
      // The shell reads one key after the other: none is lost while it completes.
      await terminal.press("Tab", "C-a")
      await terminal.type(`words ${many} `)
      await terminal.press("C-e", "Enter")
      const screen = await terminal.shows(new RegExp(`^${mark}.*$`, "m"))
      await terminal.press("C-l")
      return screen
        .split("\n")
        .filter((each) => each.startsWith(mark))
        .map((each) => each.slice(mark.length).trimEnd())
        .join()
    },
    listed: async (line, shows, tabs = 1) => {
      await terminal.type(line)
      await terminal.press(...Array.from({ length: tabs }, () => "Tab"))
      const screen = await terminal.shows(shows)
      await terminal.press("C-u", "C-l")
      return screen
    },
    [Symbol.asyncDispose]: () => terminal[Symbol.asyncDispose]()
  }
}
