/** Runs a program in our own terminal and process group, so that it is as if we were not there. */
import { Effect, Option, Result } from "effect"
import { constants } from "node:os"
import { graceSeconds } from "../services/policies.ts"

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

interface Options {
  readonly cwd: string
  /** The whole environment; our own where it is left out. */
  readonly env?: NodeJS.ProcessEnv
  /** Milliseconds: what runs longer is ended, with all that it started. */
  readonly limit?: number | undefined
  /** Milliseconds between asking it to end and ending it. */
  readonly grace?: number
}

interface Ended {
  /** Its exit code, or 128 + signal. */
  readonly code: number
  readonly timedOut: boolean
}

/** Fails with the reason for which it did not start. */
export const runInherited = (
  program: string,
  args: ReadonlyArray<string>,
  { grace = graceSeconds * 1000, limit, ...options }: Options
): Effect.Effect<Ended, string> =>
  // Loaded before it is needed: an update of crewkit meanwhile takes its file away.
  Effect.flatMap(
    limit === undefined ? Effect.undefined : Effect.promise(() => import("./processTree.ts")),
    (processTree) => {
      const { spawn } = process.getBuiltinModule("node:child_process")
      const child = spawn(program, args, { ...options, stdio: "inherit" })
      const giveBack = takeSignals((signal) => child.kill(signal))
      // Listens from now on, whoever waits for it and however often.
      const exit = new Promise<Result.Result<number, string>>((resolve) => {
        child.once("error", (cause) => resolve(Result.fail(cause.message)))
        child.once("exit", (code, signal) =>
          resolve(Result.succeed(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
        )
      })
      const ended = Effect.flatMap(
        Effect.promise(() => exit),
        Effect.fromResult
      )
      const { pid } = child
      const work =
        limit === undefined || processTree === undefined || pid === undefined
          ? Effect.map(ended, (code): Ended => ({ code, timedOut: false }))
          : Effect.gen(function* () {
              const inTime = yield* Effect.timeoutOption(ended, limit)
              if (Option.isSome(inTime)) return { code: inTime.value, timedOut: false }
              yield* processTree.endTree(pid, grace)
              return { code: yield* ended, timedOut: true }
            })
      return Effect.ensuring(work, Effect.sync(giveBack))
    }
  )
