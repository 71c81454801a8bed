/** Sessions and modifications over the wire: who sees and changes what, filters and pages, and writes that are repeated. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import type { HttpMethod } from "effect/http"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { addUser } from "../../src/registry/people.ts"
import { begin, sweep } from "../../src/registry/tokens.ts"
import { atomically } from "../../src/registry/transaction.ts"
import { app, layer, type RegistryApp } from "../fakes/RegistryApp.ts"
import { Scratch } from "../fakes/Scratch.ts"
import { onEachDatabase } from "../fakes/StateDatabase.ts"

const web = "web-shop"

/** Calls as one person. */
const as = Effect.fnUntraced(function* (call: RegistryApp, email: string, org = "acme") {
  const { id } = yield* addUser({ email, name: email.split("@")[0] ?? "", org })
  const { answer } = yield* atomically(begin(id, "crewkit-cli", yield* Clock.currentTimeMillis))
  return (method: HttpMethod.HttpMethod, path: string, body?: unknown, key?: string) =>
    call(method, `/api/v1${path}`, {
      body,
      headers: {
        authorization: `Bearer ${answer.access_token}`,
        ...(key === undefined ? {} : { "idempotency-key": key })
      }
    })
})

type Person = Effect.Success<ReturnType<typeof as>>

const start = Effect.fnUntraced(function* (person: Person, body: object = {}, key?: string) {
  const answer = yield* person("POST", "/sessions", { project_slug: web, ...body }, key)
  assert.strictEqual(answer.status, 200, answer.text)
  return sessionOf(answer)
})

type Fields = Record<string, unknown>

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null

const sessionOf = ({ json }: { readonly json: Fields }): Fields & { readonly id: string } => {
  const { session } = json
  return isFields(session) ? { ...session, id: String(session["id"]) } : assert.fail("no session")
}

const listOf = (value: unknown): ReadonlyArray<Fields> =>
  Array.isArray(value) ? value.filter(isFields) : assert.fail("no list")

const change = (session_id: string, more: object = {}) => ({
  session_id,
  file_path: "src/a.ts",
  change_type: "edit",
  content_before: "a\n",
  content_after: "b\n",
  ...more
})

const idsOf = ({ json }: { readonly json: Fields }) => listOf(json["sessions"]).map(({ id }) => id)

