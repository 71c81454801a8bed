/** Runs the built program the way a person does: in a scratch project, with a scratch home. */
import { execFileSync, spawn } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

const root = dirname(dirname(import.meta.dirname))
/** Its first file: the one that was built here, or that of an installed copy, by CREWKIT_TEST_LAUNCHER. */
export const launcher = process.env["CREWKIT_TEST_LAUNCHER"] ?? join(root, "dist", "launcher.cjs")
/** The Node that runs the program: the one of this test, or the one of CREWKIT_TEST_NODE. */
export const node = process.env["CREWKIT_TEST_NODE"] ?? process.execPath
export const examples = join(root, "examples", "registry")

export interface Run {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Scratch extends Disposable {
  /** The project's folder, a git repository whose user is an example member. */
  readonly project: string
  /** A folder beside the project. */
  readonly beside: (name: string) => string
  readonly path: (...parts: ReadonlyArray<string>) => string
  readonly read: (...parts: ReadonlyArray<string>) => string
  readonly write: (file: string, text: string) => void
  /** Runs crewkit in the project, without a terminal. */
  readonly crewkit: (args: ReadonlyArray<string>, env?: Record<string, string>, input?: string) => Promise<Run>
  readonly env: Record<string, string>
}

export const runProgram = (
  program: string,
  args: ReadonlyArray<string>,
  options: { readonly cwd: string; readonly env: Record<string, string>; readonly input?: string }
): Promise<Run> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: options.cwd, env: options.env, stdio: ["pipe", "pipe", "pipe"] })
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString("utf8")))
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString("utf8")))
    child.once("error", reject)
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }))
    child.stdin.on("error", () => undefined)
    child.stdin.end(options.input ?? "")
  })

/** A fresh project; `email` is git's `user.email`, by which the example registry finds the role. */
export const scratch = (email = "someone@acme.example"): Scratch => {
  const base = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "crewkit-test-"))
  const project = join(base, "project with spaces")
  const home = join(base, "home")
  for (const folder of [project, home]) fs.mkdirSync(folder)
  const env: Record<string, string> = {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    XDG_CONFIG_HOME: join(home, ".config"),
    XDG_CACHE_HOME: join(home, ".cache"),
    NO_COLOR: "1"
  }
  const git = (...args: ReadonlyArray<string>) => execFileSync("git", args, { cwd: project, env })
  git("init", "--quiet")
  git("config", "user.email", email)
  const path = (...parts: ReadonlyArray<string>) => join(project, ...parts)
  return {
    project,
    beside: (name) => join(base, name),
    path,
    read: (...parts) => fs.readFileSync(path(...parts), "utf8"),
    write: (file, text) => {
      fs.mkdirSync(dirname(path(file)), { recursive: true })
      fs.writeFileSync(path(file), text)
    },
    crewkit: (args, extra = {}, input = "") =>
      runProgram(node, [launcher, ...args], { cwd: project, env: { ...env, ...extra }, input }),
    env,
    [Symbol.dispose]: () => fs.rmSync(base, { recursive: true, force: true })
  }
}

/** An agent file as small as it may be. */
export const agentText = (name: string, body = `You are ${name}.`, more = ""): string =>
  `---\nname: ${name}\ndescription: Helps with ${name}\n${more}---\n\n${body}\n`

/** A registry folder with these files, by path below it. */
export const registryWith = (folder: string, files: Record<string, string>): string => {
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(dirname(join(folder, file)), { recursive: true })
    fs.writeFileSync(join(folder, file), text)
  }
  return folder
}

/** Every file of a folder with inode, mtime and content: equal pictures mean that nothing was written. */
export const pictureOf = (folder: string): ReadonlyArray<string> =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/[\\/](?:\.git|\.cache)(?:[\\/]|$)/.test(entry.parentPath))
    .map((entry) => {
      const file = join(entry.parentPath, entry.name)
      const stat = fs.statSync(file)
      return `${file} ${stat.ino} ${stat.mtimeMs} ${stat.ctimeMs} ${fs.readFileSync(file, "base64")}`
    })
    .sort()

/** The one JSON document that `--json` promises on standard output. */
export const documentOf = (
  run: Run
): {
  readonly ok: boolean
  readonly command: string
  readonly data?: unknown
  readonly error?: {
    readonly code: string
    readonly message: string
    readonly next?: string
    readonly docs?: string
    readonly details?: unknown
  }
} => {
  const lines = run.stdout.split("\n").filter((line) => line !== "")
  if (lines.length !== 1) throw new Error(`not one document but ${lines.length} lines: ${run.stdout.slice(0, 400)}`)
  return JSON.parse(lines[0] ?? "")
}
