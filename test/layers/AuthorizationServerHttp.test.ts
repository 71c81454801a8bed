/** RFC 8628, RFC 8414 and RFC 6749 as the client keeps them, with the clock in hand. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted, Ref } from "effect"
import { TestClock } from "effect/testing"
import type { NetError } from "../../src/domain/netErrors.ts"
import { fixedEndpoints } from "../../src/domain/oauth.ts"
import * as AuthorizationServerHttp from "../../src/layers/AuthorizationServerHttp.ts"
import { AuthorizationServer } from "../../src/services/AuthorizationServer.ts"
import type { HttpAnswer } from "../../src/services/Http.ts"
import * as HttpScripted from "../../src/testing/HttpScripted.ts"

const origin = "https://registry.example"
const { broken, json } = HttpScripted

const served = (answer: (asked: HttpScripted.Asked, count: number) => HttpAnswer | NetError) =>
  AuthorizationServerHttp.layer.pipe(Layer.provideMerge(HttpScripted.layer(answer)))

const device = (more: { readonly interval?: number; readonly expires_in?: number } = {}) => ({
  device_code: Redacted.make("device-code-secret"),
  user_code: "BCDF-GHJK",
  verification_uri: `${origin}/device`,
  expires_in: 600,
  interval: 5,
  ...more
})

const tokens = { access_token: "a-1", token_type: "Bearer", expires_in: 3600, refresh_token: "r-1" }
const pending = json(400, { error: "authorization_pending" })
const slowDown = json(400, { error: "slow_down" })

const polling = (given = device()) =>
  AuthorizationServer.use((server) => Effect.result(server.pollToken(fixedEndpoints(origin), origin, given)))

/** Seconds at which requests went out. */
const times = HttpScripted.Requests.use((requests) =>
  Effect.map(Ref.get(requests), (all) => all.map(({ at }) => at / 1000))
)

const scripted = (...answers: ReadonlyArray<HttpAnswer | NetError>) =>
  served((_, count) => answers[Math.min(count, answers.length - 1)] ?? json(500, ""))

/** Polls until it ends, and lets a long time pass after that. */
const toTheEnd = Effect.fnUntraced(function* (given = device()) {
  const fiber = yield* Effect.forkChild(polling(given))
  yield* TestClock.adjust("2 hours")
  return yield* Fiber.join(fiber)
})

describe("waiting for approval (RFC 8628 section 3.5)", () => {
  it.effect("waits the interval before the first poll and between polls, and stops at the first success", () =>
    Effect.gen(function* () {
      const result = yield* toTheEnd()
      assert.strictEqual(result._tag, "Success")
      assert.deepStrictEqual(yield* times, [5, 10, 15])
    }).pipe(Effect.provide(scripted(pending, pending, json(200, tokens))))
  )

  it.effect("adds five seconds for good at each slow_down", () =>
    Effect.gen(function* () {
      yield* toTheEnd()
      assert.deepStrictEqual(yield* times, [5, 15, 25, 40, 55])
    }).pipe(Effect.provide(scripted(slowDown, pending, slowDown, pending, json(200, tokens))))
  )

  it.effect("asks no more once the code has expired, and says so", () =>
    Effect.gen(function* () {
      const result = yield* toTheEnd(device({ expires_in: 12 }))
      assert.strictEqual(result._tag === "Failure" && result.failure._tag, "LoginExpired")
      assert.deepStrictEqual(yield* times, [5, 10])
    }).pipe(Effect.provide(scripted(pending)))
  )

  for (const [error, tag] of [
    ["access_denied", "LoginDenied"],
    ["expired_token", "LoginExpired"],
    ["invalid_grant", "AuthRefused"]
  ] as const) {
    it.effect(`ends at ${error} with ${tag} and polls no more`, () =>
      Effect.gen(function* () {
        const result = yield* toTheEnd()
        assert.strictEqual(result._tag === "Failure" && result.failure._tag, tag)
        assert.deepStrictEqual(yield* times, [5])
      }).pipe(Effect.provide(scripted(json(400, { error }))))
    )
  }

  it.effect("backs off at network errors and 5xx, forgets that at the next answer, and gives up at the end only", () =>
    Effect.gen(function* () {
      const result = yield* toTheEnd()
      assert.strictEqual(result._tag, "Success")
      // 5; then 5+5, 5+10, 5+20; after an answer 5 again.
      assert.deepStrictEqual(yield* times, [5, 15, 30, 55, 60])
    }).pipe(Effect.provide(scripted(broken, broken, json(503, "busy"), pending, json(200, tokens))))
  )

  it.effect("clamps an interval of nothing and one of years, and a lifetime of years", () =>
    Effect.gen(function* () {
      yield* toTheEnd(device({ interval: 0, expires_in: 3 }))
      assert.deepStrictEqual(yield* times, [1, 2, 3])
      yield* toTheEnd(device({ interval: 1e12, expires_in: 1e12 }))
      assert.strictEqual((yield* times).length, 3 + 30)
    }).pipe(Effect.provide(scripted(pending)))
  )
})

