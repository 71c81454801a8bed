import { Effect, Layer } from "effect"
import type { ApiKeys } from "../services/ApiKeys.ts"
import type { ClaudeCode } from "../services/ClaudeCode.ts"
import { Doctor } from "../services/Doctor.ts"
import type { Invocation } from "../services/Invocation.ts"
import type { Lock } from "../services/Lock.ts"
import type { ProjectConfig } from "../services/ProjectConfig.ts"
import type { SecretStore } from "../services/SecretStore.ts"

/** What an examination stands on. */
type Ground = ApiKeys | ClaudeCode | Invocation | Lock | ProjectConfig | SecretStore

/** Loaded when the doctor is called: no other command pays for it. */
export const layer = Layer.effect(
  Doctor,
  Effect.gen(function* () {
    const ground = yield* Effect.context<Ground>()
    return Doctor.of({
      examine: Effect.fnUntraced(function* (request) {
        const { examine } = yield* Effect.promise(() => import("./doctor/examine.ts"))
        return yield* Effect.provide(examine(request), ground)
      })
    })
  })
)
