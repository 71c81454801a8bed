/** Logs a project of a test in, as a person would: the code from the terminal, approved on the page. */
import { spawn } from "node:child_process"
import { launcher, node, type Run, type Scratch } from "./program.ts"

export interface LoginOptions {
  readonly env: Record<string, string>
  readonly args?: ReadonlyArray<string>
  /** What the person does with the code. */
  readonly decide: (userCode: string) => Promise<unknown>
}

/** `crewkit auth login`, up to its end. */
export const logIn = (project: Scratch, { args = [], decide, env }: LoginOptions): Promise<Run> =>
  new Promise((resolve, reject) => {
    const child = spawn(node, [launcher, "auth", "login", "--no-browser", ...args], {
      cwd: project.project,
      env: { ...project.env, ...env },
      stdio: ["ignore", "pipe", "pipe"]
    })
    let stdout = ""
    let stderr = ""
    let decided = false
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString("utf8")))
    child.stderr.on("data", (data: Buffer) => {
      stderr += data.toString("utf8")
      const code = /code\s+([A-Z0-9-]{4,20})\b/.exec(stderr)?.[1]
      if (code === undefined || decided) return
      decided = true
      decide(code).catch((cause: unknown) => {
        child.kill()
        reject(cause instanceof Error ? cause : new Error(String(cause)))
      })
    })
    child.once("error", reject)
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
