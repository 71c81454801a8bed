/**
 * Two built registries on one Postgres, behind a balancer that gives every connection to the other one: what a login
 * and a repeated write rely on holds across the processes, and when one of them is killed.
 */
import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { type Balancer, startBalancer } from "../support/balancer.ts"
import { postgres, skipUnless } from "../support/needs.ts"
import { type Postgres, startPostgres } from "../support/postgres.ts"
import { type RegistryServer, serveRegistry } from "../support/registryServer.ts"

const client_id = "crewkit-cli"
const device_grant = "urn:ietf:params:oauth:grant-type:device_code"
const many = 32

interface Answer {
  readonly status: number
  readonly text: string
  readonly body: Record<string, unknown>
}

/** On a connection of its own, so that the balancer has a say in every request. */
const ask = async (url: string, init: RequestInit): Promise<Answer> => {
  const response = await fetch(url, {
    ...init,
    headers: { ...Object.fromEntries(new Headers(init.headers)), connection: "close" }
  })
  const text = await response.text()
  return { status: response.status, text, body: text.startsWith("{") ? JSON.parse(text) : {} }
}

const form = (fields: Record<string, string>): RequestInit => ({ method: "POST", body: new URLSearchParams(fields) })

const atOnce = <A>(run: (index: number) => Promise<A>): Promise<ReadonlyArray<A>> =>
  Promise.all(Array.from({ length: many }, (_, index) => run(index)))

const goodOf = (answers: ReadonlyArray<Answer>) => answers.filter(({ status }) => status === 200)

