/** Keychain, login and keys: each failure told apart, each with its way out, and no question asked. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Result } from "effect"
import { TestClock } from "effect/testing"
import { NotLoggedIn } from "../../../src/domain/authErrors.ts"
import { type ApiKey, KeyName } from "../../../src/domain/ApiKey.ts"
import type { Credential } from "../../../src/domain/Credential.ts"
import type { Verdict } from "../../../src/domain/doctor.ts"
import { ConfigMissing } from "../../../src/domain/errors.ts"
import { KeysUnreadable } from "../../../src/domain/keyErrors.ts"
import {
  type StoreFailure,
  StoreLocked,
  StoreTimedOut,
  type StoreName,
  StoreUnavailable
} from "../../../src/domain/storeErrors.ts"
import type { Place } from "../../../src/layers/doctor/place.ts"
import { keys, secrets } from "../../../src/layers/doctor/secretChecks.ts"
import { AccessTokens } from "../../../src/services/AccessTokens.ts"
import { ApiKeys } from "../../../src/services/ApiKeys.ts"
import { RegistryTarget } from "../../../src/services/RegistryTarget.ts"
import { SecretStore } from "../../../src/services/SecretStore.ts"
import { environment } from "../../fakes/environment.ts"
import { placeIn } from "./place.ts"

const origin = "https://registry.example"
const key = { origin, account: "default" }
const unused = Effect.die("not to be called by the doctor")

interface World {
  readonly tried?: Effect.Effect<void, StoreFailure>
  readonly pinned?: StoreName
  readonly vault?: string
  readonly login?: Effect.Effect<Credential | undefined, NotLoggedIn | StoreFailure>
}

/** Everything that would ask a person, a server, or write a login is fatal here. */
const worldOf = ({ login, pinned, tried = Effect.void, vault }: World) =>
  Layer.mergeAll(
    Layer.succeed(
      SecretStore,
      SecretStore.of({
        get: () => unused,
        set: () => unused,
        remove: () => unused,
        chosen: Effect.succeed({ pinned, vault }),
        tryKeychain: tried
      })
    ),
    Layer.succeed(
      AccessTokens,
      AccessTokens.of({
        stored: () => unused,
        peek: () =>
          Effect.map(login ?? unused, (credential) => ({
            token: Redacted.make("canary"),
            from: credential === undefined ? ("environment" as const) : ("keychain" as const),
            credential
          })),
        get: () => unused,
        renew: () => unused,
        establish: () => unused,
        identify: () => unused,
        end: () => unused
      })
    ),
    Layer.succeed(RegistryTarget, RegistryTarget.of({ named: Effect.succeed(key), approved: unused }))
  )

const look = Effect.fnUntraced(function* (place: Place, world: World) {
  yield* environment({ CREWKIT_TOKEN: undefined })
  const [keychain, login] = yield* Effect.provide(secrets(place).run, worldOf(world))
  return { keychain, login }
}, Effect.scoped)

const folder = placeIn("/p")
const server = placeIn("/p", { value: origin, kind: "https" })
const loggedOut = Effect.fail(new NotLoggedIn({ origin }))
const absent = new StoreUnavailable({ store: "keychain", reason: "no D-Bus session is running here" })

const statusOf = (verdict: Verdict | undefined): string | undefined => verdict?.status

describe("the keychain", () => {
  it.effect("passes where it was written, read and deleted", () =>
    Effect.gen(function* () {
      const { keychain, login } = yield* look(folder, {})
      assert.strictEqual(keychain?.status, "pass")
      assert.match(keychain?.text ?? "", /written, read and deleted in \d+ ms$/)
      assert.strictEqual(statusOf(login), "skip")
    })
  )

  for (const [what, error, words, next] of [
    ["locked", new StoreLocked({ store: "keychain", what: "a scratch item" }), "is locked", "unlock the keychain"],
    ["frozen", new StoreTimedOut({ store: "keychain", seconds: 3 }), "did not answer within 3 s", "restart it"],
    ["absent", absent, "no D-Bus session", "crewkit auth login"]
  ] as const) {
    it.effect(`${what}: fails, says which, and the login in it is not asked for`, () =>
      Effect.gen(function* () {
        const { keychain, login } = yield* look(server, { tried: Effect.fail(error), login: loggedOut })
        assert.strictEqual(keychain?.status, "fail")
        assert.include(keychain?.text ?? "", words)
        assert.include(keychain?.next ?? "", next)
        assert.strictEqual(login?.text, "not looked at: see keychain")
      })
    )
  }

  it.effect("absent: a warning where nothing needs it, and no trouble where there is a vault", () =>
    Effect.gen(function* () {
      const tried = Effect.fail(absent)
      assert.strictEqual(statusOf((yield* look(folder, { tried })).keychain), "warn")
      const withVault = yield* look(server, { tried, vault: "/v", login: loggedOut })
      assert.strictEqual(withVault.keychain?.text, "none here, so the vault is used: /v")
      assert.strictEqual(statusOf(withVault.keychain), "pass")
      const pinned = yield* look(server, { tried, vault: "/v", pinned: "keychain", login: loggedOut })
      assert.strictEqual(statusOf(pinned.keychain), "fail")
    })
  )

  it.effect("is left alone where the vault is pinned", () =>
    Effect.gen(function* () {
      const { keychain } = yield* look(folder, { tried: unused, pinned: "vault", vault: "/v" })
      assert.strictEqual(keychain?.text, "not used: CREWKIT_TOKEN_STORE=vault; /v")
    })
  )
})

