/**
 * What the served registry sustains: modification events, each with an Idempotency-Key and the content of a small file
 * before and after, from many clients at once; on SQLite and on a PostgreSQL of its own, both with every commit on the
 * disk before it is answered. Against a bare `node:http` server in a process of its own that reads the same body and
 * answers the same bytes.
 *
 *     node bench/registry.ts [--runs N] [--quick]
 */
import { spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import * as http from "node:http"
import { machine, median, nodes, options, printTable, ratioRow, withScratch } from "./support.ts"
import { postgres } from "../test/support/needs.ts"
import { startPostgres } from "../test/support/postgres.ts"
import { type RegistryServer, serveRegistry } from "../test/support/registryServer.ts"

const { quick, runs = quick ? 3 : 7 } = options()
const events = quick ? 500 : 3000
const clients = 32
const sessions = 8
const content = "export const answer = (question: string) => question.length\n".repeat(17)

/** Answers every request alike; says its port. */
const bare = `const http = require("node:http")
const body = process.argv[1]
const server = http.createServer((request, response) => {
  request.resume()
  request.once("end", () => {
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) })
    response.end(body)
  })
})
server.listen(0, "127.0.0.1", () => console.log(server.address().port))`

const agent = new http.Agent({ keepAlive: true, maxSockets: clients })

interface Target {
  readonly url: string
  readonly token: string
  readonly sessions: ReadonlyArray<string>
}

const post = (url: string, token: string, key: string, body: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      "idempotency-key": key
    }
    const request = http.request(url, { method: "POST", agent, headers }, (response) => {
      let text = ""
      response.setEncoding("utf8")
      response.on("data", (part: string) => (text += part))
      response.once("end", () =>
        response.statusCode === 200
          ? resolve(text)
          : reject(new Error(`${url} answered ${response.statusCode}: ${text}`))
      )
    })
    request.once("error", reject)
    request.end(body)
  })

const eventOf = (session_id: string | undefined, index: number): string =>
  JSON.stringify({
    session_id,
    file_path: `src/file-${index}.ts`,
    change_type: "edit",
    content_before: content,
    content_after: `${content}// ${index}\n`
  })

const sendEvent = ({ sessions: ids, token, url }: Target, index: number): Promise<string> =>
  post(`${url}/api/v1/agents/reviewer/modifications`, token, randomUUID(), eventOf(ids[index % sessions], index))

interface Load {
  /** Milliseconds an event, all clients together. */
  readonly each: number
  readonly p50: number
  readonly p99: number
}

const load = async (target: Target): Promise<Load> => {
  const latencies: Array<number> = []
  let next = 0
  const client = async (): Promise<void> => {
    while (next < events) {
      const index = next++
      const from = performance.now()
      await sendEvent(target, index)
      latencies.push(performance.now() - from)
    }
  }
  const from = performance.now()
  await Promise.all(Array.from({ length: clients }, client))
  const each = (performance.now() - from) / events
  latencies.sort((a, b) => a - b)
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? Number.NaN
  return { each, p50: at(0.5), p99: at(0.99) }
}

const form = (fields: Record<string, string>): RequestInit => ({ method: "POST", body: new URLSearchParams(fields) })

/** Somebody who is logged in, with sessions to report into. */
const targetOf = async (registry: RegistryServer): Promise<Target> => {
  const api = `${registry.url}/api/v1`
  const client_id = "crewkit-cli"
  const begun: Record<string, string> = JSON.parse(
    await (await fetch(`${api}/auth/device`, form({ client_id }))).text()
  )
  const { device_code = "", user_code = "" } = begun
  await registry.approve(user_code)
  const grant_type = "urn:ietf:params:oauth:grant-type:device_code"
  const granted = await fetch(`${api}/auth/token`, form({ grant_type, device_code, client_id }))
  const { access_token = "" }: Record<string, string> = JSON.parse(await granted.text())
  const ids: Array<string> = []
  for (let index = 0; index < sessions; index++) {
    const body = JSON.stringify({ project_slug: "web-shop" })
    ids.push(JSON.parse(await post(`${api}/sessions`, access_token, randomUUID(), body)).session.id)
  }
  return { url: registry.url, token: access_token, sessions: ids }
}

const startBare = async (answer: string) => {
  const child = spawn(process.execPath, ["-e", bare, answer], { stdio: ["ignore", "pipe", "inherit"] })
  const port = await new Promise<string>((resolve) => {
    child.stdout.once("data", (data: Buffer) => resolve(data.toString("utf8").trim()))
  })
  return { child, target: { url: `http://127.0.0.1:${port}`, token: "none", sessions: [] } }
}

const database = postgres.path === undefined ? undefined : await startPostgres({ durable: true })
if (database === undefined) console.log(`without ${postgres.name}`)
const onFile = await serveRegistry()
const onPostgres = database === undefined ? undefined : await serveRegistry({ database: await database.fresh() })
const file = await targetOf(onFile)
const floor = await startBare(await sendEvent(file, 0))
try {
  const targets: Record<string, Target> = {
    floor: floor.target,
    SQLite: file,
    ...(onPostgres === undefined ? {} : { Postgres: await targetOf(onPostgres) })
  }
  const loads = new Map(Object.keys(targets).map((name) => [name, new Array<Load>()]))
  // Once for the code to be compiled and the statements prepared.
  for (const target of Object.values(targets)) await load(target)
  for (let round = 0; round < runs; round++) {
    const names = Object.entries(targets)
    for (const [name, target] of round % 2 === 0 ? names : names.toReversed()) loads.get(name)?.push(await load(target))
  }
  withScratch((scratch) => console.log(`bench/registry: ${machine(scratch)}`))
  const of = (name: string, what: keyof Load): ReadonlyArray<number> =>
    (loads.get(name) ?? []).map((each) => each[what])
  const label = nodes().find(({ version }) => version === process.version)?.label ?? process.version
  printTable(
    `${events} modification events, ${clients} clients, on Node ${label}`,
    Object.keys(targets)
      .slice(1)
      .flatMap((name) => [
        ratioRow(`${name}: ms an event`, of(name, "each"), "bare node:http", of("floor", "each")),
        ratioRow(`${name}: p50`, of(name, "p50"), "bare node:http", of("floor", "p50")),
        ratioRow(`${name}: p99`, of(name, "p99"), "bare node:http", of("floor", "p99"))
      ])
  )
  for (const name of loads.keys()) {
    console.log(`${name}: ${Math.round(1000 / median(of(name, "each")))} events a second`)
  }
} finally {
  agent.destroy()
  floor.child.kill()
  await onFile[Symbol.asyncDispose]()
  await onPostgres?.[Symbol.asyncDispose]()
  await database?.[Symbol.asyncDispose]()
}
