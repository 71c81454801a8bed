/** Runs a program in our own terminal and process group, so that it is as if we were not there. */
import { Effect } from "effect"
import { constants } from "node:os"

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
}

/** Its exit code, or 128 + signal; fails with the reason for which it did not start. */
export const runInherited = (
  program: string,
  args: ReadonlyArray<string>,
  options: Options
): Effect.Effect<number, string> =>
  Effect.callback((resume) => {
    const { spawn } = process.getBuiltinModule("node:child_process")
    const child = spawn(program, args, { ...options, stdio: "inherit" })
    const giveBack = takeSignals((signal) => child.kill(signal))
    child.once("error", (cause) => {
      giveBack()
      resume(Effect.fail(cause.message))
    })
    child.once("exit", (code, signal) => {
      giveBack()
      resume(Effect.succeed(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
    })
  })
