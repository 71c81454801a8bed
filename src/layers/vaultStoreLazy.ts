/** The vault where it may be absent: without a file, nothing of it is loaded until something is to be written. */
import { Effect, Option, type Redacted } from "effect"
import { existsSync } from "node:fs"
import { vaultFile } from "./vaultFile.ts"
import { passphraseFrom } from "./vaultPassphrase.ts"
import type { VaultStore } from "./vaultStore.ts"

export const makeVaultStore = (
  folder: string,
  secret: (question: string) => Effect.Effect<Option.Option<Redacted.Redacted>>
): VaultStore => {
  let made: VaultStore | undefined
  const store = Effect.map(
    Effect.promise(() => import("./vaultStore.ts")),
    (module) => (made ??= module.makeVaultStore({ folder, passphrase: passphraseFrom(secret) }))
  )
  const absent = Effect.sync(() => !existsSync(vaultFile(folder)))
  const unless =
    <A>(fallback: A) =>
    <E>(asking: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      Effect.flatMap(absent, (none) => (none ? Effect.succeed(fallback) : asking))
  return {
    get: (item) => Effect.flatMap(store, ({ get }) => get(item)).pipe(unless(Option.none())),
    has: (item) => Effect.flatMap(store, ({ has }) => has(item)).pipe(unless(false)),
    exists: Effect.flatMap(store, ({ exists }) => exists).pipe(unless(false)),
    remove: (item) => Effect.flatMap(store, ({ remove }) => remove(item)).pipe(unless(false)),
    set: (item, secretText) => Effect.flatMap(store, ({ set }) => set(item, secretText))
  }
}
