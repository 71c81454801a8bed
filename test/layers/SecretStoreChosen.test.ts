/** Which store is used, and what a machine without one is told; on a real keychain where there is one. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted, Result } from "effect"
import * as fs from "node:fs"
import type { Credential } from "../../src/domain/Credential.ts"
import * as SecretStoreChosen from "../../src/layers/SecretStoreChosen.ts"
import * as TokenStoreSecretStore from "../../src/layers/TokenStoreSecretStore.ts"
import { Prompter } from "../../src/services/Prompter.ts"
import { SecretStore } from "../../src/services/SecretStore.ts"
import { TokenStore } from "../../src/services/TokenStore.ts"
import { environment } from "../fakes/environment.ts"
import * as InvocationMemory from "../../src/testing/InvocationMemory.ts"
import { Scratch } from "../fakes/Scratch.ts"
import * as SecretStoreMemory from "../../src/testing/SecretStoreMemory.ts"
import * as TokenStoreMemory from "../../src/testing/TokenStoreMemory.ts"
import { keychainNeeds, startKeychain } from "../support/keychain.ts"
import { skipUnless } from "../support/needs.ts"
import { words } from "../support/vault.ts"

const { skip, suffix } = skipUnless(keychainNeeds)

const item = { username: "https://registry.example default", what: "the login at https://registry.example" }

const prompter = Layer.succeed(Prompter, {
  possible: Effect.succeed(true),
  confirm: () => Effect.succeed(false),
  text: (_, proposal) => Effect.succeed(proposal),
  choose: () => Effect.succeedNone,
  secret: () => Effect.succeedSome(Redacted.make(words)),
  piped: Effect.succeedNone
})

/** A run of the program: its own helper, its own memory. */
const inRun = <A, E>(work: Effect.Effect<A, E, SecretStore>) =>
  work.pipe(
    Effect.provide(SecretStoreChosen.layer.pipe(Layer.provide([prompter, InvocationMemory.layer("/")])), {
      local: true
    })
  )

const run = {
  get: inRun(SecretStore.use(({ get }) => get(item))).pipe(
    Effect.map(({ secret, store }) => `${Redacted.value(secret)} in the ${store}`)
  ),
  set: (text: string) => inRun(SecretStore.use(({ set }) => set(item, Redacted.make(text)))),
  remove: inRun(SecretStore.use(({ remove }) => remove(item)))
}

const machine = Effect.fnUntraced(function* (withKeychain: boolean) {
  const { path } = yield* Scratch
  yield* environment({
    XDG_DATA_HOME: path("data"),
    XDG_RUNTIME_DIR: undefined,
    DBUS_SESSION_BUS_ADDRESS: undefined,
    CREWKIT_TOKEN_STORE: undefined,
    CREWKIT_VAULT_PASSPHRASE_FD: undefined
  })
  if (withKeychain) {
    const daemon = yield* Effect.acquireRelease(
      Effect.promise(() => startKeychain()),
      (one) => Effect.promise(one.stop)
    )
    yield* environment(daemon.env)
    return daemon
  }
  return undefined
})

const vaultExists = Scratch.use(({ path }) => Effect.succeed(fs.existsSync(path("data", "crewkit", "vault"))))

