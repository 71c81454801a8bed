/** The state machine of logins, with the clock in hand: RFC 8628, RFC 6749, rotation, reuse, grace, revocation. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted, Ref } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { rmSync } from "node:fs"
import * as Device from "../../src/registry/deviceGrant.ts"
import { addUser } from "../../src/registry/people.ts"
import { sweep } from "../../src/registry/tokens.ts"
import { app, layer, type Options, origin, type RegistryApp, Reports } from "../fakes/RegistryApp.ts"
import { Scratch } from "../fakes/Scratch.ts"
import { onEachDatabase } from "../fakes/StateDatabase.ts"

const client_id = "crewkit-cli"
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

const begin = Effect.fnUntraced(function* (call: RegistryApp) {
  const { json } = yield* call("POST", "/api/v1/auth/device", { form: { client_id } })
  return { deviceCode: String(json["device_code"]), userCode: String(json["user_code"]), json }
})

const poll = (call: RegistryApp, device_code: string) =>
  call("POST", "/api/v1/auth/token", { form: { grant_type: deviceGrant, device_code, client_id } })

const refresh = (call: RegistryApp, refresh_token: string) =>
  call("POST", "/api/v1/auth/refresh", { form: { grant_type: "refresh_token", refresh_token, client_id } })

const me = (call: RegistryApp, token: string) =>
  call("GET", "/api/v1/auth/me", { headers: { authorization: `Bearer ${token}` } })

const decide = Effect.fnUntraced(function* (userCode: string, approved: boolean, email = "ada@acme.example") {
  const { id } = yield* addUser({ email, name: "Ada Park", org: "acme" })
  return yield* Device.decide(userCode.replace("-", ""), id, approved)
})

interface Tokens {
  readonly access: string
  readonly refresh: string
}

const tokensOf = (json: Record<string, unknown>): Tokens => ({
  access: String(json["access_token"]),
  refresh: String(json["refresh_token"])
})

const login = Effect.fnUntraced(function* (call: RegistryApp, email?: string) {
  const { deviceCode, userCode } = yield* begin(call)
  assert.isTrue(yield* decide(userCode, true, email))
  const { json, status } = yield* poll(call, deviceCode)
  assert.strictEqual(status, 200)
  return { ...tokensOf(json), deviceCode, userCode }
})

onEachDatabase((database) => {
  const withApp = <E, R>(options: Options, use: (call: RegistryApp) => Effect.Effect<void, E, R>) =>
    Effect.flatMap(app, use).pipe(Effect.provide(layer({ ...options, database })))

  describe("the device grant", () => {
    it.effect("is pending until somebody decides, and redeemed once", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const { deviceCode, json, userCode } = yield* begin(call)
          assert.match(userCode, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
          assert.isAtLeast(deviceCode.length, 43)
          assert.deepInclude(json, {
            expires_in: 600,
            interval: 5,
            verification_uri: `${origin}/device`,
            verification_uri_complete: `${origin}/device?user_code=${userCode}`
          })
          const waiting = yield* poll(call, deviceCode)
          assert.strictEqual(waiting.status, 400)
          assert.strictEqual(waiting.json["error"], "authorization_pending")
          assert.strictEqual(waiting.headers["cache-control"], "no-store")
          yield* decide(userCode, true)
          const granted = yield* poll(call, deviceCode)
          assert.deepInclude(granted.json, { token_type: "Bearer", expires_in: 3600 })
          assert.strictEqual(granted.headers["cache-control"], "no-store")
          const { access } = tokensOf(granted.json)
          assert.strictEqual((yield* me(call, access)).status, 200)
          const again = yield* poll(call, deviceCode)
          assert.strictEqual(again.json["error"], "invalid_grant")
          // Two had the code: neither stays in.
          assert.strictEqual((yield* me(call, access)).status, 401)
        })
      )
    )

    it.effect("adds five seconds for good each time it is asked too soon", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const { deviceCode } = yield* begin(call)
          const after = (seconds: number) =>
            Effect.andThen(
              TestClock.adjust(`${seconds} seconds`),
              Effect.map(poll(call, deviceCode), ({ json }) => json["error"])
            )
          assert.strictEqual(yield* after(0), "authorization_pending")
          assert.strictEqual(yield* after(5), "authorization_pending")
          assert.strictEqual(yield* after(4), "slow_down")
          assert.strictEqual(yield* after(5), "slow_down")
          assert.strictEqual(yield* after(14), "slow_down")
          for (let index = 0; index < 3; index++) assert.strictEqual(yield* after(20), "authorization_pending")
          assert.strictEqual(yield* after(19), "slow_down")
        })
      )
    )

    it.effect("ends by denial and by time, and cannot be decided twice", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const denied = yield* begin(call)
          assert.isTrue(yield* decide(denied.userCode, false))
          assert.isFalse(yield* decide(denied.userCode, true))
          assert.strictEqual((yield* poll(call, denied.deviceCode)).json["error"], "access_denied")
          const late = yield* begin(call)
          const approvedLate = yield* begin(call)
          yield* decide(approvedLate.userCode, true)
          yield* TestClock.adjust("600 seconds")
          assert.strictEqual((yield* poll(call, late.deviceCode)).json["error"], "expired_token")
          assert.strictEqual((yield* poll(call, approvedLate.deviceCode)).json["error"], "expired_token")
          assert.isFalse(yield* decide(late.userCode, true))
          assert.strictEqual((yield* poll(call, "ckdc_unknown")).json["error"], "invalid_grant")
        })
      )
    )

    it.effect("gives the tokens to one of many that redeem at once", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const { deviceCode, userCode } = yield* begin(call)
          yield* decide(userCode, true)
          const answers = yield* Effect.all(
            Array.from({ length: 32 }, () => poll(call, deviceCode)),
            { concurrency: "unbounded" }
          )
          assert.strictEqual(answers.filter(({ status }) => status === 200).length, 1)
        })
      )
    )

    it.effect("binds the code to the client that asked", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const { deviceCode, userCode } = yield* begin(call)
          yield* decide(userCode, true)
          const form = { grant_type: deviceGrant, device_code: deviceCode, client_id: "other" }
          assert.strictEqual((yield* call("POST", "/api/v1/auth/token", { form })).json["error"], "invalid_grant")
          assert.strictEqual((yield* poll(call, deviceCode)).status, 200)
        })
      )
    )

    it.effect("limits how many logins an address begins", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const ask = (address: string) => call("POST", "/api/v1/auth/device", { form: { client_id }, address })
          for (let index = 0; index < 300; index++) assert.strictEqual((yield* ask("192.0.2.7")).status, 200)
          const limited = yield* ask("192.0.2.7")
          assert.strictEqual(limited.status, 429)
          assert.strictEqual(limited.headers["retry-after"], "600")
          assert.strictEqual((yield* ask("192.0.2.8")).status, 200)
          yield* TestClock.adjust("600 seconds")
          assert.strictEqual((yield* ask("192.0.2.7")).status, 200)
        })
      )
    )
  })

  describe("refresh tokens", () => {
    it.effect("are replaced on every use, at either endpoint", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const first = yield* login(call)
          const second = tokensOf((yield* refresh(call, first.refresh)).json)
          const form = { grant_type: "refresh_token", refresh_token: second.refresh, client_id }
          const third = tokensOf((yield* call("POST", "/api/v1/auth/token", { form })).json)
          assert.strictEqual(new Set([first.refresh, second.refresh, third.refresh]).size, 3)
          for (const { access } of [first, second, third]) assert.strictEqual((yield* me(call, access)).status, 200)
        })
      )
    )

    it.effect("get the same answer again within the grace, and end the family after it", () =>
      withApp({ graceSeconds: 30 }, (call) =>
        Effect.gen(function* () {
          const first = yield* login(call)
          const answer = yield* refresh(call, first.refresh)
          yield* TestClock.adjust("29 seconds")
          assert.strictEqual((yield* refresh(call, first.refresh)).text, answer.text)
          yield* TestClock.adjust("1 second")
          assert.strictEqual((yield* refresh(call, first.refresh)).json["error"], "invalid_grant")
          const second = tokensOf(answer.json)
          assert.strictEqual((yield* refresh(call, second.refresh)).json["error"], "invalid_grant")
          for (const { access } of [first, second]) assert.strictEqual((yield* me(call, access)).status, 401)
        })
      )
    )

    it.effect("end the family at once without a grace", () =>
      withApp({ graceSeconds: 0 }, (call) =>
        Effect.gen(function* () {
          const first = yield* login(call)
          const other = yield* login(call, "kofi@acme.example")
          const second = tokensOf((yield* refresh(call, first.refresh)).json)
          assert.strictEqual((yield* refresh(call, first.refresh)).json["error"], "invalid_grant")
          assert.strictEqual((yield* refresh(call, second.refresh)).json["error"], "invalid_grant")
          assert.strictEqual((yield* refresh(call, other.refresh)).status, 200)
        })
      )
    )

    it.effect("rotate once for 32 at once: one answer with a grace, one winner without", () =>
      Effect.gen(function* () {
        for (const graceSeconds of [30, 0]) {
          yield* withApp({ graceSeconds }, (call) =>
            Effect.gen(function* () {
              const { refresh: token } = yield* login(call)
              const answers = yield* Effect.all(
                Array.from({ length: 32 }, () => refresh(call, token)),
                { concurrency: "unbounded" }
              )
              const good = answers.filter(({ status }) => status === 200)
              assert.strictEqual(good.length, graceSeconds === 0 ? 1 : 32)
              assert.strictEqual(new Set(good.map(({ text }) => text)).size, 1)
            })
          ).pipe(Effect.provide(Scratch.layer))
        }
      })
    )

    it.effect("are of no use to another client, and do not end by its trying", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const { refresh: token } = yield* login(call)
          const form = { grant_type: "refresh_token", refresh_token: token, client_id: "other" }
          assert.strictEqual((yield* call("POST", "/api/v1/auth/refresh", { form })).json["error"], "invalid_grant")
          assert.strictEqual((yield* refresh(call, token)).status, 200)
        })
      )
    )

    it.effect("end after 90 days without use; access tokens after an hour", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const first = yield* login(call)
          yield* TestClock.adjust("3599 seconds")
          assert.strictEqual((yield* me(call, first.access)).status, 200)
          yield* TestClock.adjust("1 second")
          assert.strictEqual((yield* me(call, first.access)).status, 401)
          yield* TestClock.adjust("89 days")
          const second = tokensOf((yield* refresh(call, first.refresh)).json)
          yield* TestClock.adjust("90 days")
          assert.strictEqual((yield* refresh(call, second.refresh)).json["error"], "invalid_grant")
          yield* TestClock.adjust("31 days")
          yield* sweep()
          const sql = yield* SqlClient.SqlClient
          assert.deepStrictEqual(yield* sql`SELECT id FROM families`, [])
          assert.deepStrictEqual(yield* sql`SELECT hash FROM refresh_tokens`, [])
        })
      )
    )

    it.effect("end with the membership, but not where the folder cannot be read", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const scratch = yield* Scratch
          const first = yield* login(call)
          const before = scratch.read("registry/orgs/acme/org.yml")
          scratch.write("registry/orgs/acme/org.yml", "members: [\n")
          assert.strictEqual((yield* refresh(call, first.refresh)).status, 500)
          assert.strictEqual((yield* me(call, first.access)).status, 500)
          rmSync(scratch.path("registry/orgs/acme/org.yml"))
          assert.strictEqual((yield* refresh(call, first.refresh)).status, 500)
          assert.include((yield* Ref.get(yield* Reports)).join("\n"), "orgs/acme/org.yml")
          scratch.write("registry/orgs/acme/org.yml", before)
          const second = tokensOf((yield* refresh(call, first.refresh)).json)
          scratch.write("registry/orgs/acme/org.yml", "members: []\n")
          assert.strictEqual((yield* me(call, second.access)).status, 403)
          assert.strictEqual((yield* refresh(call, second.refresh)).json["error"], "invalid_grant")
          scratch.write("registry/orgs/acme/org.yml", before)
          assert.strictEqual((yield* refresh(call, second.refresh)).json["error"], "invalid_grant")
        })
      )
    )

    it.effect("end by logout and by revocation of either token; unknown ones are answered alike", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const out = yield* login(call)
          const answer = yield* call("DELETE", "/api/v1/auth/logout", { form: { refresh_token: out.refresh } })
          assert.deepStrictEqual([answer.status, answer.json["message"]], [200, "logged out"])
          assert.strictEqual((yield* me(call, out.access)).status, 401)
          assert.strictEqual((yield* refresh(call, out.refresh)).json["error"], "invalid_grant")
          for (const which of ["access", "refresh"] as const) {
            const tokens = yield* login(call)
            const revoked = yield* call("POST", "/api/v1/auth/revoke", { form: { token: tokens[which] } })
            assert.deepStrictEqual([revoked.status, revoked.text], [200, ""])
            assert.strictEqual((yield* me(call, tokens.access)).status, 401)
            assert.strictEqual((yield* refresh(call, tokens.refresh)).json["error"], "invalid_grant")
          }
          const unknown = yield* call("POST", "/api/v1/auth/revoke", { form: { token: "nothing" } })
          assert.deepStrictEqual([unknown.status, unknown.text], [200, ""])
        })
      )
    )

    it.effect("are nowhere in the state, nor is anything else that opens a door", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const scratch = yield* Scratch
          const first = yield* login(call)
          const second = tokensOf((yield* refresh(call, first.refresh)).json)
          const { invite } = yield* addUser({ email: "kofi@acme.example", name: "Kofi", org: "acme" })
          const secrets = [
            first.access,
            first.refresh,
            first.deviceCode,
            first.userCode,
            first.userCode.replace("-", ""),
            second.access,
            second.refresh,
            Redacted.value(invite)
          ]
          const contents = yield* database.contents(scratch.path("state/registry.sqlite"))
          assert.isAbove(contents.length, 0)
          assert.isTrue(contents.some((bytes) => Buffer.from(bytes).includes("ada@acme.example")))
          for (const bytes of contents) {
            for (const secret of secrets) assert.isFalse(Buffer.from(bytes).includes(secret))
          }
        })
      )
    )
  })

  describe("who calls", () => {
    it.effect("has the organization, the role and the agents of the token's owner", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const { access } = yield* login(call, "kofi@acme.example")
          const { json } = yield* me(call, access)
          assert.deepInclude(json["user"], { email: "kofi@acme.example", organization: "acme", role: "junior" })
          const headers = { authorization: `Bearer ${access}` }
          const agents = yield* call("GET", "/api/v1/agents/effective?project_slug=web-shop", { headers })
          assert.deepInclude(agents.json["role"], { name: "junior" })
          const higher = yield* call("GET", "/api/v1/agents/effective?project_slug=web-shop&role=senior", { headers })
          assert.strictEqual(higher.status, 403)
          const experiments = yield* call("GET", "/api/v1/experiments?project_slug=web-shop", { headers })
          assert.strictEqual(experiments.status, 501)
          const wrong = yield* call("GET", "/api/v1/agents/effective?project_slug=Not%20a%20slug", { headers })
          assert.strictEqual(wrong.status, 400)
          assert.deepInclude(wrong.json["error"], { code: "bad_request" })
        })
      )
    )

    it.effect("is asked for on every call but those of the login", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const id = "0b0e7a52-3c3f-4d6e-9b0a-2f1c6d1f7a11"
          const calls = [
            ["GET", "/api/v1/auth/me"],
            ["GET", "/api/v1/agents?project_slug=a"],
            ["GET", "/api/v1/agents/effective?project_slug=a"],
            ["GET", "/api/v1/agents/plain/effective_config?project_slug=a"],
            ["GET", "/api/v1/sessions?project_slug=a"],
            ["GET", `/api/v1/sessions/${id}/summary`],
            ["GET", "/api/v1/experiments?project_slug=a"],
            ["GET", "/api/v1/experiments/swift-amber-falcon"],
            ["POST", "/api/v1/experiments/swift-amber-falcon/deploy"]
          ] as const
          for (const [method, path] of calls) {
            for (const headers of [{}, { authorization: "Basic YTpi" }, { authorization: "Bearer ckat_x" }]) {
              assert.strictEqual((yield* call(method, path, { headers })).status, 401, path)
            }
          }
          assert.strictEqual((yield* call("GET", "/.well-known/oauth-authorization-server")).status, 200)
        })
      )
    )

    it.effect("moves with the person: logins for the former organization end", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const scratch = yield* Scratch
          scratch.write("registry/orgs/other/org.yml", "members: [{ email: ada@acme.example }]\n")
          const { access, refresh: token } = yield* login(call)
          yield* addUser({ email: "ada@acme.example", name: "Ada", org: "other" })
          assert.strictEqual((yield* me(call, access)).status, 401)
          assert.strictEqual((yield* refresh(call, token)).json["error"], "invalid_grant")
        })
      )
    )

    it.effect("is kept when a state of an earlier version is brought up to date", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const { access } = yield* login(call)
          const sql = yield* SqlClient.SqlClient
          for (const table of ["modifications", "sessions", "idempotency_keys", "rate_limits"]) {
            yield* sql.unsafe(`DROP TABLE ${table}`)
          }
          yield* sql.onDialectOrElse({
            pg: () => sql`UPDATE registry_version SET version = 1`,
            orElse: () => sql.unsafe("PRAGMA user_version = 1")
          })
          const { prepare } = yield* Effect.promise(() => import("../../src/registry/stateTables.ts"))
          assert.isTrue((yield* prepare()).readable)
          assert.isTrue((yield* prepare()).readable)
          assert.strictEqual((yield* me(call, access)).status, 200)
          const headers = { authorization: `Bearer ${access}` }
          assert.strictEqual((yield* call("GET", "/api/v1/sessions?project_slug=a", { headers })).status, 200)
        })
      )
    )

    it.effect("is told apart from a state file of a later version", () =>
      withApp({}, () =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const { prepare } = yield* Effect.promise(() => import("../../src/registry/stateTables.ts"))
          assert.isTrue((yield* prepare()).readable)
          yield* sql.onDialectOrElse({
            pg: () => sql`UPDATE registry_version SET version = 99`,
            orElse: () => sql.unsafe("PRAGMA user_version = 99")
          })
          assert.isFalse((yield* prepare()).readable)
          assert.isTrue(Option.isNone(yield* Device.pending("BBBBBBBB")))
        })
      )
    )
  })
})
