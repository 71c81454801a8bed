/**
 * A registry that is down, slow, flapping, that loses every second answer, refuses some events for good and some for
 * now; and a deliverer that is killed: each event is at the registry once, in order, and what is refused is in nobody's
 * way. FAULTS=all takes 500 events and 50 kills.
 */
import { afterAll, afterEach, assert, beforeAll, beforeEach, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { createServer, request as ask } from "node:http"
import type { AddressInfo } from "node:net"
import type { LogEvent } from "../../src/domain/logEvents.ts"
import { documentOf, launcher, node, scratch, type Run, type Scratch } from "../support/program.ts"
import { editOf, ended, keepContents, recordSession, startedAs } from "../support/recordedSessions.ts"
import { servable, serveRegistry, tokenFrom } from "../support/registryServer.ts"
import { startTakingRegistry, type TakingRegistry } from "../support/takingRegistry.ts"

const all = process.env["FAULTS"] === "all"
const events = all ? 500 : 60
const kills = all ? 50 : 6
const limit = all ? 900_000 : 60_000

/** Numbers that look thrown, the same each time. */
const dice = (seed: number) => () => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
  return seed / 2 ** 32
}

/** Runs a push and kills it some time after the registry has heard of it; whether that came before its own end. */
const killedPush = async (project: Scratch, env: Record<string, string>, calls: () => number, after: number) => {
  const before = calls()
  const child = spawn(node, [launcher, "sessions", "push", "--yes"], { cwd: project.project, env, stdio: "ignore" })
  const exit = once(child, "exit")
  // Not before the first call: the start of a process is not what is tried here.
  while (calls() === before && child.exitCode === null) await new Promise((go) => setTimeout(go, 2))
  setTimeout(() => child.kill("SIGKILL"), after)
  const [, signal] = await exit
  return signal === "SIGKILL"
}