const credential = (more: Partial<Credential>): Credential => ({
  version: 1,
  ...key,
  issuer: origin,
  tokenEndpoint: `${origin}/token`,
  clientId: "crewkit-cli",
  accessToken: Redacted.make("canary"),
  expiresAt: 3_600_000,
  generation: 1,
  ...more
})
const refreshToken = Redacted.make("canary")

describe("the login", () => {
  for (const [what, found, status, words] of [
    ["renews itself", credential({ refreshToken }), "pass", "token expires in 1 hour, renewed by itself"],
    ["expired, and renews itself", credential({ refreshToken, expiresAt: -1 }), "pass", "expired"],
    ["expired", credential({ expiresAt: -1 }), "fail", "the access token for https://registry.example expired"],
    ["dead", credential({ refreshToken, ended: { at: 0, reason: "revoked" } }), "fail", "has ended: revoked"],
    ["half renewed", credential({ refreshToken, intent: { at: 0 } }), "warn", "not finished"],
    ["from the environment", undefined, "pass", "a token from the environment (CREWKIT_TOKEN)"]
  ] as const) {
    it.effect(`${what}: ${status}`, () =>
      Effect.gen(function* () {
        const { login } = yield* look(server, { login: Effect.succeed(found) })
        assert.strictEqual(login?.status, status)
        assert.include(login?.text ?? "", words)
        assert.notInclude(JSON.stringify(login), "canary")
        if (status === "fail") assert.strictEqual(login?.next, "crewkit auth login")
      })
    )
  }

  it.effect("is missing: fails with the command", () =>
    Effect.gen(function* () {
      const { login } = yield* look(server, { login: loggedOut })
      assert.deepInclude(login, { status: "fail", next: "crewkit auth login" })
    })
  )

  it.effect("in a vault that nobody opens is not looked at", () =>
    Effect.gen(function* () {
      const closed = new StoreUnavailable({ store: "vault", reason: "its passphrase is needed" })
      const { login } = yield* look(server, { pinned: "vault", vault: "/v", login: Effect.fail(closed) })
      assert.strictEqual(statusOf(login), "skip")
    })
  )

  it.effect("is not looked at where no registry is known", () =>
    Effect.gen(function* () {
      const broken = { ...server, registry: Result.fail(new ConfigMissing({ directory: "/p" })) }
      assert.strictEqual((yield* look(broken, {})).login?.text, "not looked at: see config")
      const nobody = placeIn("/p", { value: origin, kind: "https", by: "default", root: undefined })
      assert.strictEqual(statusOf((yield* look(nobody, {})).login), "skip")
    })
  )
})

describe("API keys", () => {
  const api = (all: ReadonlyArray<ApiKey>, overdue: ReadonlyArray<ApiKey>) =>
    ApiKeys.of({
      list: Effect.succeed(all),
      rotationDays: Effect.succeed(30),
      overdue: Effect.succeed(overdue),
      set: () => unused,
      rotate: () => unused,
      remove: () => unused,
      value: () => unused,
      used: () => unused
    })
  const old: ApiKey = {
    name: KeyName.make("a-key"),
    env: "prod",
    created: 0,
    rotated: 0,
    fingerprint: "abcdef",
    store: "keychain"
  }

  it.effect("that are due are named, with the days that the person chose", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("40 days")
      const verdict = yield* Effect.provideService(keys, ApiKeys, api([old], [old]))
      assert.deepStrictEqual(verdict, {
        status: "warn",
        text: "a-key (prod) is 40 days old, and 30 is the limit",
        next: "crewkit keys rotate a-key --env prod"
      })
      assert.strictEqual((yield* Effect.provideService(keys, ApiKeys, api([old], []))).status, "pass")
      assert.strictEqual((yield* Effect.provideService(keys, ApiKeys, api([], []))).status, "skip")
    })
  )

  it.effect("whose list cannot be read are a failure", () =>
    Effect.gen(function* () {
      const broken = { ...api([], []), list: Effect.fail(new KeysUnreadable({ file: "keys.json" })) }
      assert.strictEqual((yield* Effect.flip(Effect.provideService(keys, ApiKeys, broken)))._tag, "KeysUnreadable")
    })
  )
})
