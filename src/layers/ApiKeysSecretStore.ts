/** API keys over the secret store and `keys.json`; loaded when the first one is asked for. */
import { Effect, Layer } from "effect"
import { rotationDays } from "../domain/ApiKey.ts"
import { ApiKeys } from "../services/ApiKeys.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { SecretStore } from "../services/SecretStore.ts"
import { dataFolder } from "./userFolders.ts"

export const layer = Layer.effect(
  ApiKeys,
  Effect.gen(function* () {
    const secrets = yield* SecretStore
    const config = yield* ProjectConfig
    const days = Effect.map(config.personal, (personal) => personal.keys?.rotateAfterDays ?? rotationDays)
    const keys = Effect.map(
      Effect.promise(() => import("./keyFile.ts")),
      ({ makeApiKeys }) => makeApiKeys(dataFolder(), secrets, days)
    )
    return ApiKeys.of({
      list: Effect.flatMap(keys, ({ list }) => list),
      rotationDays: days,
      overdue: Effect.flatMap(keys, ({ overdue }) => overdue),
      set: (name, env, value) => Effect.flatMap(keys, ({ set }) => set(name, env, value)),
      rotate: (name, env, value) => Effect.flatMap(keys, ({ rotate }) => rotate(name, env, value)),
      remove: (name, env) => Effect.flatMap(keys, ({ remove }) => remove(name, env)),
      value: (key) => Effect.flatMap(keys, ({ value }) => value(key)),
      used: (list) => Effect.flatMap(keys, ({ used }) => used(list))
    })
  })
)
