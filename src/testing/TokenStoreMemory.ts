/** Logins in memory. */
import { Context, Effect, Layer, Ref } from "effect"
import type { Credential, CredentialKey } from "../domain/Credential.ts"
import { StoredMissing, type StoreFailure } from "../domain/storeErrors.ts"
import { TokenStore } from "../services/TokenStore.ts"

/**
 * `stored`: by origin and account, `https://agents.example default`. `writes`: every write, oldest first. `failing`:
 * what the next writes fail with, one each; undefined lets one pass.
 */
export class Items extends Context.Service<
  Items,
  {
    readonly stored: Ref.Ref<ReadonlyMap<string, Credential>>
    readonly writes: Ref.Ref<ReadonlyArray<Credential>>
    readonly failing: Ref.Ref<ReadonlyArray<StoreFailure | undefined>>
  }
>()("@crewkit/cli/testing/TokenStoreMemory/Items") {}

const nameOf = ({ account, origin }: CredentialKey): string => `${origin} ${account}`

/** Over `items`, so that several layers of one test share a keychain as processes do. Reading fails with `StoredMissing`. */
export const layer = Layer.effect(
  TokenStore,
  Effect.gen(function* () {
    const { failing, stored, writes } = yield* Items
    return TokenStore.of({
      read: Effect.fnUntraced(function* (key) {
        const credential = (yield* Ref.get(stored)).get(nameOf(key))
        if (credential === undefined) return yield* new StoredMissing({ what: `the login at ${key.origin}` })
        return { credential, store: "keychain" as const }
      }),
      write: Effect.fnUntraced(function* (key, credential) {
        const [failure, ...later] = yield* Ref.get(failing)
        yield* Ref.set(failing, later)
        if (failure !== undefined) return yield* failure
        yield* Ref.update(stored, (all) => new Map(all).set(nameOf(key), credential))
        yield* Ref.update(writes, (all) => [...all, credential])
        return "keychain" as const
      }),
      remove: (key) =>
        Ref.modify(stored, (all) => {
          const rest = new Map(all)
          return [rest.delete(nameOf(key)), rest]
        })
    })
  })
)

/** Nobody is logged in. */
export const items = Layer.effect(
  Items,
  Effect.gen(function* () {
    return {
      stored: yield* Ref.make<ReadonlyMap<string, Credential>>(new Map()),
      writes: yield* Ref.make<ReadonlyArray<Credential>>([]),
      failing: yield* Ref.make<ReadonlyArray<StoreFailure | undefined>>([])
    }
  })
)
