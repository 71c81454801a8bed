/** What a machine knows of a project, in memory. */
import { Effect, Layer, Option, Ref } from "effect"
import type { RegistryAnswer } from "../domain/Effective.ts"
import { emptyState } from "../domain/SyncState.ts"
import { LocalState } from "../services/LocalState.ts"

interface Answered {
  readonly question: string
  readonly answer: RegistryAnswer
}

/** A machine on which nothing was synced yet. Keeps one answer, as the live layer does; never fails. */
export const layer: Layer.Layer<LocalState> = Layer.effect(
  LocalState,
  Effect.gen(function* () {
    const state = yield* Ref.make(emptyState)
    const kept = yield* Ref.make(Option.none<Answered>())
    return LocalState.of({
      read: Ref.get(state),
      write: (next) => Ref.set(state, next),
      answer: (question) =>
        Effect.map(Ref.get(kept), (answered) =>
          Option.map(
            Option.filter(answered, (each) => each.question === question),
            ({ answer }) => answer
          )
        ),
      answered: Effect.map(Ref.get(kept), Option.isSome),
      forgetAnswer: Ref.set(kept, Option.none()),
      rememberAnswer: (question, answer) => Ref.set(kept, Option.some({ question, answer }))
    })
  })
)
