import { Context, Effect, Layer, Ref, Schema } from "effect"
import type { Line } from "../../src/domain/text.ts"
import { Output } from "../../src/services/Output.ts"

export interface Recorded {
  /** The command's result as `--json` would have it. */
  readonly data: unknown
  /** The result for people. */
  readonly lines: ReadonlyArray<string>
  /** Lines on standard error, in order. */
  readonly said: ReadonlyArray<string>
  readonly failures: ReadonlyArray<unknown>
}

/** What a command put out. */
export class OutputState extends Context.Service<OutputState, Ref.Ref<Recorded>>()(
  "@crewkit/cli/test/fakes/OutputRecorded/OutputState"
) {}

const textOf = (line: Line): string => line.map((span) => (typeof span === "string" ? span : span.text)).join("")

/** Keeps all that a command puts out, and shows nothing. */
export const layer = Layer.effect(
  Output,
  Effect.gen(function* () {
    const state = yield* OutputState
    const say = (lines: ReadonlyArray<Line>) =>
      Ref.update(state, (all) => ({ ...all, said: [...all.said, ...lines.map(textOf)] }))
    const give = <A, I>(schema: Schema.Codec<A, I>, value: A, lines: ReadonlyArray<Line>) =>
      Effect.flatMap(Effect.orDie(Schema.encodeEffect(schema)(value)), (data) =>
        Ref.update(state, (all) => ({ ...all, data, lines: [...all.lines, ...lines.map(textOf)] }))
      )
    return Output.of({
      result: give,
      summary: give,
      text: say,
      note: say,
      aside: () => Effect.void,
      ask: say,
      warn: (text) => say([[text]]),
      columns: Effect.undefined,
      withSpinner: (_, work) => work,
      withProgress: (_, __, work) => work({ at: () => undefined }),
      failure: (error) => Ref.update(state, (all) => ({ ...all, failures: [...all.failures, error] }))
    })
  })
).pipe(
  Layer.provideMerge(
    Layer.effect(OutputState, Ref.make<Recorded>({ data: undefined, lines: [], said: [], failures: [] }))
  )
)
