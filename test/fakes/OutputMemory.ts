import { Context, Effect, Layer, Ref } from "effect"
import { Output } from "../../src/services/Output.ts"

/** What was warned of. */
export class Warnings extends Context.Service<Warnings, Ref.Ref<ReadonlyArray<string>>>()(
  "@crewkit/cli/test/fakes/OutputMemory/Warnings"
) {}

/** Keeps warnings, and shows nothing. */
export const layer = Layer.effect(
  Output,
  Effect.gen(function* () {
    const warnings = yield* Warnings
    return Output.of({
      result: () => Effect.void,
      summary: () => Effect.void,
      text: () => Effect.void,
      note: () => Effect.void,
      aside: () => Effect.void,
      ask: (lines) =>
        Ref.update(warnings, (all) => [
          ...all,
          ...lines.map((line) => line.map((span) => (typeof span === "string" ? span : span.text)).join(""))
        ]),
      warn: (text) => Ref.update(warnings, (all) => [...all, text]),
      columns: Effect.undefined,
      withSpinner: (_, work) => work,
      withProgress: (_, __, work) => work({ at: () => undefined }),
      failure: () => Effect.void
    })
  })
).pipe(Layer.provideMerge(Layer.effect(Warnings, Ref.make<ReadonlyArray<string>>([]))))
