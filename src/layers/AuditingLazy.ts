import { Effect, Layer } from "effect"
import type { AgentFiles } from "../services/AgentFiles.ts"
import { Auditing } from "../services/Auditing.ts"
import type { Backups } from "../services/Backups.ts"
import type { EffectiveAgents } from "../services/EffectiveAgents.ts"
import type { Git } from "../services/Git.ts"
import type { Invocation } from "../services/Invocation.ts"
import type { LocalState } from "../services/LocalState.ts"
import type { ProjectConfig } from "../services/ProjectConfig.ts"

export const layer = Layer.effect(
  Auditing,
  Effect.gen(function* () {
    const below = yield* Effect.context<
      AgentFiles | Backups | EffectiveAgents | Git | Invocation | LocalState | ProjectConfig
    >()
    const scope = yield* Effect.scope
    const built = Effect.promise(() => import("./auditServices.ts")).pipe(
      Effect.flatMap(({ layer: services }) => Layer.buildWithScope(services, scope)),
      Effect.provide(below)
    )
    return Auditing.of({ services: yield* Effect.cached(built) })
  })
)
