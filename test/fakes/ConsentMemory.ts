import { Context, Effect, Layer, Ref } from "effect"
import type { ConsentFile, Veto } from "../../src/domain/consent.ts"
import { Consent } from "../../src/services/Consent.ts"

/** What is kept, as it stands. */
export class Kept extends Context.Service<Kept, Ref.Ref<ConsentFile>>()("@crewkit/cli/test/fakes/ConsentMemory/Kept") {}

export const layer = (file: ConsentFile = {}, veto?: Veto) =>
  Layer.effect(
    Consent,
    Effect.gen(function* () {
      const kept = yield* Kept
      return Consent.of({
        place: "/home/someone/.config/crewkit/telemetry.json",
        state: Effect.map(Ref.get(kept), (now) => ({ file: now, veto })),
        change: (by) => Effect.map(Ref.updateAndGet(kept, by), (now) => ({ file: now, veto }))
      })
    })
  ).pipe(Layer.provideMerge(Layer.effect(Kept, Ref.make(file))))
