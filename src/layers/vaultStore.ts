/** The vault as a store: one file, opened by a passphrase once a run, for machines without a keychain. */
import { Effect, Option, type Redacted } from "effect"
import { type StoreFailure, StoreLocked, StoreTimedOut, StoreUnavailable } from "../domain/storeErrors.ts"
import { lockWaitSeconds, waitForLock } from "../services/policies.ts"
import type { SecretItem } from "../services/SecretStore.ts"
import { lockFile } from "./nativeLock.ts"
import { type OneStore, service } from "./oneStore.ts"
import { ofFile, prepareFolder, readVaultFile, vaultLock, writeVaultFile } from "./vaultFile.ts"
import {
  checkSeal,
  type Cost,
  defaultCost,
  encodeVault,
  newVault,
  type Opened,
  openVault,
  parseVault,
  readItem,
  sealItem,
  type Vault,
  type VaultItem
} from "./vaultFormat.ts"
import type { Passphrase } from "./vaultPassphrase.ts"

/** Wrong passphrases that a person may type. */
const tries = 3

export interface VaultStore extends OneStore {
  /** Whether there is a vault that holds this item; asks for no passphrase. */
  readonly has: (item: SecretItem) => Effect.Effect<boolean, StoreFailure>
  /** Whether there is a vault; asks for no passphrase. */
  readonly exists: Effect.Effect<boolean, StoreFailure>
}

interface Options {
  readonly folder: string
  readonly passphrase: Passphrase
  /** What a new vault costs to open, and the least that is accepted of one; lower in tests alone. */
  readonly cost?: Cost
}

export const makeVaultStore = ({ cost = defaultCost, folder, passphrase }: Options): VaultStore => {
  /** The derived key of this run, and the passphrase, should another process have made the vault anew. */
  let opened: Opened | undefined
  let typed: Redacted.Redacted | undefined

  const read: Effect.Effect<Option.Option<Vault>, StoreFailure> = Effect.flatMap(readVaultFile(folder), (bytes) =>
    Option.isSome(bytes) ? Effect.asSome(parseVault(bytes.value, cost)) : Effect.succeedNone
  )

  const isOf = (vault: Vault, { header }: Opened): boolean =>
    header.salt === vault.salt && header.key.data === vault.key.data && header.key.nonce === vault.key.nonce

  const openWith = Effect.fnUntraced(function* (vault: Vault, words: Redacted.Redacted, what: string) {
    opened = yield* openVault(vault, words, what)
    typed = words
    return opened
  })

  const open = (vault: Vault, what: string): Effect.Effect<Opened, StoreFailure> =>
    Effect.gen(function* () {
      if (opened !== undefined && isOf(vault, opened)) return opened
      if (typed !== undefined) return yield* openWith(vault, typed, what)
      for (let turn = 0; turn < tries; turn++) {
        const words = yield* passphrase.ask(turn > 0)
        if (Option.isNone(words)) break
        const result = yield* Effect.option(openWith(vault, words.value, what))
        if (Option.isSome(result)) return result.value
      }
      return yield* new StoreLocked({ store: "vault", what })
    }).pipe(Effect.tap((one) => checkSeal(vault, one.key)))

  const itemOf = (vault: Vault, { username }: SecretItem): VaultItem | undefined =>
    vault.items.find((one) => one.service === service && one.account === username)

  const get = (item: SecretItem): Effect.Effect<Option.Option<Redacted.Redacted>, StoreFailure> =>
    Effect.gen(function* () {
      const vault = yield* read
      const found = Option.isSome(vault) ? itemOf(vault.value, item) : undefined
      if (Option.isNone(vault) || found === undefined) return Option.none()
      const { key } = yield* open(vault.value, item.what)
      return Option.some(yield* readItem(vault.value, found, key, item.what))
    })

  /** One writer at a time; nobody is asked anything while the lock is held. */
  const locked = <A>(work: Effect.Effect<A, StoreFailure>): Effect.Effect<A, StoreFailure> =>
    Effect.scoped(
      Effect.gen(function* () {
        const held = yield* lockFile(vaultLock(folder), waitForLock).pipe(
          Effect.catchTags({
            FileError: (error) => Effect.fail(ofFile(error)),
            LockUnsupported: (error) =>
              Effect.fail(new StoreUnavailable({ store: "vault", reason: error.message, hint: error.next }))
          })
        )
        if (!held) return yield* new StoreTimedOut({ store: "vault", seconds: lockWaitSeconds })
        return yield* work
      })
    )

  /** Derives the key, before the lock is taken. */
  const prepare = Effect.fnUntraced(function* (what: string) {
    yield* prepareFolder(folder)
    const vault = yield* read
    if (Option.isSome(vault)) return yield* open(vault.value, what)
    typed = yield* passphrase.choose
    return (opened = yield* newVault(typed, cost))
  })

  const without = (items: ReadonlyArray<VaultItem>, { username }: SecretItem) =>
    items.filter((one) => one.service !== service || one.account !== username)

  return {
    get,
    has: (item) => Effect.map(read, (vault) => Option.isSome(vault) && itemOf(vault.value, item) !== undefined),
    exists: Effect.map(read, Option.isSome),
    set: (item, secret) =>
      Effect.gen(function* () {
        const first = yield* prepare(item.what)
        yield* locked(
          Effect.gen(function* () {
            const vault = yield* read
            const key = Option.isSome(vault) ? yield* open(vault.value, item.what) : first
            const generation = Option.match(vault, { onNone: () => 1, onSome: (one) => one.generation + 1 })
            const others = Option.match(vault, { onNone: () => [], onSome: (one) => without(one.items, item) })
            const sealed = sealItem(key, { service, account: item.username, generation }, secret)
            yield* writeVaultFile(folder, encodeVault(key, generation, [...others, sealed]))
          })
        )
      }),
    remove: (item) =>
      Effect.gen(function* () {
        const before = yield* read
        if (Option.isNone(before) || itemOf(before.value, item) === undefined) return false
        yield* open(before.value, item.what)
        return yield* locked(
          Effect.gen(function* () {
            const vault = yield* read
            if (Option.isNone(vault) || itemOf(vault.value, item) === undefined) return false
            const key = yield* open(vault.value, item.what)
            yield* writeVaultFile(
              folder,
              encodeVault(key, vault.value.generation + 1, without(vault.value.items, item))
            )
            const after = yield* read
            if (Option.isSome(after) && itemOf(after.value, item) !== undefined) {
              return yield* new StoreUnavailable({ store: "vault", reason: "it still has the item after deleting it" })
            }
            return true
          })
        )
      })
  }
}
