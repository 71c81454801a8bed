/** Staying logged in: one renewal whoever asks, nothing lost that could be kept, nobody logged out without a reason. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted, Ref } from "effect"
import { TestClock } from "effect/testing"
import type { Credential } from "../../src/domain/Credential.ts"
import { StoreTimedOut } from "../../src/domain/storeErrors.ts"
import * as AccessTokensRotating from "../../src/layers/AccessTokensRotating.ts"
import * as AuthorizationServerHttp from "../../src/layers/AuthorizationServerHttp.ts"
import { AccessTokens, type NewLogin } from "../../src/services/AccessTokens.ts"
import * as CredentialLockMemory from "../fakes/CredentialLockMemory.ts"
import * as HttpScripted from "../../src/testing/HttpScripted.ts"
import * as OutputMemory from "../../src/testing/OutputMemory.ts"
import * as TokenStoreMemory from "../../src/testing/TokenStoreMemory.ts"

const origin = "https://registry.example"
const key = { origin, account: "default" }
const { broken, json } = HttpScripted

const login: NewLogin = {
  ...key,
  issuer: origin,
  tokenEndpoint: `${origin}/token`,
  revocation: { method: "POST", url: `${origin}/revoke` },
  clientId: "crewkit-cli",
  accessToken: Redacted.make("access-0"),
  refreshToken: Redacted.make("refresh-0"),
  expiresAt: 3_600_000
}

/** A server that rotates on every use and takes each refresh token once: no grace. */
const strictServer = () => {
  let current = 0
  return (asked: HttpScripted.Asked) => {
    if (asked.url.endsWith("/revoke")) return json(200, "")
    if (asked.fields["refresh_token"] !== `refresh-${current}`) return json(400, { error: "invalid_grant" })
    current += 1
    return json(200, {
      access_token: `access-${current}`,
      refresh_token: `refresh-${current}`,
      token_type: "Bearer",
      expires_in: 3600
    })
  }
}

type Server = Parameters<typeof HttpScripted.layer>[0]

/** What processes share: the store, the lock, the server. */
const world = (server: Server = strictServer()) =>
  Layer.mergeAll(
    AuthorizationServerHttp.layer.pipe(Layer.provideMerge(HttpScripted.layer(server))),
    TokenStoreMemory.layer.pipe(Layer.provideMerge(TokenStoreMemory.items)),
    CredentialLockMemory.layer,
    OutputMemory.layer()
  )

/** One more process in that world. */
const process_ = Layer.build(Layer.fresh(AccessTokensRotating.layer)).pipe(
  Effect.map((context) => AccessTokens.of(Effect.runSync(Effect.provide(AccessTokens, context))))
)

const inWorld = (server?: Server) => world(server)

const stored = Effect.gen(function* () {
  const { stored: ref } = yield* TokenStoreMemory.Items
  const credential = (yield* Ref.get(ref)).get(`${origin} default`)
  if (credential === undefined) return yield* Effect.die("nothing is stored")
  return credential
})

const refreshes = HttpScripted.Requests.use((requests) =>
  Effect.map(Ref.get(requests), (all) => all.filter(({ url }) => url.endsWith("/token")).length)
)

const text = ({ token }: { readonly token: Redacted.Redacted }): string => Redacted.value(token)

const expired = TestClock.adjust("59 minutes")

