/** A secret store in memory, whose items a test can read. */
import { Context, Effect, Layer, Redacted, Ref } from "effect"
import { StoredMissing } from "../domain/storeErrors.ts"
import { SecretStore } from "../services/SecretStore.ts"

/** Secrets in plain text, by username: `<origin> <account>` for a login, `key <name> <env>` for an API key. */
export class Secrets extends Context.Service<Secrets, Ref.Ref<ReadonlyMap<string, string>>>()(
  "@crewkit/cli/testing/SecretStoreMemory/Secrets"
) {
  static readonly layer = Layer.effect(Secrets, Ref.make<ReadonlyMap<string, string>>(new Map()))
}

/** A keychain that always answers. Reading what is not there fails with `StoredMissing`; nothing else fails. */
export const layer = Layer.effect(
  SecretStore,
  Effect.gen(function* () {
    const secrets = yield* Secrets
    return SecretStore.of({
      get: Effect.fnUntraced(function* ({ username, what }) {
        const text = (yield* Ref.get(secrets)).get(username)
        if (text === undefined) return yield* new StoredMissing({ what })
        return { secret: Redacted.make(text), store: "keychain" }
      }),
      set: ({ username }, secret) =>
        Effect.as(
          Ref.update(secrets, (before) => new Map(before).set(username, Redacted.value(secret))),
          "keychain"
        ),
      remove: ({ username }) =>
        Ref.modify(secrets, (before) => [
          before.has(username),
          new Map([...before].filter(([name]) => name !== username))
        ]),
      chosen: Effect.succeed({ pinned: undefined, vault: undefined }),
      tryKeychain: Effect.void
    })
  })
).pipe(Layer.provideMerge(Secrets.layer))