describe("the choice of a store without a keychain", () => {
  it.live("is the person's: what there is to choose is said, and nothing is written", () =>
    Effect.gen(function* () {
      yield* machine(false)
      for (const failing of [Effect.asVoid(run.get), Effect.asVoid(run.set("s3cret")), Effect.asVoid(run.remove)]) {
        const error = yield* Effect.flip(failing)
        assert.strictEqual(error._tag, "StoreUnavailable")
        const next = "next" in error ? error.next : ""
        for (const choice of ["keychain", "CREWKIT_TOKEN_STORE=vault", "CREWKIT_TOKEN"]) assert.include(next, choice)
      }
      assert.isFalse(yield* vaultExists)
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.live("is the vault once it was asked for by name, then by itself", () =>
    Effect.gen(function* () {
      yield* machine(false)
      yield* environment({ CREWKIT_TOKEN_STORE: "vault" })
      assert.strictEqual((yield* Effect.flip(run.get))._tag, "StoredMissing")
      assert.strictEqual(yield* run.set("s3cret"), "vault")
      yield* environment({ CREWKIT_TOKEN_STORE: undefined })
      assert.strictEqual(yield* run.get, "s3cret in the vault")
      assert.strictEqual(yield* run.set("another"), "vault")
      assert.isTrue(yield* run.remove)
      assert.isFalse(yield* run.remove)
      assert.strictEqual((yield* Effect.flip(run.get))._tag, "StoredMissing")
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.live("is refused where it is no store, without repeating it", () =>
    Effect.gen(function* () {
      yield* machine(false)
      yield* environment({ CREWKIT_TOKEN_STORE: "s3cret-plaintext" })
      const error = yield* Effect.flip(Effect.asVoid(run.get))
      assert.strictEqual(error._tag, "StoreUnavailable")
      assert.notInclude(error.message, "s3cret")
    }).pipe(Effect.provide(Scratch.layer))
  )
})

describe.skipIf(skip)(`the choice of a store with a keychain${suffix}`, () => {
  it.live("is the keychain, and the vault is neither made nor asked", () =>
    Effect.gen(function* () {
      yield* machine(true)
      assert.strictEqual((yield* Effect.flip(run.get))._tag, "StoredMissing")
      assert.strictEqual(yield* run.set("s3cret"), "keychain")
      assert.strictEqual(yield* run.get, "s3cret in the keychain")
      assert.isTrue(yield* run.remove)
      assert.isFalse(yield* vaultExists)
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.live("writes where the item lives, and deletes it everywhere", () =>
    Effect.gen(function* () {
      yield* machine(true)
      yield* environment({ CREWKIT_TOKEN_STORE: "vault" })
      yield* run.set("s3cret")
      yield* environment({ CREWKIT_TOKEN_STORE: undefined })
      assert.strictEqual(yield* run.get, "s3cret in the vault")
      assert.strictEqual(yield* run.set("newer"), "vault")
      yield* environment({ CREWKIT_TOKEN_STORE: "keychain" })
      assert.strictEqual((yield* Effect.flip(run.get))._tag, "StoredMissing")
      yield* run.set("third")
      yield* environment({ CREWKIT_TOKEN_STORE: undefined })
      assert.strictEqual(yield* run.get, "third in the keychain")
      assert.isTrue(yield* run.remove)
      assert.strictEqual((yield* Effect.flip(run.get))._tag, "StoredMissing")
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.live("does not take the vault for a keychain that is only locked", () =>
    Effect.gen(function* () {
      const daemon = yield* machine(true)
      assert.strictEqual(yield* run.set("s3cret"), "keychain")
      yield* environment({ CREWKIT_TOKEN_STORE: "vault" })
      yield* run.set("old")
      yield* environment({ CREWKIT_TOKEN_STORE: undefined })
      yield* Effect.promise(() => daemon?.lock() ?? Promise.resolve())
      assert.strictEqual((yield* Effect.flip(run.get))._tag, "StoreLocked")
      assert.strictEqual((yield* Effect.flip(Effect.asVoid(run.set("x"))))._tag, "StoreLocked")
      assert.strictEqual((yield* Effect.flip(Effect.asVoid(run.remove)))._tag, "StoreLocked")
    }).pipe(Effect.provide(Scratch.layer))
  )
})

const credential: Credential = {
  version: 1,
  origin: "https://registry.example",
  account: "default",
  issuer: "https://registry.example",
  tokenEndpoint: "https://registry.example/oauth/token",
  clientId: "crewkit-cli",
  accessToken: Redacted.make("access-canary"),
  refreshToken: Redacted.make("refresh-canary"),
  expiresAt: 1,
  generation: 3,
  intent: { at: 2 }
}
const key = { origin: credential.origin, account: credential.account }

describe("logins", () => {
  const layers = TokenStoreSecretStore.layer.pipe(Layer.provideMerge(SecretStoreMemory.layer))

  const both: ReadonlyArray<readonly [name: string, one: Layer.Layer<TokenStore>]> = [
    ["in the secret store", layers],
    ["in the fake of it", TokenStoreMemory.layer.pipe(Layer.provide(TokenStoreMemory.items))]
  ]
  for (const [name, one] of both) {
    it.effect(`come back as they were written, ${name}`, () =>
      Effect.gen(function* () {
        const store = yield* TokenStore
        assert.strictEqual((yield* Effect.flip(store.read(key)))._tag, "StoredMissing")
        assert.strictEqual(yield* store.write(key, credential), "keychain")
        const { credential: read } = yield* store.read(key)
        assert.deepStrictEqual(
          { ...read, accessToken: 0, refreshToken: 0 },
          { ...credential, accessToken: 0, refreshToken: 0 }
        )
        assert.strictEqual(Redacted.value(read.accessToken), "access-canary")
        assert.deepStrictEqual(
          Option.map(Option.fromNullishOr(read.refreshToken), Redacted.value),
          Option.some("refresh-canary")
        )
        assert.isTrue(yield* store.remove(key))
        assert.isFalse(yield* store.remove(key))
      }).pipe(Effect.provide(one))
    )
  }

  it.effect("are unreadable where something else stands in their place, which is not shown", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore
      const { set } = yield* SecretStore
      for (const text of ["canary", '{"version":2,"accessToken":"canary"}', "[]", ""]) {
        yield* set(item, Redacted.make(text))
        const error = yield* Effect.result(store.read(key))
        assert.isTrue(Result.isFailure(error) && error.failure._tag === "StoreUnreadable")
        assert.notInclude(JSON.stringify(error), "canary")
      }
      yield* store.write({ ...key, account: "other" }, credential)
      assert.strictEqual((yield* Effect.flip(store.read({ ...key, account: "other" })))._tag, "StoreUnreadable")
    }).pipe(Effect.provide(layers))
  )
})
