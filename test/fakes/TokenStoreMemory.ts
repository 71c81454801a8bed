import { Context, Effect, Layer, Ref } from "effect"
import type { Credential, CredentialKey } from "../../src/domain/Credential.ts"
import { StoredMissing, type StoreFailure } from "../../src/domain/storeErrors.ts"
import { TokenStore } from "../../src/services/TokenStore.ts"

/** What is stored, by origin and account; every write in order; and what the next writes fail with (undefined: not). */
export class Items extends Context.Service<
  Items,
  {
    readonly stored: Ref.Ref<ReadonlyMap<string, Credential>>
    readonly writes: Ref.Ref<ReadonlyArray<Credential>>
    readonly failing: Ref.Ref<ReadonlyArray<StoreFailure | undefined>>
  }
>()("@crewkit/cli/test/fakes/TokenStoreMemory/Items") {}

const nameOf = ({ account, origin }: CredentialKey): string => `${origin} ${account}`

/** A store over state that several processes of a test may share. */
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