const { skip, suffix } = skipUnless([postgres])
describe.skipIf(skip)(`two registries on one Postgres${suffix}`, () => {
  let database: Postgres
  beforeAll(async () => {
    database = await startPostgres()
  })
  afterAll(() => database[Symbol.asyncDispose]())

  interface Pair extends AsyncDisposable {
    readonly balancer: Balancer
    readonly servers: readonly [RegistryServer, RegistryServer]
    readonly api: string
  }

  const pair = async (...args: ReadonlyArray<string>): Promise<Pair> => {
    const url = await database.fresh()
    const balancer = await startBalancer()
    // Both make the tables at once; one does, and the other waits.
    const serve = () => serveRegistry({ database: url, front: balancer.url, args })
    const servers = await Promise.all([serve(), serve()])
    balancer.behind.push(...servers.map((server) => server.url))
    return {
      balancer,
      servers,
      api: `${balancer.url}/api/v1`,
      [Symbol.asyncDispose]: async () => {
        await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()))
        await balancer[Symbol.asyncDispose]()
      }
    }
  }

  const begin = async ({ api, servers: [first] }: Pair, email?: string) => {
    const { body } = await ask(`${api}/auth/device`, form({ client_id }))
    assert.strictEqual(await first.approve(String(body["user_code"]), email), "Approved")
    return form({ grant_type: device_grant, device_code: String(body["device_code"]), client_id })
  }

  const logIn = async (both: Pair) => {
    const { body, status } = await ask(`${both.api}/auth/token`, await begin(both))
    assert.strictEqual(status, 200)
    return { access: String(body["access_token"]), refresh: String(body["refresh_token"]) }
  }

  const refresh = (url: string, refresh_token: string) =>
    ask(`${url}/auth/refresh`, form({ grant_type: "refresh_token", refresh_token, client_id }))

  const me = (url: string, token: string) => ask(`${url}/auth/me`, { headers: { authorization: `Bearer ${token}` } })

  const post = (token: string, body: unknown, key: string): RequestInit => ({
    method: "POST",
    body: JSON.stringify(body),
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": key }
  })

  it("give a code's tokens once, and a refresh to one winner without a grace", async () => {
    await using both = await pair("--grace", "0")
    // Beginning, every page of the approval and the polling reach one or the other.
    const poll = await begin(both)
    const redeemed = await atOnce(() => ask(`${both.api}/auth/token`, poll))
    assert.lengthOf(goodOf(redeemed), 1)
    // Two had the code, so its login is over at both.
    for (const { url } of both.servers) {
      assert.strictEqual((await me(`${url}/api/v1`, String(goodOf(redeemed)[0]?.body["access_token"]))).status, 401)
    }
    const { access, refresh: token } = await logIn(both)
    for (const { url } of both.servers) assert.strictEqual((await me(`${url}/api/v1`, access)).status, 200)
    const answers = await atOnce(() => refresh(both.api, token))
    const [winner, ...others] = goodOf(answers)
    assert.isDefined(winner)
    assert.lengthOf(others, 0)
    assert.deepStrictEqual(
      new Set(answers.filter((each) => each !== winner).map(({ body }) => body["error"])),
      new Set(["invalid_grant"])
    )
    for (const { url } of both.servers) assert.isAtLeast(both.balancer.given.get(url) ?? 0, many)
    // The family ended with the second use: the winner's tokens are dead at both.
    assert.strictEqual((await refresh(both.api, String(winner?.body["refresh_token"]))).body["error"], "invalid_grant")
    for (const { url } of both.servers) {
      assert.strictEqual((await me(`${url}/api/v1`, String(winner?.body["access_token"]))).status, 401)
    }
  })

  it("give one answer for one token within the grace, also after one of them is killed", async () => {
    await using both = await pair("--grace", "60")
    const { refresh: token } = await logIn(both)
    const answers = await atOnce(() => refresh(both.api, token))
    assert.lengthOf(goodOf(answers), many)
    assert.strictEqual(new Set(answers.map(({ text }) => text)).size, 1)
    const [first, second] = both.servers
    assert.strictEqual((await first.stop("SIGKILL")).signal, "SIGKILL")
    assert.strictEqual((await refresh(`${second.url}/api/v1`, token)).text, answers[0]?.text)
    assert.strictEqual((await refresh(`${second.url}/api/v1`, String(answers[0]?.body["refresh_token"]))).status, 200)
  })

  it("make a write once under one key", async () => {
    await using both = await pair()
    const { access } = await logIn(both)
    const begun = await atOnce(() => ask(`${both.api}/sessions`, post(access, { project_slug: "web-shop" }, "begin")))
    assert.lengthOf(goodOf(begun), many)
    assert.strictEqual(new Set(begun.map(({ text }) => text)).size, 1)
    const id: string = JSON.parse(begun[0]?.text ?? "").session.id
    const change = { session_id: id, file_path: "src/a.ts", change_type: "edit" }
    // Eight changes, each sent four times, at once.
    const changed = await atOnce((index) =>
      ask(
        `${both.api}/agents/reviewer/modifications`,
        post(access, { ...change, file_path: `${index % 8}` }, `key-${index % 8}`)
      )
    )
    assert.lengthOf(goodOf(changed), many)
    assert.strictEqual(new Set(changed.map(({ text }) => text)).size, 8)
    for (const { url } of both.servers) {
      const headers = { authorization: `Bearer ${access}` }
      const { text } = await ask(`${url}/api/v1/sessions/${id}/summary`, { headers })
      assert.lengthOf(JSON.parse(text).modifications, 8)
      assert.strictEqual(
        JSON.parse((await ask(`${url}/api/v1/sessions?project_slug=web-shop`, { headers })).text).meta.total_count,
        1
      )
    }
  })

  it("count tries together", async () => {
    await using both = await pair()
    const statuses: Array<number> = []
    for (let round = 0; round < 10; round++) {
      const answers = await atOnce(() => ask(`${both.api}/auth/device`, form({ client_id })))
      statuses.push(...answers.map(({ status }) => status))
    }
    // 300 for an address, whichever of the two it asks.
    assert.strictEqual(statuses.filter((status) => status === 200).length, 300)
    assert.strictEqual(statuses.filter((status) => status === 429).length, 20)
    for (const { url } of both.servers) {
      assert.strictEqual((await ask(`${url}/api/v1/auth/device`, form({ client_id }))).status, 429)
    }
  })

  it("go on after the database has dropped every connection", async () => {
    await using both = await pair()
    const { access } = await logIn(both)
    const ends =
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'crewkit registry'"
    for (let round = 0; round < 3; round++) {
      assert.isAtLeast(Number(await database.query(await database.fresh(), ends)), 2)
      // A request may meet the connection that has just gone, and is then the registry's failure; no later one does.
      for (const { url } of both.servers) {
        await me(`${url}/api/v1`, access)
        assert.strictEqual((await me(`${url}/api/v1`, access)).status, 200)
      }
    }
  })

  it("print nothing of the URL but host and database", async () => {
    const url = (await database.fresh()).replace("user=crewkit", "user=crewkit&password=hunter2secret")
    await using registry = await serveRegistry({ database: url })
    await registry.invite("ada@acme.example")
    const { stderr, stdout } = await registry.stop()
    assert.match(registry.printed, /"state":"postgres:\/\/\/[^"]*\/postgres"/)
    assert.notInclude(`${stdout}${stderr}${registry.printed}`, "hunter2secret")
  })
})
