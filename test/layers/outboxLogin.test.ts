import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { HttpClient, HttpServerResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { Slug } from "../../src/domain/AgentName.ts"
import { NotLoggedIn } from "../../src/domain/authErrors.ts"
import type { Credential } from "../../src/domain/Credential.ts"
import { ConnectionFailed } from "../../src/domain/netErrors.ts"
import { logInFor } from "../../src/layers/outboxLogin.ts"
import { AccessTokens, type AccessToken, type TokenFailure } from "../../src/services/AccessTokens.ts"
import { Http } from "../../src/services/Http.ts"

const origin = "https://agents.example.com"
const key = { origin, account: "default" }

const credential = (token: string, expiresAt: number): Credential => ({
  version: 1,
  origin,
  account: "default",
  issuer: origin,
  tokenEndpoint: `${origin}/token`,
  clientId: "crewkit-cli",
  accessToken: Redacted.make(token),
  expiresAt,
  generation: 1,
  user: { id: "user-7", name: "Ada", email: "ada@acme.example", platform_role: "member" }
})

const access = (token: string, expiresAt = 3_600_000): AccessToken => ({
  token: Redacted.make(token),
  from: "keychain",
  credential: credential(token, expiresAt)
})

const id = "11111111-2222-4333-8444-555555555555"
const session = { id, total_turns: 0, total_cost: 0, outcome: null, started_at: "x", ended_at: null }

/** A registry that takes the token `good` alone, and a login that has `old` until it is renewed. */
const setUp = (renewed: Effect.Effect<AccessToken, TokenFailure>, peeked = access("good")) => {
  const asked: Array<string> = []
  const failures: Array<TokenFailure> = []
  const unused = () => Effect.die("not in this test")
  const tokens = AccessTokens.of({
    stored: unused,
    peek: () => Effect.succeed(peeked),
    get: () => Effect.succeed(access("old")),
    renew: () =>
      Effect.andThen(
        Effect.sync(() => asked.push("renewal")),
        renewed
      ),
    establish: unused,
    identify: unused,
    end: unused
  })
  const http = Http.of({
    get: unused,
    form: unused,
    clientFor: (_, token) =>
      Effect.succeed(
        HttpClient.make((request) => {
          const text = token === undefined ? "none" : Redacted.value(token)
          asked.push(text)
          const response = HttpServerResponse.text(JSON.stringify(text === "good" ? { session } : { error: "no" }), {
            status: text === "good" ? 201 : 401,
            contentType: "application/json"
          })
          return Effect.succeed(HttpServerResponse.toClientResponse(response, { request }))
        })
      )
  })
  const begin = (renews: boolean) =>
    logInFor({ key, tokens, http, renews: () => renews, failed: (error) => failures.push(error) })
  return { asked, failures, begin }
}

const create = { _tag: "Create", seq: 0, project: Slug.make("web"), startedAt: "2026-01-01T00:00:00Z" } as const

describe("the login of a delivery", () => {
  it.effect("is renewed once where the registry asks for it, and the call made again", () =>
    Effect.gen(function* () {
      const { asked, begin } = setUp(Effect.succeed(access("good")))
      const { client, user } = yield* begin(true)
      assert.strictEqual(user, "user-7")
      assert.strictEqual(yield* client.create(id, create), id)
      assert.deepStrictEqual(asked, ["old", "renewal", "good"])
      yield* client.create(id, create)
      assert.deepStrictEqual(asked.slice(3), ["good"])
    })
  )

  it.effect("tells why it could not be renewed", () =>
    Effect.gen(function* () {
      const lost = new ConnectionFailed({ host: "agents.example.com", code: "ECONNREFUSED" })
      const { begin, failures } = setUp(Effect.fail(lost))
      const { client } = yield* begin(true)
      const error = yield* Effect.flip(client.create(id, create))
      assert.deepInclude(error, { _tag: "SendRefused", status: 401 })
      assert.deepStrictEqual(failures, [lost])
    })
  )

  it.effect("is never renewed where there is no time for it", () =>
    Effect.gen(function* () {
      const good = setUp(Effect.die("renewed"))
      const { client } = yield* good.begin(false)
      yield* client.create(id, create)
      assert.deepStrictEqual(good.asked, ["good"])
      const old = setUp(Effect.die("renewed"), access("old"))
      const refused = yield* old.begin(false)
      assert.deepInclude(yield* Effect.flip(refused.client.create(id, create)), { status: 401 })
      yield* TestClock.adjust("2 hours")
      const ended = setUp(Effect.die("renewed"))
      assert.instanceOf(yield* Effect.flip(ended.begin(false)), NotLoggedIn)
      assert.deepStrictEqual(ended.asked, [])
    })
  )
})
