import { Context, type Effect, type Stream } from "effect"
import type { FileError } from "../domain/errors.ts"

/** Files that a person asked for by a path of their own; replaced whole, or not at all. */
export class TextFile extends Context.Service<
  TextFile,
  {
    /** The path is relative to where the command runs. Gives the absolute one. Private: session logs tell who did what. */
    readonly write: <E, R>(path: string, text: Stream.Stream<string, E, R>) => Effect.Effect<string, E | FileError, R>
  }
>()("@crewkit/cli/services/TextFile") {}
