import { Effect, Layer } from "effect"
import type { AgentFiles } from "../services/AgentFiles.ts"
import type { ClaudeCode } from "../services/ClaudeCode.ts"
import type { ContentStore } from "../services/ContentStore.ts"
import type { Git } from "../services/Git.ts"
import type { Invocation } from "../services/Invocation.ts"
import type { LocalState } from "../services/LocalState.ts"
import type { Lock } from "../services/Lock.ts"
import type { ProjectConfig } from "../services/ProjectConfig.ts"
import type { Remote } from "../services/Remote.ts"
import type { SecretStore } from "../services/SecretStore.ts"
import { Sessions } from "../services/Sessions.ts"

export const layer = Layer.effect(
  Sessions,
  Effect.gen(function* () {
    const below = yield* Effect.context<
      | AgentFiles
      | ClaudeCode
      | ContentStore
      | Git
      | Invocation
      | LocalState
      | Lock
      | ProjectConfig
      | Remote
      | SecretStore
    >()
    const scope = yield* Effect.scope
    const built = Effect.promise(() => import("./sessionServices.ts")).pipe(
      Effect.flatMap(({ layer: services }) => Layer.buildWithScope(services, scope)),
      Effect.provide(below)
    )
    return Sessions.of({ services: yield* Effect.cached(built) })
  })
)