describe("a valid access token on demand", () => {
  it.effect("is the stored one while it is good: no request", () =>
    Effect.gen(function* () {
      const tokens = yield* process_
      yield* tokens.establish(login)
      yield* TestClock.adjust("58 minutes")
      assert.strictEqual(text(yield* tokens.get(key)), "access-0")
      assert.strictEqual(yield* refreshes, 0)
    }).pipe(Effect.provide(inWorld()))
  )

  it.effect("is renewed once ahead of its end, for 32 fibers in each of 8 processes", () =>
    Effect.gen(function* () {
      const first = yield* process_
      yield* first.establish(login)
      yield* expired
      const processes = yield* Effect.all(Array.from({ length: 8 }, () => process_))
      const found = yield* Effect.all(
        processes.flatMap((tokens) => Array.from({ length: 32 }, () => tokens.get(key))),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(new Set(found.map(text)), new Set(["access-1"]))
      assert.strictEqual(yield* refreshes, 1)
      const credential = yield* stored
      assert.strictEqual(credential.generation, 2)
      assert.isUndefined(credential.intent)
    }).pipe(Effect.provide(inWorld()))
  )

  it.effect("writes its intent before the request and the new token before anybody gets it", () =>
    Effect.gen(function* () {
      const tokens = yield* process_
      yield* tokens.establish(login)
      yield* expired
      yield* tokens.get(key)
      const { writes } = yield* TokenStoreMemory.Items
      const steps = (yield* Ref.get(writes)).map((each: Credential) => [
        Redacted.value(each.accessToken),
        each.intent !== undefined
      ])
      assert.deepStrictEqual(steps, [
        ["access-0", false],
        ["access-0", true],
        ["access-1", false]
      ])
    }).pipe(Effect.provide(inWorld()))
  )

  it.effect("is renewed after a 401 to that very token, and adopted where somebody else has renewed it", () =>
    Effect.gen(function* () {
      const one = yield* process_
      const other = yield* process_
      yield* one.establish(login)
      const rejected = yield* other.get(key)
      assert.strictEqual(text(yield* one.renew(key, rejected.token)), "access-1")
      assert.strictEqual(text(yield* other.renew(key, rejected.token)), "access-1")
      assert.strictEqual(yield* refreshes, 1)
    }).pipe(Effect.provide(inWorld()))
  )
})

describe("what does not end a login", () => {
  for (const [what, answer] of [
    ["a broken connection", broken],
    ["a 500", json(500, "oops")],
    ["a 429", json(429, "slow")],
    ["an answer that is no token", json(200, { token_type: "Bearer" })],
    ["an error that is not invalid_grant", json(400, { error: "invalid_client" })]
  ] as const) {
    it.effect(`${what}: typed failure, everything kept, and the next try may succeed`, () =>
      Effect.gen(function* () {
        const tokens = yield* process_
        yield* tokens.establish({ ...login, expiresAt: 0 })
        const fiber = yield* Effect.forkChild(Effect.flip(tokens.get(key)))
        yield* TestClock.adjust("1 minute")
        const error = yield* Fiber.join(fiber)
        assert.notInclude(["LoginEnded", "NotLoggedIn"], error._tag)
        const kept = yield* stored
        assert.strictEqual(kept.refreshToken === undefined ? "" : Redacted.value(kept.refreshToken), "refresh-0")
        assert.isUndefined(kept.ended)
      }).pipe(Effect.provide(inWorld(() => answer)))
    )
  }

  it.effect("a server out of reach while the old token is still good for a moment: it is used", () =>
    Effect.gen(function* () {
      const tokens = yield* process_
      yield* tokens.establish(login)
      yield* TestClock.adjust("3570 seconds")
      const fiber = yield* Effect.forkChild(tokens.get(key))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(text(yield* Fiber.join(fiber)), "access-0")
    }).pipe(Effect.provide(inWorld(() => broken)))
  )

  it.effect("a store that cannot be written: nothing is spent, no request goes out", () =>
    Effect.gen(function* () {
      const tokens = yield* process_
      yield* tokens.establish({ ...login, expiresAt: 0 })
      const { failing } = yield* TokenStoreMemory.Items
      yield* Ref.set(failing, [new StoreTimedOut({ store: "keychain", seconds: 3 })])
      assert.strictEqual((yield* Effect.flip(tokens.get(key)))._tag, "StoreTimedOut")
      assert.strictEqual(yield* refreshes, 0)
    }).pipe(Effect.provide(inWorld()))
  )

  it.effect("a new token that cannot be saved at first: three tries", () =>
    Effect.gen(function* () {
      const tokens = yield* process_
      yield* tokens.establish({ ...login, expiresAt: 0 })
      const { failing } = yield* TokenStoreMemory.Items
      const failure = new StoreTimedOut({ store: "keychain", seconds: 3 })
      // The intent is written; the two writes after it fail.
      yield* Ref.set(failing, [undefined, failure, failure])
      const fiber = yield* Effect.forkChild(tokens.get(key))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(text(yield* Fiber.join(fiber)), "access-1")
      assert.strictEqual(Redacted.value((yield* stored).accessToken), "access-1")
    }).pipe(Effect.provide(inWorld()))
  )
})

describe("what ends a login", () => {
  it.effect("invalid_grant marks that very token dead, says when and why, and is not asked again", () =>
    Effect.gen(function* () {
      const tokens = yield* process_
      yield* tokens.establish({ ...login, expiresAt: 0 })
      yield* TestClock.adjust("10 minutes")
      const error = yield* Effect.flip(tokens.get(key))
      assert.strictEqual(error._tag, "LoginEnded")
      assert.include(error.message, "1970-01-01 00:10")
      assert.strictEqual((yield* Effect.flip(tokens.get(key)))._tag, "LoginEnded")
      assert.strictEqual(yield* refreshes, 1)
    }).pipe(Effect.provide(inWorld(() => json(400, { error: "invalid_grant" }))))
  )

  it.effect("says that an earlier renewal was cut off where its intent is still there", () =>
    Effect.gen(function* () {
      const tokens = yield* process_
      const { stored: ref } = yield* TokenStoreMemory.Items
      yield* tokens.establish({ ...login, expiresAt: 0 })
      const killed: Credential = { ...(yield* stored), intent: { at: 0 } }
      yield* Ref.set(ref, new Map([[`${origin} default`, killed]]))
      const other = yield* process_
      const error = yield* Effect.flip(other.get(key))
      assert.include(error.message, "cut off")
    }).pipe(Effect.provide(inWorld(() => json(400, { error: "invalid_grant" }))))
  )

  it.effect("says the same where the answer was lost on its way to this very process", () =>
    Effect.gen(function* () {
      const tokens = yield* process_
      yield* tokens.establish({ ...login, expiresAt: 0 })
      const fiber = yield* Effect.forkChild(Effect.flip(tokens.get(key)))
      yield* TestClock.adjust("1 minute")
      assert.include((yield* Fiber.join(fiber)).message, "cut off")
      assert.strictEqual(yield* refreshes, 2)
    }).pipe(Effect.provide(inWorld((_, count) => (count === 0 ? broken : json(400, { error: "invalid_grant" })))))
  )

  it.effect("a later login by another process is adopted", () =>
    Effect.gen(function* () {
      const one = yield* process_
      const other = yield* process_
      yield* one.establish({ ...login, expiresAt: 0, refreshToken: Redacted.make("dead") })
      assert.strictEqual((yield* Effect.flip(one.get(key)))._tag, "LoginEnded")
      yield* other.establish({ ...login, accessToken: Redacted.make("from another login"), expiresAt: 1e12 })
      assert.strictEqual(text(yield* one.get(key)), "from another login")
    }).pipe(Effect.provide(inWorld()))
  )

  it.effect("nothing stored is logged out, and nothing else is", () =>
    Effect.gen(function* () {
      const tokens = yield* process_
      assert.strictEqual((yield* Effect.flip(tokens.get(key)))._tag, "NotLoggedIn")
    }).pipe(Effect.provide(inWorld()))
  )
})

describe("a token that was renewed and cannot be saved", () => {
  it.effect("lives in this process, and is loud", () =>
    Effect.gen(function* () {
      const tokens = yield* process_
      yield* tokens.establish({ ...login, expiresAt: 0 })
      const { failing } = yield* TokenStoreMemory.Items
      const failure = new StoreTimedOut({ store: "keychain", seconds: 3 })
      yield* Ref.set(failing, [undefined, failure, failure, failure])
      const fiber = yield* Effect.forkChild(tokens.get(key))
      yield* TestClock.adjust("2 seconds")
      const found = yield* Fiber.join(fiber)
      assert.strictEqual(text(found), "access-1")
      assert.strictEqual(found.from, "memory")
      assert.match((yield* OutputMemory.printed).map((each) => each.text).join(), /could not be saved/)
      assert.strictEqual(text(yield* tokens.get(key)), "access-1")
    }).pipe(Effect.provide(inWorld()))
  )
})

describe("saying whose login it is", () => {
  const user = { id: "1", name: "Ada", email: "ada@acme.example", platform_role: "member" }

  it.effect("leaves alone what another process has renewed meanwhile: the spent token does not come back", () =>
    Effect.gen(function* () {
      const one = yield* process_
      const other = yield* process_
      yield* one.establish(login)
      yield* expired
      yield* other.get(key)
      yield* one.identify(login, user)
      const credential = yield* stored
      assert.strictEqual(credential.refreshToken && Redacted.value(credential.refreshToken), "refresh-1")
      yield* expired
      assert.strictEqual(text(yield* one.get(key)), "access-2")
    }).pipe(Effect.provide(inWorld()))
  )

  it.effect("adds it to the login otherwise", () =>
    Effect.gen(function* () {
      const tokens = yield* process_
      yield* tokens.establish(login)
      yield* tokens.identify(login, user)
      assert.deepStrictEqual((yield* stored).user, user)
    }).pipe(Effect.provide(inWorld()))
  )
})

describe("logging out", () => {
  it.effect("revokes and deletes", () =>
    Effect.gen(function* () {
      const tokens = yield* process_
      yield* tokens.establish(login)
      assert.strictEqual(yield* tokens.end(key), "revoked")
      const asked = yield* Ref.get(yield* HttpScripted.Requests)
      assert.strictEqual(asked.at(-1)?.fields["token"], "refresh-0")
      assert.strictEqual((yield* Effect.flip(tokens.get(key)))._tag, "NotLoggedIn")
      assert.strictEqual(yield* tokens.end(key), "nobody")
    }).pipe(Effect.provide(inWorld()))
  )

  it.effect("offline deletes anyway and says that it is not confirmed", () =>
    Effect.gen(function* () {
      const tokens = yield* process_
      yield* tokens.establish(login)
      const error = yield* Effect.flip(tokens.end(key))
      assert.strictEqual(error._tag, "LogoutUnconfirmed")
      assert.strictEqual((yield* Effect.flip(tokens.stored(key)))._tag, "NotLoggedIn")
    }).pipe(Effect.provide(inWorld(() => broken)))
  )

  it.effect("racing renewals brings no credential back", () =>
    Effect.gen(function* () {
      for (let round = 0; round < 50; round++) {
        const one = yield* process_
        const other = yield* process_
        yield* one.establish({ ...login, expiresAt: 0, refreshToken: Redacted.make(`refresh-${round}`) })
        const racing = [Effect.exit(one.end(key)), Effect.exit(other.get(key)), Effect.exit(one.get(key))]
        yield* Effect.all(round % 2 === 0 ? racing : racing.toReversed(), { concurrency: "unbounded" })
        // Whoever was first: the logout has been, so nobody is logged in.
        assert.strictEqual((yield* Effect.flip(other.stored(key)))._tag, "NotLoggedIn")
      }
    }).pipe(
      Effect.provide(
        inWorld((asked) =>
          asked.url.endsWith("/revoke")
            ? json(200, "")
            : json(200, { access_token: "a", refresh_token: "r", token_type: "Bearer", expires_in: 3600 })
        )
      )
    )
  )
})
