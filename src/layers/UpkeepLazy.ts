import { Effect, Layer } from "effect"
import type { Invocation } from "../services/Invocation.ts"
import { Upkeep } from "../services/Upkeep.ts"

export const layer = Layer.effect(
  Upkeep,
  Effect.gen(function* () {
    const below = yield* Effect.context<Invocation>()
    const scope = yield* Effect.scope
    return Upkeep.of({
      services: Effect.promise(() => import("./upkeepServices.ts")).pipe(
        Effect.flatMap(({ layer: services }) => Layer.buildWithScope(services, scope)),
        Effect.provide(below)
      )
    })
  })
)
