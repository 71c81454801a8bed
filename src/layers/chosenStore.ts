/** Which store an item belongs to. */
import { Effect, Option, Redacted } from "effect"
import { join } from "node:path"
import {
  StoredMissing,
  type StoreFailure,
  type StoreName,
  StoreUnavailable,
  StoreUnreadable
} from "../domain/storeErrors.ts"
import type { SecretItem, SecretStore } from "../services/SecretStore.ts"
import { makeKeychainStore } from "./keychainStore.ts"
import { type OneStore, scratch } from "./oneStore.ts"
import { dataFolder } from "./userFolders.ts"
import { vaultFile } from "./vaultFile.ts"
import type { VaultStore } from "./vaultStore.ts"
import { makeVaultStore } from "./vaultStoreLazy.ts"

const variable = "CREWKIT_TOKEN_STORE"

interface Stores {
  readonly keychain: OneStore
  readonly vault: VaultStore
  readonly pinned: StoreName | undefined
}

/** The choices of a machine without a keychain: nothing is chosen for the person. */
const choices = `unlock or install a keychain (gnome-keyring, KWallet), or set ${variable}=vault to keep secrets in a file with a passphrase, or CREWKIT_TOKEN for a token of your own`

const pinnedStore = Effect.suspend((): Effect.Effect<StoreName | undefined, StoreUnavailable> => {
  const value = process.env[variable] ?? ""
  if (value === "") return Effect.undefined
  if (value === "keychain" || value === "vault") return Effect.succeed(value)
  return Effect.fail(
    new StoreUnavailable({
      store: "keychain",
      reason: `${variable} has a value that crewkit does not know`,
      hint: `${variable}=keychain or ${variable}=vault`
    })
  )
})

const explained = (error: StoreFailure): StoreFailure =>
  error._tag === "StoreUnavailable" && error.hint === undefined
    ? new StoreUnavailable({ store: error.store, reason: error.reason, hint: choices })
    : error

/** None where there is no keychain on this machine, but a vault that somebody made for that. */
const keychainOr = <A>(
  { vault }: Stores,
  asking: Effect.Effect<A, StoreFailure>
): Effect.Effect<Option.Option<A>, StoreFailure> =>
  Effect.asSome(asking).pipe(
    Effect.catchTag("StoreUnavailable", (error) =>
      Effect.flatMap(vault.exists, (exists) =>
        exists ? Effect.succeed(Option.none<A>()) : Effect.fail(explained(error))
      )
    )
  )

const found = (store: StoreName) => (secret: Redacted.Redacted) => ({ secret, store })

const get = Effect.fnUntraced(function* (stores: Stores, item: SecretItem) {
  const { keychain, pinned, vault } = stores
  if (pinned === "vault") return Option.map(yield* vault.get(item), found("vault"))
  if (pinned === "keychain") return Option.map(yield* Effect.mapError(keychain.get(item), explained), found("keychain"))
  const first = Option.flatten(yield* keychainOr(stores, keychain.get(item)))
  if (Option.isSome(first)) return Option.some(found("keychain")(first.value))
  return Option.map(yield* vault.get(item), found("vault"))
})

/** Where an item lives; else where a new one goes. */
const homeOf = Effect.fnUntraced(function* (stores: Stores, item: SecretItem) {
  const inKeychain = yield* keychainOr(stores, stores.keychain.get(item))
  if (Option.isNone(inKeychain)) return "vault"
  if (Option.isSome(inKeychain.value)) return "keychain"
  return (yield* stores.vault.has(item)) ? "vault" : "keychain"
})

const remove = Effect.fnUntraced(function* (stores: Stores, item: SecretItem) {
  const { keychain, pinned, vault } = stores
  if (pinned === "vault") return yield* vault.remove(item)
  if (pinned === "keychain") return yield* Effect.mapError(keychain.remove(item), explained)
  const one = Option.getOrElse(yield* keychainOr(stores, keychain.remove(item)), () => false)
  const other = yield* vault.remove(item)
  return one || other
})

/** Two runs at once may get into each other's way; three times in a row they do not. */
const tryKeychain = Effect.fnUntraced(function* (keychain: OneStore) {
  const text = Redacted.make(`crewkit doctor ${process.getBuiltinModule("node:crypto").randomUUID()}`)
  yield* keychain.set(scratch, text)
  const back = yield* keychain.get(scratch)
  yield* keychain.remove(scratch)
  if (Option.isNone(back) || Redacted.value(back.value) !== Redacted.value(text)) {
    const reason = "what it gave back is not what was written"
    return yield* new StoreUnreadable({ store: "keychain", what: scratch.what, reason })
  }
})

interface Options {
  /** Whether anybody may be asked anything. */
  readonly input: boolean
  readonly secret: (question: string) => Effect.Effect<Option.Option<Redacted.Redacted>>
}

/** The keychain's helper lives as long as the scope. */
export const makeChosenStore = Effect.fnUntraced(function* ({ input, secret }: Options) {
  const keychain = yield* makeKeychainStore({ input })
  const folder = join(dataFolder(), "vault")
  const vault = makeVaultStore(folder, secret)
  const stores = Effect.map(pinnedStore, (pinned): Stores => ({ keychain, vault, pinned }))
  /** Where this run has seen an item: a token that is read, then saved twice, is looked for once. */
  const homes = new Map<string, StoreName>()

  const store: SecretStore["Service"] = {
    get: Effect.fnUntraced(function* (item) {
      const result = yield* get(yield* stores, item)
      if (Option.isNone(result)) return yield* new StoredMissing({ what: item.what })
      homes.set(item.username, result.value.store)
      return result.value
    }),
    set: Effect.fnUntraced(function* (item, text) {
      const all = yield* stores
      const home = all.pinned ?? homes.get(item.username) ?? (yield* homeOf(all, item))
      yield* Effect.mapError(all[home].set(item, text), explained)
      homes.set(item.username, home)
      return home
    }),
    remove: Effect.fnUntraced(function* (item) {
      homes.delete(item.username)
      return yield* remove(yield* stores, item)
    }),
    chosen: Effect.gen(function* () {
      const pinned = yield* pinnedStore
      return { pinned, vault: (yield* vault.exists) ? vaultFile(folder) : undefined }
    }),
    tryKeychain: tryKeychain(keychain).pipe(
      Effect.retry({ times: 2, while: ({ _tag }) => _tag === "StoreUnreadable" }),
      Effect.mapError(explained)
    )
  }
  return store
})
