/** Logins as items of the secret store; loaded when the first one is asked for. */
import { Effect, Layer } from "effect"
import { SecretStore } from "../services/SecretStore.ts"
import { TokenStore } from "../services/TokenStore.ts"

export const layer = Layer.effect(
  TokenStore,
  Effect.gen(function* () {
    const secrets = yield* SecretStore
    const store = Effect.map(
      Effect.promise(() => import("./credentialItems.ts")),
      ({ makeTokenStore }) => makeTokenStore(secrets)
    )
    return TokenStore.of({
      read: (key) => Effect.flatMap(store, ({ read }) => read(key)),
      write: (key, credential) => Effect.flatMap(store, ({ write }) => write(key, credential)),
      remove: (key) => Effect.flatMap(store, ({ remove }) => remove(key))
    })
  })
)
