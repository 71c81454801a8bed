import { Effect, Layer } from "effect"
import type { Invocation } from "../services/Invocation.ts"
import type { Output } from "../services/Output.ts"
import type { ProjectConfig } from "../services/ProjectConfig.ts"
import type { Prompter } from "../services/Prompter.ts"
import { Remote } from "../services/Remote.ts"
import type { SecretStore } from "../services/SecretStore.ts"

export const layer = Layer.effect(
  Remote,
  Effect.gen(function* () {
    const below = yield* Effect.context<Invocation | Output | ProjectConfig | Prompter | SecretStore>()
    const scope = yield* Effect.scope
    const built = Effect.promise(() => import("./remoteServices.ts")).pipe(
      Effect.flatMap(({ layer: services }) => Layer.buildWithScope(services, scope)),
      Effect.provide(below)
    )
    return Remote.of({ services: yield* Effect.cached(built) })
  })
)
