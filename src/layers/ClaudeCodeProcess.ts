import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import { constants } from "node:os"
import { delimiter, isAbsolute, join, resolve } from "node:path"
import { ClaudeExited, ClaudeMissing } from "../domain/errors.ts"
import { ClaudeCode } from "../services/ClaudeCode.ts"
import { Invocation } from "../services/Invocation.ts"

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

/** Signals that end a session and that the child must hear of; the terminal itself sends it SIGINT and SIGQUIT. */
const passedOn = ["SIGTERM", "SIGHUP"] as const
const fromTerminal = ["SIGINT", "SIGQUIT"] as const

/**
 * Takes over the signals for as long as the child runs: with a terminal it gets Ctrl-C itself and we only have to
 * outlive it; without one we pass SIGINT on. Returns what gives them back.
 */
const takeSignals = (kill: (signal: NodeJS.Signals) => void): (() => void) => {
  const onTerminal = process.stdin.isTTY
  const handlers: ReadonlyArray<readonly [NodeJS.Signals, () => void]> = [
    ...passedOn.map((signal) => [signal, () => kill(signal)] as const),
    ...fromTerminal.map((signal) => [signal, onTerminal ? () => undefined : () => kill(signal)] as const)
  ]
  const before = handlers.map(([signal]) => [signal, process.listeners(signal)] as const)
  for (const [signal, handler] of handlers) {
    process.removeAllListeners(signal)
    process.on(signal, handler)
  }
  return () => {
    for (const [signal, handler] of handlers) process.removeListener(signal, handler)
    for (const [signal, listeners] of before) for (const listener of listeners) process.on(signal, listener)
  }
}

const run = (program: string, args: ReadonlyArray<string>, cwd: string): Effect.Effect<number, ClaudeMissing> =>
  Effect.callback<number, ClaudeMissing>((resume) => {
    const { spawn } = process.getBuiltinModule("node:child_process")
    const child = spawn(program, args, { cwd, stdio: "inherit" })
    const giveBack = takeSignals((signal) => child.kill(signal))
    child.once("error", (cause) => {
      giveBack()
      resume(Effect.fail(new ClaudeMissing({ looked: `${program}: ${cause.message}` })))
    })
    child.once("exit", (code, signal) => {
      giveBack()
      resume(Effect.succeed(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
    })
  })

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
      launch: (program, args, folder) =>
        Effect.flatMap(run(program, args, folder), (code) =>
          code === 0 ? Effect.void : Effect.fail(new ClaudeExited({ exitCode: code }))
        )
    })
  })
)