describe(`delivery, ${events} events`, () => {
  let registry: TakingRegistry
  let project: Scratch
  /** Keys of all that there is to tell, in order, by session. */
  let sessions: ReadonlyArray<ReadonlyArray<string>>
  const config = () => `org: acme\nproject: web\nregistry: ${registry.origin}\n`
  beforeAll(async () => {
    registry = await startTakingRegistry()
  })
  afterAll(() => registry[Symbol.asyncDispose]())
  beforeEach(() => {
    registry.taken.length = 0
    registry.raw.length = 0
    registry.trouble = () => undefined
    project = scratch()
    project.write(".agent/config.yml", config())
    sessions = [0, 1, 2, 3].map((number) => {
      const count = events / 4 - 2
      const edits = Array.from({ length: count }, (_, index): LogEvent =>
        editOf(`agent-${number}-${index}`, `${index}`, `${index + 1}`)
      )
      const id = recordSession(project.project, startedAs(registry.origin), [...edits, ended])
      return [`${id}/create`, ...edits.map((_, index) => `${id}/${index + 1}`), `${id}/end`]
    })
  })
  afterEach(() => project[Symbol.dispose]())

  const env = () => ({ ...project.env, CREWKIT_TOKEN: "a-token" })
  const push = (args: ReadonlyArray<string> = []): Promise<Run> =>
    project.crewkit(["sessions", "push", "--yes", "--json", ...args], env())

  /** As often as it takes. */
  const pushed = async (most = 100): Promise<number> => {
    for (let tries = 1; tries <= most; tries++) {
      const run = await push()
      if (run.code === 0) return tries
      assert.strictEqual(run.code, 5, run.stdout + run.stderr)
    }
    assert.fail(`not delivered after ${most} tries`)
  }

  const assertOnce = (missing: ReadonlySet<string> = new Set()): void => {
    const keys = registry.taken.map(({ key }) => key)
    for (const session of sessions) {
      const mine = new Set(session)
      assert.deepStrictEqual(
        keys.filter((key) => mine.has(key)),
        session.filter((key) => !missing.has(key))
      )
      const ids = new Set(registry.taken.filter(({ key }) => mine.has(key)).map((one) => one.session))
      assert.strictEqual(ids.size, 1)
    }
    assert.lengthOf(keys, events - missing.size)
  }

  const troubles: ReadonlyArray<readonly [string, () => TakingRegistry["trouble"]]> = [
    [
      "loses every second answer",
      () =>
        ({ count }) =>
          count % 2 === 0 ? "unanswered" : undefined
    ],
    [
      "breaks every second call off",
      () =>
        ({ count }) =>
          count % 2 === 0 ? "lost" : undefined
    ],
    [
      "flaps",
      () =>
        ({ count }) =>
          Math.floor(count / 7) % 2 === 1 ? "unanswered" : undefined
    ],
    [
      "answers slowly",
      () =>
        ({ count }) =>
          count % 20 === 0 ? { wait: 300 } : undefined
    ],
    [
      "answers 500, 502, 503, 408 and 429 for a while",
      () => {
        const throws = dice(7)
        const statuses = [500, 502, 503, 408, 429]
        return () => {
          const status = throws() < 0.2 ? statuses[Math.floor(throws() * statuses.length)] : undefined
          return status === undefined ? undefined : { status, headers: status === 429 ? { "retry-after": "0" } : {} }
        }
      }
    ],
    [
      "does all of it",
      () => {
        const throws = dice(11)
        return () => {
          const thrown = throws()
          if (thrown < 0.1) return "lost"
          if (thrown < 0.2) return "unanswered"
          return thrown < 0.25 ? { status: 503 } : thrown < 0.3 ? { wait: 50 } : undefined
        }
      }
    ]
  ]
  for (const [name, trouble] of troubles) {
    it(
      `tells a registry that ${name} everything once`,
      async () => {
        registry.trouble = trouble()
        const tries = await pushed()
        assertOnce()
        process.stdout.write(`delivery: ${name}: ${registry.raw.length} calls, ${tries} pushes\n`)
      },
      limit
    )
  }

  it(
    "tells a registry that was down everything once",
    async () => {
      await registry.down()
      const run = await push()
      await registry.up()
      assert.strictEqual(run.code, 5)
      assert.deepInclude(documentOf(run).error?.details, { waiting: events, parked: 0 })
      assert.strictEqual(await pushed(), 1)
      assertOnce()
    },
    limit
  )

  it(
    "parks what is refused for good, and tells all the rest in order",
    async () => {
      const refused = new Set(sessions.flatMap((session) => [session[2] ?? "", session[5] ?? ""]))
      registry.trouble = ({ count, key }) =>
        refused.has(key) ? { status: 422 } : count % 5 === 0 ? "unanswered" : undefined
      const run = await push()
      assert.strictEqual(run.code, 1, run.stdout)
      assertOnce(refused)
      const report = JSON.parse(JSON.stringify(documentOf(run).error?.details))
      assert.deepInclude(report, { parked: refused.size, waiting: 0 })
      assert.deepStrictEqual(
        new Set(report.refusals.map((one: { session: string; seq: number }) => `${one.session}/${one.seq}`)),
        refused
      )
      for (const one of report.refusals) assert.deepInclude(one, { status: 422, reason: "status 422" })
      registry.trouble = () => undefined
      const again = await push(["--retry-parked"])
      assert.strictEqual(again.code, 0, again.stdout)
      assert.lengthOf(registry.taken, events)
      assert.strictEqual(new Set(registry.taken.map(({ key }) => key)).size, events)
    },
    limit
  )

  it(
    "sets one event aside that the registry cannot say anything about, and tells the other sessions",
    async () => {
      const stuck = sessions[1]?.[3] ?? ""
      registry.trouble = ({ key }) => (key === stuck ? { status: 500 } : undefined)
      const run = await push()
      assert.strictEqual(run.code, 5)
      const missing = new Set(sessions[1]?.slice(3))
      assertOnce(missing)
      registry.trouble = () => undefined
      assert.strictEqual(await pushed(), 1)
      assertOnce()
    },
    limit
  )

  it(
    `tells everything once though it is killed ${kills} times, and every seventh answer is lost`,
    async () => {
      registry.trouble = ({ count }) => (count % 7 === 3 ? "unanswered" : { wait: 4 })
      const throws = dice(3)
      let cut = 0
      for (let kill = 0; kill < kills; kill++) {
        if (await killedPush(project, env(), () => registry.raw.length, throws() * (all ? 60 : 40))) cut++
      }
      await pushed()
      assertOnce()
      process.stdout.write(`delivery: ${cut} of ${kills} killed in the midst, ${registry.raw.length} calls\n`)
      assert.isAbove(cut, kills / 3)
    },
    limit
  )

  it(
    "lets no content leave where the project or the session does not allow it, whatever the registry does",
    async () => {
      const texts = ["canary before", "canary \u{1f512} after"]
      keepContents(project.project, texts)
      const [before = "", after = ""] = texts
      const edit = editOf("kept-back", before, after)
      const needles = texts.flatMap((text) => {
        const bytes = Buffer.from(text)
        return [text, JSON.stringify(text).slice(1, -1), bytes.toString("base64"), bytes.toString("hex")]
      })
      const held = [
        ["metadata", { capture: "full" }],
        ["full", { capture: "metadata" }],
        ["full", { capture: "full", sensitive: true }],
        ["none", { capture: "full" }],
        ["full", { capture: "none" }]
      ] as const
      for (const [now, recorded] of held) {
        project.write(".agent/config.yml", `${config()}sessions:\n  capture: ${now}\n`)
        recordSession(project.project, startedAs(registry.origin, recorded), [edit, ended])
        for (const trouble of ["unanswered", { status: 413 }, { status: 409 }, { status: 422 }] as const) {
          registry.trouble = ({ agent, count }) => (agent === "kept-back" && count % 2 === 0 ? trouble : undefined)
          await push(["--retry-parked"])
        }
        for (const needle of needles) assert.notInclude(registry.raw.join("\n"), needle)
        project.write(".agent/config.yml", config())
        registry.trouble = () => undefined
        await push(["--retry-parked"])
      }
      // And that it would have been seen.
      project.write(".agent/config.yml", `${config()}sessions:\n  capture: full\n`)
      recordSession(project.project, startedAs(registry.origin, { capture: "full" }), [edit, ended])
      assert.strictEqual((await push()).code, 0)
      assert.include(registry.raw.join("\n"), before)
    },
    limit
  )

  it(
    "is one deliverer at a time, however many are started",
    async () => {
      registry.trouble = () => ({ wait: 3 })
      const runs = await Promise.all(Array.from({ length: 4 }, () => push()))
      for (const run of runs) assert.strictEqual(run.code, 0, run.stdout)
      assertOnce()
      assert.lengthOf(registry.raw, events)
    },
    limit
  )
})

