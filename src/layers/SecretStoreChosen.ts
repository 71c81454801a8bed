/** Keychain or vault, whichever an item belongs to; loaded when the first item is asked for. */
import { Effect, Layer, Scope } from "effect"
import { Invocation } from "../services/Invocation.ts"
import { Prompter } from "../services/Prompter.ts"
import { SecretStore } from "../services/SecretStore.ts"

export const layer = Layer.effect(
  SecretStore,
  Effect.gen(function* () {
    const { input, json } = yield* Invocation
    const { secret } = yield* Prompter
    const scope = yield* Effect.scope
    const store = yield* Effect.cached(
      Effect.gen(function* () {
        const { makeChosenStore } = yield* Effect.promise(() => import("./chosenStore.ts"))
        return yield* Scope.provide(makeChosenStore({ input: input && !json, secret }), scope)
      })
    )
    return SecretStore.of({
      get: (item) => Effect.flatMap(store, ({ get }) => get(item)),
      set: (item, text) => Effect.flatMap(store, ({ set }) => set(item, text)),
      remove: (item) => Effect.flatMap(store, ({ remove }) => remove(item)),
      chosen: Effect.flatMap(store, ({ chosen }) => chosen),
      tryKeychain: Effect.flatMap(store, ({ tryKeychain }) => tryKeychain)
    })
  })
)
