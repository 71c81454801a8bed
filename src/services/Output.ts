import { Context, type Effect, type Schema } from "effect"
import type { Line } from "../domain/text.ts"

export interface Progress {
  /** Says that `done` of the total are finished; called from the midst of the work, so no effect. */
  readonly at: (done: number) => void
}

/**
 * The one way out for text. Sanitizes everything, honours `--json`, `--quiet`, `--plain` and colour.
 * Standard output carries the result alone; all else goes to standard error.
 */
export class Output extends Context.Service<
  Output,
  {
    /** The command's result: the document of `--json`, or these lines. */
    readonly result: <A, I>(schema: Schema.Codec<A, I>, value: A, lines: ReadonlyArray<Line>) => Effect.Effect<void>
    /** The account of what was done; like `result`, but left out with `--quiet`. */
    readonly summary: <A, I>(schema: Schema.Codec<A, I>, value: A, lines: ReadonlyArray<Line>) => Effect.Effect<void>
    /** Lines for people on standard output, from a command that is going to fail; left out with `--quiet` and `--json`. */
    readonly text: (lines: ReadonlyArray<Line>) => Effect.Effect<void>
    /** Lines on standard error for a person who waits; left out with `--quiet` and `--json`. */
    readonly note: (lines: ReadonlyArray<Line>) => Effect.Effect<void>
    /** Lines beside a result, for a person at a terminal; nothing where standard output goes to a file or a pipe. */
    readonly aside: (lines: ReadonlyArray<Line>) => Effect.Effect<void>
    /** What a person has to see to go on; on standard error, with `--quiet` and `--json` too. */
    readonly ask: (lines: ReadonlyArray<Line>) => Effect.Effect<void>
    /** Shows on a terminal that something is being waited for; nothing elsewhere. */
    readonly withSpinner: <A, E, R>(label: string, work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
    /** Width of the terminal that standard output is; none where it is no terminal. */
    readonly columns: Effect.Effect<number | undefined>
    /** Something that went otherwise than expected; with `--json` it is collected into `warnings`. */
    readonly warn: (text: string) => Effect.Effect<void>
    /** A bar on a terminal from half a second on; nothing elsewhere. */
    readonly withProgress: <A, E, R>(
      label: string,
      total: number,
      work: (progress: Progress) => Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E, R>
    /** Prints the failure of a command, for people or as the one JSON document. */
    readonly failure: (error: unknown) => Effect.Effect<void>
  }
>()("@crewkit/cli/services/Output") {}