describe.skipIf(!servable)(`delivery to a served registry, ${events} events`, () => {
  it(
    `is whole and in order, though every third answer is lost and the deliverer killed ${kills} times`,
    async () => {
      await using server = await serveRegistry()
      const token = await tokenFrom(server)
      let calls = 0
      const proxy = createServer((from, to) => {
        const lost = calls++ % 3 === 1
        const { headers, method, url = "" } = from
        const passed = ask(new URL(url, server.url), { method: method ?? "GET", headers }, (answer) => {
          if (lost) {
            answer.resume()
            answer.once("end", () => to.destroy())
            return
          }
          to.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(to)
        })
        passed.once("error", () => to.destroy())
        from.pipe(passed)
      })
      proxy.listen(0, "127.0.0.1")
      await once(proxy, "listening")
      // Boundary: a server that listens on TCP has an address of this form.
      const origin = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
      using project = scratch()
      project.write(".agent/config.yml", `org: acme\nproject: web\nregistry: ${origin}\n`)
      const agents = [0, 1, 2, 3].map((number) =>
        Array.from({ length: events / 4 - 2 }, (_, index) => `agent-${number}-${index}`)
      )
      for (const names of agents) {
        const edits = names.map((name, index) => editOf(name, `${index}`, `${index + 1}`))
        recordSession(project.project, startedAs(origin), [...edits, ended])
      }
      const env = { ...project.env, CREWKIT_TOKEN: token }
      const throws = dice(5)
      for (let kill = 0; kill < kills; kill++) {
        await killedPush(project, env, () => calls, throws() * 60)
        // Some of them take the outbox with them.
        if (kill % 3 === 2) fs.rmSync(project.path(".crewkit", "outbox.json"), { force: true })
      }
      const run = await project.crewkit(["sessions", "push", "--yes"], env)
      assert.strictEqual(run.code, 0, run.stderr)
      const get = async (path: string) => {
        const response = await fetch(`${server.url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })
        return JSON.parse(await response.text())
      }
      const { sessions } = await get("/sessions?project_slug=web")
      assert.lengthOf(sessions, 4)
      const told = []
      for (const { id, outcome } of sessions) {
        assert.strictEqual(outcome, "success")
        const { modifications } = await get(`/sessions/${id}/summary`)
        told.push(modifications.map((one: { agent_name: string }) => one.agent_name))
      }
      assert.deepStrictEqual(told.reverse(), agents)
      process.stdout.write(`delivery: a served registry heard ${calls} calls for ${events} events\n`)
      proxy.closeAllConnections()
      proxy.close()
    },
    limit
  )
})
