import { Cause, Effect } from "effect"
import type { CommandOutput } from "../domain/documentSchema.ts"
import { CurrentCommand } from "../services/Invocation.ts"
import { Output } from "../services/Output.ts"
import { Remote, type RemoteServices } from "../services/Remote.ts"
import { Sessions, type SessionServices } from "../services/Sessions.ts"
import { Upkeep, type UpkeepServices } from "../services/Upkeep.ts"

/** A handler's module: what it does, and what it prints with `--json`. */
interface CommandWork<Input, A, E, R> extends CommandOutput {
  readonly run: (input: Input) => Effect.Effect<A, E, R>
}

/** What each command prints, by its path; a command is here once its specification is loaded. */
export const outputs = new Map<string, () => Promise<CommandOutput>>()

/**
 * A command's work, loaded when it runs, so that help and version never load it. What fails is printed here, once, for
 * people or as the one JSON document; the failure itself goes on and becomes the exit code.
 */
export const lazyRun = <Input, A, E, R>(command: string, load: () => Promise<CommandWork<Input, A, E, R>>) => {
  outputs.set(command, load)
  return (input: Input): Effect.Effect<void, E, R | Output> =>
    Effect.promise(load).pipe(
      Effect.flatMap((module) => module.run(input)),
      Effect.asVoid,
      Effect.tapCause((cause) =>
        Cause.hasInterruptsOnly(cause) || isPassedOn(Cause.squash(cause))
          ? Effect.void
          : Effect.flatMap(Output, (output) => {
              printed.add(Cause.squash(cause))
              return output.failure(Cause.squash(cause))
            })
      ),
      Effect.provideService(CurrentCommand, command)
    )
}

const printed = new Set<unknown>()

/** Whether a command has printed this failure; one before any command runs nobody has. */
export const wasPrinted = (error: unknown): boolean => printed.has(error)

/**
 * The exit code of Claude Code, or of a program that was given keys, is not a failure of ours to print. A time that ran
 * out is told by the command: standard output is Claude Code's, and no place for a document of ours.
 */
const isPassedOn = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  (error._tag === "ClaudeExited" || error._tag === "ClaudeTimedOut" || error._tag === "ProgramExited")

/** `lazyRun` for a command that talks to a server or a keychain: what it needs for that is loaded with it. */
export const remoteRun = <Input, A, E, R>(
  command: string,
  load: () => Promise<CommandWork<Input, A, E, R>>
): ((input: Input) => Effect.Effect<void, E, Exclude<R, RemoteServices> | Output | Remote>) =>
  lazyRun(command, () =>
    load().then(({ run, ...output }) => ({
      ...output,
      run: Effect.fnUntraced(function* (input: Input) {
        const { services } = yield* Remote
        return yield* Effect.provide(run(input), yield* services)
      })
    }))
  )

/** `lazyRun` for a command that reads or writes the session log. */
export const sessionRun = <Input, A, E, R>(
  command: string,
  load: () => Promise<CommandWork<Input, A, E, R>>
): ((input: Input) => Effect.Effect<void, E, Exclude<R, SessionServices> | Output | Sessions>) =>
  lazyRun(command, () =>
    load().then(({ run, ...output }) => ({
      ...output,
      run: Effect.fnUntraced(function* (input: Input) {
        const { services } = yield* Sessions
        return yield* Effect.provide(run(input), yield* services)
      })
    }))
  )

/** `lazyRun` for a command about crewkit itself. */
export const upkeepRun = <Input, A, E, R>(
  command: string,
  load: () => Promise<CommandWork<Input, A, E, R>>
): ((input: Input) => Effect.Effect<void, E, Exclude<R, UpkeepServices> | Output | Upkeep>) =>
  lazyRun(command, () =>
    load().then(({ run, ...output }) => ({
      ...output,
      run: Effect.fnUntraced(function* (input: Input) {
        const { services } = yield* Upkeep
        return yield* Effect.provide(run(input), yield* services)
      })
    }))
  )
