import { Effect, Layer, Option } from "effect"
import * as fs from "node:fs"
import { delimiter, isAbsolute, join, resolve } from "node:path"
import { ClaudeExited, ClaudeMissing, ClaudeTimedOut } from "../domain/claudeErrors.ts"
import { ClaudeCode } from "../services/ClaudeCode.ts"
import { Invocation } from "../services/Invocation.ts"
import { runInherited } from "./inheritedChild.ts"

const isProgram = (path: string): boolean => {
  try {
    fs.accessSync(path, process.platform === "win32" ? fs.constants.F_OK : fs.constants.X_OK)
    return fs.statSync(path).isFile()
  } catch {
    return false
  }
}

/** On Windows a program only: the script that npm makes there would need a shell, and a shell reads our arguments. */
const fileName = process.platform === "win32" ? "claude.exe" : "claude"

const onPath = (): string | undefined =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    // A relative entry would let the project bring its own claude.
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, fileName))
    .find(isProgram)

export const layer = Layer.effect(
  ClaudeCode,
  Effect.gen(function* () {
    const { cwd } = yield* Invocation
    return ClaudeCode.of({
      find: Effect.suspend(() => {
        const named = process.env["CLAUDE_PATH"]
        if (named !== undefined && named !== "") {
          const path = resolve(cwd, named)
          return isProgram(path)
            ? Effect.succeed(path)
            : Effect.fail(new ClaudeMissing({ looked: `CLAUDE_PATH is ${named}` }))
        }
        const found = onPath()
        return found === undefined
          ? Effect.fail(new ClaudeMissing({ looked: "no claude on the PATH" }))
          : Effect.succeed(found)
      }),
      version: (program) =>
        Effect.callback<Option.Option<string>>((resume) => {
          const { execFile } = process.getBuiltinModule("node:child_process")
          const child = execFile(program, ["--version"], { windowsHide: true }, (error, stdout) => {
            const version = /^(\d+\.\d+\.\d+[\w.-]*)/.exec(stdout)?.[1]
            resume(Effect.succeed(error === null ? Option.fromNullishOr(version) : Option.none()))
          })
          // Whatever it has started meanwhile and left with its output is not waited for either.
          return Effect.sync(() => {
            child.kill("SIGKILL")
            child.stdout?.destroy()
            child.stderr?.destroy()
          })
        }).pipe(Effect.timeoutOption("1 second"), Effect.map(Option.flatten)),
      launch: Effect.fnUntraced(function* (program, args, folder, { env: added, limit } = {}) {
        // A token of the registry is no business of an AI's shell.
        const { CREWKIT_TOKEN: _, ...env } = process.env
        const { code, timedOut } = yield* runInherited(program, args, {
          cwd: folder,
          env: { ...env, ...added },
          limit
        }).pipe(Effect.mapError((reason) => new ClaudeMissing({ looked: `${program}: ${reason}` })))
        if (timedOut) return yield* new ClaudeTimedOut({ limit: limit ?? 0, exitCode: code })
        if (code !== 0) return yield* new ClaudeExited({ exitCode: code })
      })
    })
  })
)