describe("discovery (RFC 8414)", () => {
  const discovering = AuthorizationServer.use((server) => Effect.result(server.discover(origin)))
  const metadata = {
    issuer: origin,
    device_authorization_endpoint: `${origin}/device/auth`,
    token_endpoint: `${origin}/token`,
    revocation_endpoint: `${origin}/revoke`
  }

  it.effect("takes the endpoints that the metadata name", () =>
    Effect.gen(function* () {
      const found = yield* discovering
      assert.strictEqual(found._tag === "Success" && found.success.token.href, `${origin}/token`)
      assert.strictEqual(found._tag === "Success" && found.success.revocation?.method, "POST")
    }).pipe(Effect.provide(scripted(json(200, metadata))))
  )

  it.effect("falls back to the contract's paths where there are no metadata", () =>
    Effect.gen(function* () {
      const found = yield* discovering
      assert.strictEqual(found._tag === "Success" && found.success.token.href, `${origin}/api/v1/auth/token`)
    }).pipe(Effect.provide(scripted(json(404, "no such page"))))
  )

  for (const [what, body] of [
    ["another issuer", { ...metadata, issuer: "https://evil.example" }],
    ["a file as an endpoint", { ...metadata, token_endpoint: "file:///etc/passwd" }],
    ["plain http off this machine", { ...metadata, token_endpoint: "http://registry.example/token" }],
    ["an endpoint on this machine for a registry that is not", { ...metadata, token_endpoint: "http://127.0.0.1/t" }],
    ["no device endpoint", { issuer: origin, token_endpoint: `${origin}/token` }]
  ] as const) {
    it.effect(`refuses ${what}, and does not fall back`, () =>
      Effect.gen(function* () {
        const found = yield* discovering
        assert.strictEqual(found._tag === "Failure" && found.failure._tag, "ResponseInvalid")
        assert.strictEqual((yield* times).length, 1)
      }).pipe(Effect.provide(scripted(json(200, body))))
    )
  }

  it.effect("does not take a server that is down for one without metadata", () =>
    Effect.gen(function* () {
      const found = yield* discovering
      assert.strictEqual(found._tag === "Failure" && found.failure._tag, "AuthUnavailable")
    }).pipe(Effect.provide(scripted(json(503, "down"))))
  )
})

describe("answers that are not what they should be", () => {
  for (const [what, body] of [
    ["an escape sequence in the code", { ...device(), device_code: "x", user_code: "\u001b[31mAB" }],
    ["a number for the device code", { ...device(), device_code: 7 }],
    ["no JSON", "secret-token-in-a-page"]
  ] as const) {
    it.effect(`${what}: an error that names the field and shows no value`, () =>
      Effect.gen(function* () {
        const server = yield* AuthorizationServer
        const error = yield* Effect.flip(server.authorizeDevice(fixedEndpoints(origin)))
        assert.strictEqual(error._tag, "ResponseInvalid")
        assert.notInclude(JSON.stringify(error), "secret")
        assert.notInclude(error.message, "\u001b")
      }).pipe(Effect.provide(scripted(json(200, body))))
    )
  }

  it.effect("a token type that is not Bearer is refused, and the token is not shown", () =>
    Effect.gen(function* () {
      const server = yield* AuthorizationServer
      const error = yield* Effect.flip(server.refresh(new URL(`${origin}/token`), "crewkit-cli", Redacted.make("r-0")))
      assert.strictEqual(error.message.includes("token_type"), true, error.message)
      assert.notInclude(`${JSON.stringify(error)}${String(error)}`, "a-1")
    }).pipe(Effect.provide(scripted(json(200, { ...tokens, token_type: "mac" }))))
  )
})
