/** What would have been printed, as values. */
import { Context, Effect, Layer, Ref, Schema } from "effect"
import { problemOf } from "../domain/bug.ts"
import { sanitize } from "../domain/sanitize.ts"
import type { Line } from "../domain/text.ts"
import { Output } from "../services/Output.ts"

/** One call of `Output`. */
export interface Printed {
  /** The method that was called. */
  readonly by: "result" | "summary" | "text" | "note" | "aside" | "ask" | "warn" | "failure"
  /** Without colour, made safe for a terminal as the live layer makes it; lines are joined with `\n`. */
  readonly text: string
  /** What `--json` would have as `data` (of `result` and `summary`) or as `error` (of `failure`). */
  readonly json?: unknown
}

class Prints extends Context.Service<Prints, Ref.Ref<ReadonlyArray<Printed>>>()(
  "@crewkit/cli/testing/OutputMemory/Prints"
) {}

export type OutputPrints = Prints

/** All that was printed, oldest first. */
export const printed: Effect.Effect<ReadonlyArray<Printed>, never, OutputPrints> = Effect.flatMap(Prints, Ref.get)

const textOf = (lines: ReadonlyArray<Line>): string =>
  lines.map((line) => line.map((span) => sanitize(typeof span === "string" ? span : span.text)).join("")).join("\n")

/** Keeps what is printed and shows nothing. `columns`: how wide the terminal is; without, it is none. */
export const layer = (options: { readonly columns?: number } = {}): Layer.Layer<Output | OutputPrints> =>
  Layer.effect(
    Output,
    Effect.gen(function* () {
      const prints = yield* Prints
      const add = (one: Printed): Effect.Effect<void> => Ref.update(prints, (all) => [...all, one])
      const lines = (by: Printed["by"]) => (all: ReadonlyArray<Line>) => add({ by, text: textOf(all) })
      const result =
        (by: "result" | "summary") =>
        <A, I>(schema: Schema.Codec<A, I>, value: A, all: ReadonlyArray<Line>): Effect.Effect<void> =>
          Effect.flatMap(Effect.orDie(Schema.encodeEffect(schema)(value)), (json) =>
            add({ by, text: textOf(all), json })
          )
      return Output.of({
        result: result("result"),
        summary: result("summary"),
        text: lines("text"),
        note: lines("note"),
        aside: lines("aside"),
        ask: lines("ask"),
        warn: (text) => add({ by: "warn", text: sanitize(text) }),
        columns: Effect.succeed(options.columns),
        withSpinner: (_, work) => work,
        withProgress: (_, __, work) => work({ at: () => undefined }),
        failure: (error) => {
          const problem = problemOf(error)
          return add({ by: "failure", text: sanitize(problem.message), json: problem })
        }
      })
    })
  ).pipe(Layer.provideMerge(Layer.effect(Prints, Ref.make<ReadonlyArray<Printed>>([]))))
