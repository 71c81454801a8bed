/** Runs one call of crewkit through the real parser, over fakes. */
import { Cause, Effect, Exit, Layer, Ref, Runtime } from "effect"
import { CliOutput, Command } from "effect/cli"
import { environment } from "../../src/commands/environment.ts"
import { globals } from "../../src/commands/globals.ts"
import { crewkitFor } from "../../src/commands/root.ts"
import { OutputState, type Recorded } from "../fakes/OutputRecorded.ts"
import * as OutputRecorded from "../fakes/OutputRecorded.ts"

export interface Called extends Recorded {
  readonly code: number
  /** The message of what it failed with. */
  readonly problem: string | undefined
  readonly next: string | undefined
}

const fieldOf = (error: unknown, name: "message" | "next"): string | undefined => {
  const value: unknown = typeof error === "object" && error !== null ? Reflect.get(error, name) : undefined
  return typeof value === "string" ? value : undefined
}

const silent = CliOutput.layerPresenter({ present: () => Effect.void })

/** The layer has what the command asks for, but for Output. */
export const call = <A>(args: ReadonlyArray<string>, layer: Layer.Layer<A>): Effect.Effect<Called> =>
  Effect.gen(function* () {
    const command = Command.withGlobalFlags(yield* crewkitFor(args), globals)
    // Boundary: of all that commands may ask for, this one asks for no more than the test gives.
    const run = Command.runWith(command, { version: "0.0.0" })(args) as Effect.Effect<void, unknown>
    const exit = yield* Effect.exit(run)
    const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
    const interrupted = Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
    return {
      ...(yield* Ref.get(yield* OutputState)),
      code: Exit.isSuccess(exit) ? 0 : interrupted ? 130 : Runtime.getErrorExitCode(error),
      problem: fieldOf(error, "message"),
      next: fieldOf(error, "next")
    }
  }).pipe(Effect.provide(Layer.mergeAll(environment, silent, OutputRecorded.layer, layer)))