onEachDatabase((database) => {
  const withApp = <E, R>(use: (call: RegistryApp) => Effect.Effect<void, E, R>) =>
    Effect.flatMap(app, use).pipe(Effect.provide(layer({ database })))

  describe("a session", () => {
    it.effect("is begun, brought up to date and summed up", () =>
      withApp((call) =>
        Effect.gen(function* () {
          const ada = yield* as(call, "ada@acme.example")
          const begun = yield* start(ada, { agent_name: "plain" })
          assert.deepInclude(begun, {
            agent_name: "plain",
            project_slug: web,
            total_turns: 0,
            total_cost: 0,
            outcome: null,
            started_at: "1970-01-01T00:00:00.000Z",
            ended_at: null
          })
          assert.match(begun.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
          assert.match(String(begun["agent_version"]), /^[0-9a-f]{12}$/)
          assert.deepInclude(begun["user"], { email: "ada@acme.example", name: "ada" })
          const open = yield* ada("GET", `/sessions/${begun.id}/summary`)
          assert.deepInclude(open.json, { modifications: [], duration: null, cost_per_turn: null })
          const updated = yield* ada("PATCH", `/sessions/${begun.id}`, { total_turns: 4, total_cost: 0.5 })
          assert.deepInclude(sessionOf(updated), { total_turns: 4, total_cost: 0.5, outcome: null })
          const ended = yield* ada("PATCH", `/sessions/${begun.id}`, {
            outcome: "success",
            ended_at: "1970-01-01T01:02:03.500+01:00"
          })
          assert.deepInclude(sessionOf(ended), {
            total_turns: 4,
            outcome: "success",
            ended_at: "1970-01-01T00:02:03.500Z"
          })
          const summary = yield* ada("GET", `/sessions/${begun.id}/summary`)
          assert.deepInclude(summary.json, { duration: 123.5, cost_per_turn: 0.125 })
          assert.deepStrictEqual(sessionOf(summary), sessionOf(ended))
        })
      )
    )

    it.effect("may begin before the registry hears of it, with an agent that the registry does not have", () =>
      withApp((call) =>
        Effect.gen(function* () {
          const ada = yield* as(call, "ada@acme.example")
          const begun = yield* start(ada, { agent_name: "my-own", started_at: "1970-01-01T00:00:10Z" })
          assert.deepInclude(begun, {
            agent_name: "my-own",
            agent_version: null,
            started_at: "1970-01-01T00:00:10.000Z"
          })
          // A clock that goes wrong makes no negative time.
          yield* ada("PATCH", `/sessions/${begun.id}`, { ended_at: "1970-01-01T00:00:01Z" })
          assert.strictEqual((yield* ada("GET", `/sessions/${begun.id}/summary`)).json["duration"], 0)
        })
      )
    )

    it.effect("keeps what was changed in it, and does not send contents back", () =>
      withApp((call) =>
        Effect.gen(function* () {
          const ada = yield* as(call, "ada@acme.example")
          const { id } = yield* start(ada)
          const full = yield* ada(
            "POST",
            "/agents/plain/modifications",
            change(id, {
              content_after: "zero \0 and \u{1F600}",
              sha256_before: "0".repeat(64),
              sha256_after: "f".repeat(64),
              occurred_at: "1970-01-01T00:00:09Z",
              attribution: "claude-code:Edit"
            })
          )
          assert.strictEqual(full.status, 200, full.text)
          assert.deepInclude(full.json["modification"], {
            agent_name: "plain",
            file_path: "src/a.ts",
            change_type: "edit",
            sha256_before: "0".repeat(64),
            sha256_after: "f".repeat(64),
            occurred_at: "1970-01-01T00:00:09.000Z",
            attribution: "claude-code:Edit",
            created_at: "1970-01-01T00:00:00.000Z"
          })
          assert.notInclude(full.text, "content_")
          const bare = yield* ada("POST", "/agents/my-own/modifications", {
            session_id: id,
            file_path: "b.ts",
            change_type: "delete",
            content_before: null
          })
          assert.strictEqual(bare.status, 200, bare.text)
          const { json } = yield* ada("GET", `/sessions/${id}/summary`)
          assert.deepStrictEqual(
            listOf(json["modifications"]).map(({ file_path }) => file_path),
            ["b.ts", "src/a.ts"]
          )
          const sql = yield* SqlClient.SqlClient
          const [row] = yield* sql<{
            content_after: Uint8Array
          }>`SELECT content_after FROM modifications WHERE content_after IS NOT NULL`
          assert.strictEqual(new TextDecoder().decode(row?.content_after), "zero \0 and \u{1F600}")
        })
      )
    )

    it.effect("takes files of megabytes, and their change twice for one", () =>
      withApp((call) =>
        Effect.gen(function* () {
          const ada = yield* as(call, "ada@acme.example")
          const { id } = yield* start(ada)
          const content = "é".repeat(1_900_000)
          const large = change(id, { content_before: content, content_after: `${content}!` })
          const post = ada("POST", "/agents/plain/modifications", large, "large")
          const first = yield* post
          assert.strictEqual(first.status, 200)
          assert.strictEqual((yield* post).text, first.text)
          const sql = yield* SqlClient.SqlClient
          assert.deepStrictEqual(
            (yield* sql`SELECT length(content_before) AS before, length(content_after) AS after FROM modifications`).map(
              (row) => ({ ...row })
            ),
            [{ before: 3_800_000, after: 3_800_001 }]
          )
        })
      )
    )

    it.effect("is its person's to change and its organization's to see", () =>
      withApp((call) =>
        Effect.gen(function* () {
          const scratch = yield* Scratch
          scratch.write("registry/orgs/other/org.yml", "members: [{ email: eve@other.example }]\n")
          const ada = yield* as(call, "ada@acme.example")
          const kofi = yield* as(call, "kofi@acme.example")
          const eve = yield* as(call, "eve@other.example", "other")
          const { id } = yield* start(ada)
          const statuses = (person: Person) =>
            Effect.all([
              person("GET", `/sessions/${id}/summary`),
              person("PATCH", `/sessions/${id}`, { total_turns: 9 }),
              person("POST", "/agents/plain/modifications", change(id))
            ]).pipe(Effect.map((answers) => answers.map(({ status }) => status)))
          assert.deepStrictEqual(yield* statuses(kofi), [200, 403, 403])
          assert.deepStrictEqual(yield* statuses(eve), [404, 404, 404])
          assert.deepStrictEqual(idsOf(yield* kofi("GET", `/sessions?project_slug=${web}`)), [id])
          assert.deepStrictEqual(idsOf(yield* eve("GET", `/sessions?project_slug=${web}`)), [])
          assert.deepStrictEqual(idsOf(yield* ada("GET", "/sessions?project_slug=another")), [])
          assert.deepInclude((yield* ada("GET", `/sessions/${id}/summary`)).json, { modifications: [] })
          assert.deepStrictEqual(yield* statuses(ada), [200, 200, 200])
        })
      )
    )
  })

  describe("the list of sessions", () => {
    it.effect("has pages of 25, the newest first", () =>
      withApp((call) =>
        Effect.gen(function* () {
          const ada = yield* as(call, "ada@acme.example")
          const all: Array<string> = []
          for (let index = 0; index < 53; index++) {
            yield* TestClock.adjust("1 second")
            all.unshift((yield* start(ada)).id)
          }
          const list = (query: string) => ada("GET", `/sessions?project_slug=${web}${query}`)
          const first = yield* list("")
          assert.deepStrictEqual(idsOf(first), all.slice(0, 25))
          assert.deepStrictEqual(first.json["meta"], { current_page: 1, total_pages: 3, total_count: 53 })
          assert.deepStrictEqual(idsOf(yield* list("&page=3")), all.slice(50))
          const beyond = yield* list("&page=4")
          assert.deepStrictEqual(idsOf(beyond), [])
          assert.deepStrictEqual(beyond.json["meta"], { current_page: 4, total_pages: 3, total_count: 53 })
          assert.deepStrictEqual(idsOf(yield* list("&page=2&per_page=10")), all.slice(10, 20))
          assert.deepStrictEqual(idsOf(yield* list("&per_page=100")), all)
          const wrong = ["page=0", "page=-1", "page=x", "page=1.5", "per_page=101", "per_page=0", "page="]
          for (const query of [...wrong, "current_user_only=maybe", "agent_name=No%20name", "agent_name=%00"]) {
            const answer = yield* list(`&${query}`)
            assert.strictEqual(answer.status, 422, query)
            assert.deepInclude(answer.json["error"], { code: "unprocessable" })
          }
        })
      )
    )

    it.effect("is filtered by person, and by agents that began it or changed something in it", () =>
      withApp((call) =>
        Effect.gen(function* () {
          const ada = yield* as(call, "ada@acme.example")
          const kofi = yield* as(call, "kofi@acme.example")
          const first = yield* start(ada, { agent_name: "plain" })
          yield* TestClock.adjust("1 second")
          const second = yield* start(kofi, { agent_name: "other" })
          yield* TestClock.adjust("1 second")
          const third = yield* start(ada)
          for (const file_path of ["a", "b"]) {
            yield* kofi("POST", "/agents/plain/modifications", change(second.id, { file_path }))
          }
          const list = (person: Person, query: string) =>
            Effect.map(person("GET", `/sessions?project_slug=${web}${query}`), idsOf)
          assert.deepStrictEqual(yield* list(ada, ""), [third.id, second.id, first.id])
          assert.deepStrictEqual(yield* list(ada, "&agent_name=plain"), [second.id, first.id])
          assert.deepStrictEqual(yield* list(ada, "&current_user_only=true"), [third.id, first.id])
          assert.deepStrictEqual(yield* list(kofi, "&current_user_only=true&agent_name=plain"), [second.id])
          assert.deepStrictEqual(yield* list(kofi, "&current_user_only=false"), [third.id, second.id, first.id])
          const { json } = yield* ada("GET", `/sessions?project_slug=${web}&agent_name=plain`)
          assert.deepStrictEqual(json["meta"], { current_page: 1, total_pages: 1, total_count: 2 })
        })
      )
    )
  })

  describe("a request that is wrong", () => {
    it.effect("is refused with the contract's codes, and changes nothing", () =>
      withApp((call) =>
        Effect.gen(function* () {
          const ada = yield* as(call, "ada@acme.example")
          const { id } = yield* start(ada)
          const unknown = "0b0e7a52-3c3f-4d6e-9b0a-2f1c6d1f7a11"
          const modifications = "/agents/plain/modifications"
          const cases: ReadonlyArray<readonly [HttpMethod.HttpMethod, string, unknown, number]> = [
            ["POST", "/sessions", {}, 400],
            ["POST", "/sessions", { project_slug: "Not a slug" }, 400],
            ["POST", "/sessions", { project_slug: web, agent_name: "../x" }, 422],
            ["POST", "/sessions", { project_slug: web, started_at: "yesterday" }, 400],
            ["POST", "/sessions", { project_slug: web, started_at: "2026-13-45T00:00:00Z" }, 422],
            ["PATCH", "/sessions/nonsense", { total_turns: 1 }, 400],
            ["PATCH", `/sessions/${unknown}`, { total_turns: 1 }, 404],
            ["PATCH", `/sessions/${id}`, { total_turns: -1 }, 422],
            ["PATCH", `/sessions/${id}`, { total_turns: 1.5 }, 422],
            ["PATCH", `/sessions/${id}`, { total_cost: -0.1 }, 422],
            ["PATCH", `/sessions/${id}`, { total_turns: 7, ended_at: "2026-02-30T00:00:00Z" }, 422],
            ["PATCH", `/sessions/${id}`, { outcome: "great" }, 400],
            ["GET", `/sessions/${unknown}/summary`, undefined, 404],
            ["POST", modifications, change(unknown), 404],
            ["POST", modifications, change("x"), 400],
            ["POST", modifications, change(id, { file_path: "" }), 400],
            ["POST", modifications, change(id, { file_path: "a\0b" }), 400],
            ["POST", modifications, change(id, { file_path: "a".repeat(4097) }), 400],
            ["POST", modifications, change(id, { change_type: "rename" }), 400],
            ["POST", modifications, change(id, { sha256_after: "abc" }), 400],
            ["POST", modifications, change(id, { occurred_at: "now" }), 400],
            ["POST", "/agents/No%20Name/modifications", change(id), 400]
          ]
          for (const [method, path, body, status] of cases) {
            const answer = yield* ada(method, path, body)
            assert.strictEqual(answer.status, status, `${method} ${path} ${JSON.stringify(body)}: ${answer.text}`)
          }
          const summary = yield* ada("GET", `/sessions/${id}/summary`)
          assert.deepInclude(summary.json, { modifications: [] })
          assert.deepInclude(sessionOf(summary), { total_turns: 0, ended_at: null })
        })
      )
    )
  })

  describe("a write that is repeated", () => {
    it.effect("is made once and answered alike, for each person and endpoint by itself", () =>
      withApp((call) =>
        Effect.gen(function* () {
          const ada = yield* as(call, "ada@acme.example")
          const kofi = yield* as(call, "kofi@acme.example")
          const begun = yield* start(ada, { agent_name: "plain" }, "k-1")
          const id = begun.id
          yield* TestClock.adjust("30 minutes")
          // The order of a body's fields is no difference.
          const again = yield* ada("POST", "/sessions", { agent_name: "plain", project_slug: web }, "k-1")
          assert.deepStrictEqual(sessionOf(again), begun)
          assert.notStrictEqual((yield* start(kofi, { agent_name: "plain" }, "k-1")).id, id)
          const patched = yield* ada("PATCH", `/sessions/${id}`, { total_turns: 1 }, "k-1")
          assert.strictEqual(patched.status, 200)
          yield* ada("PATCH", `/sessions/${id}`, { total_turns: 2 }, "k-2")
          const late = yield* ada("PATCH", `/sessions/${id}`, { total_turns: 1 }, "k-1")
          assert.strictEqual(late.text, patched.text)
          const now = yield* ada("GET", `/sessions/${id}/summary`)
          assert.deepInclude(sessionOf(now), { total_turns: 2 })
          const post = (body: object) => ada("POST", "/agents/plain/modifications", body, "k-1")
          assert.strictEqual((yield* post(change(id))).text, (yield* post(change(id))).text)
          for (const other of [
            yield* post(change(id, { file_path: "other" })),
            yield* ada("POST", "/agents/another/modifications", change(id), "k-1"),
            yield* ada("POST", "/sessions", { project_slug: web }, "k-1")
          ]) {
            assert.strictEqual(other.status, 409)
            assert.deepInclude(other.json["error"], { code: "conflict" })
          }
          const long = yield* ada("POST", "/sessions", { project_slug: web }, "k".repeat(256))
          assert.strictEqual(long.status, 422)
          assert.lengthOf(idsOf(yield* ada("GET", `/sessions?project_slug=${web}&current_user_only=true`)), 1)
        })
      )
    )

    it.effect("is made once by 32 at once", () =>
      withApp((call) =>
        Effect.gen(function* () {
          const ada = yield* as(call, "ada@acme.example")
          const { id } = yield* start(ada)
          const at = <A, E, R>(ask: Effect.Effect<A, E, R>) =>
            Effect.all(
              Array.from({ length: 32 }, () => ask),
              { concurrency: "unbounded" }
            )
          const begun = yield* at(ada("POST", "/sessions", { project_slug: web }, "same"))
          assert.deepStrictEqual(new Set(begun.map(({ status, text }) => `${status} ${text}`)).size, 1)
          const changed = yield* at(ada("POST", "/agents/plain/modifications", change(id), "same"))
          assert.deepStrictEqual(new Set(changed.map(({ status, text }) => `${status} ${text}`)).size, 1)
          assert.lengthOf(idsOf(yield* ada("GET", `/sessions?project_slug=${web}`)), 2)
          const { json } = yield* ada("GET", `/sessions/${id}/summary`)
          assert.lengthOf(listOf(json["modifications"]), 1)
        })
      )
    )

    it.effect("is remembered for as long as what it made", () =>
      withApp((call) =>
        Effect.gen(function* () {
          const ada = yield* as(call, "ada@acme.example")
          const first = yield* ada("POST", "/sessions", { project_slug: web }, "k")
          yield* TestClock.adjust("30 days")
          yield* sweep()
          const later = yield* as(call, "ada@acme.example")
          const again = yield* later("POST", "/sessions", { project_slug: web }, "k")
          assert.deepStrictEqual(again.json, first.json)
          assert.lengthOf(idsOf(yield* later("GET", `/sessions?project_slug=${web}`)), 1)
        })
      )
    )

    it.effect("of a change may be tried again where it was refused, and is forgotten after a week", () =>
      withApp((call) =>
        Effect.gen(function* () {
          const ada = yield* as(call, "ada@acme.example")
          const { id } = yield* start(ada)
          const refused = yield* ada("PATCH", `/sessions/${id}`, { total_turns: -1 }, "k")
          assert.strictEqual(refused.status, 422)
          assert.strictEqual((yield* ada("PATCH", `/sessions/${id}`, { total_turns: 1 }, "k")).status, 200)
          const sql = yield* SqlClient.SqlClient
          const keys = sql<{ key: string }>`SELECT key FROM idempotency_keys`
          yield* TestClock.adjust("604799 seconds")
          yield* sweep()
          assert.lengthOf(yield* keys, 1)
          yield* TestClock.adjust("1 second")
          yield* sweep()
          assert.lengthOf(yield* keys, 0)
        })
      )
    )
  })
})
