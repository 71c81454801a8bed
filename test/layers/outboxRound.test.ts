import { assert, describe, it } from "@effect/vitest"
import { Effect, Ref } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import type { Task } from "../../src/domain/delivery.ts"
import { SendRefused } from "../../src/domain/DeliveryReport.ts"
import { ConnectionFailed } from "../../src/domain/netErrors.ts"
import { openLogFile } from "../../src/layers/logFile.ts"
import { deliverRound, type Memory, newMemory, standing, unpark } from "../../src/layers/outboxRound.ts"
import type { SendError, SessionsClient } from "../../src/layers/registrySessions.ts"
import { ContentStore } from "../../src/services/ContentStore.ts"
import { Scratch } from "../fakes/Scratch.ts"
import { editOf, ended, recordSession, startedAs } from "../support/recordedSessions.ts"

const origin = "https://agents.example.com"

/** A registry in memory that says `answer` to what it is asked, and otherwise takes it. */
const setUp = Effect.gen(function* () {
  const { root } = yield* Scratch
  fs.mkdirSync(join(root, ".crewkit", "sessions"), { recursive: true })
  const told = yield* Ref.make<ReadonlyArray<string>>([])
  const reads = { contents: 0, logins: 0 }
  let answer: (what: string) => SendError | undefined = () => undefined
  const take = (session: string, what: string) =>
    Effect.suspend(() => {
      const error = answer(what)
      return error === undefined
        ? Ref.update(told, (all) => [...all, `${session.slice(0, 2)} ${what}`])
        : Effect.fail(error)
    })
  const numbered = ({ seq }: Task): string => String(seq)
  const client: SessionsClient = {
    create: (session) => Effect.as(take(session, "create"), session),
    modify: (session, _, task) => take(session, numbered(task)),
    end: (session) => take(session, "end"),
    has: () => Effect.succeed(false)
  }
  const contents = ContentStore.of({
    put: () => Effect.succeed([]),
    add: () => Effect.succeed([]),
    missing: () => Effect.succeed(new Set()),
    find: () => Effect.succeed([]),
    prune: () => Effect.succeed(0),
    get: () => Effect.sync(() => (reads.contents++, new Map()))
  })
  const room = (memory: Memory) =>
    ({ folder: join(root, ".crewkit"), origin, capture: "full", contents, memory }) as const
  const round = (memory = newMemory(), more: { readonly most?: number; readonly user?: string } = {}) =>
    deliverRound({
      ...room(memory),
      login: Effect.sync(() => (reads.logins++, { client, user: more.user })),
      most: more.most ?? 100,
      told: () => undefined
    })
  return {
    root,
    reads,
    room,
    round,
    told: Ref.getAndSet(told, []),
    answer: (how: typeof answer) => void (answer = how),
    outbox: () => JSON.parse(fs.readFileSync(join(root, ".crewkit", "outbox.json"), "utf8"))
  }
})

const idOf = (two: string): string => `${two}111111-2222-4333-8444-555555555555`
const edits = (count: number) => Array.from({ length: count }, (_, index) => editOf(`a${index}`, "x", `${index}`))

const test = <A, E>(name: string, body: Effect.Effect<A, E, Scratch>) =>
  it.effect(name, () => Effect.provide(body, Scratch.layer))

describe("a round of delivery", () => {
  test(
    "goes on where a growing session goes on, over its segments, and not with half a line",
    Effect.gen(function* () {
      const { reads, root, round, told } = yield* setUp
      const id = recordSession(root, startedAs(origin), edits(2), idOf("aa"))
      const memory = newMemory()
      yield* round(memory)
      assert.deepStrictEqual(yield* told, ["aa create", "aa 1", "aa 2"])
      yield* round(memory)
      assert.strictEqual(reads.logins, 1)
      const path = join(root, ".crewkit", "sessions", `${id}.0001.jsonl`)
      const file = openLogFile(path, id)
      file.append(editOf("b", "x", "y"), "2026-03-01T12:00:00.000Z")
      const { size } = fs.statSync(path)
      file.append(editOf("c", "x", "y"), "2026-03-01T12:00:01.000Z")
      const whole = fs.readFileSync(path)
      const next = file.state()
      file.close()
      fs.truncateSync(path, size + 40)
      yield* round(memory)
      assert.deepStrictEqual(yield* told, ["aa 3"])
      fs.writeFileSync(path, whole)
      const second = openLogFile(join(root, ".crewkit", "sessions", `${id}.0002.jsonl`), id, next)
      second.append(ended, "2026-03-01T12:00:02.000Z")
      second.close()
      yield* round(memory)
      assert.deepStrictEqual(yield* told, ["aa 4", "aa end"])
      yield* round()
      assert.deepStrictEqual(yield* told, [])
    })
  )

  test(
    "takes so many events, the oldest session first",
    Effect.gen(function* () {
      const { root, round, told } = yield* setUp
      recordSession(root, startedAs(origin), [...edits(2), ended], idOf("bb"))
      recordSession(root, startedAs(origin), [...edits(2), ended], idOf("aa"))
      const memory = newMemory()
      yield* round(memory, { most: 3 })
      assert.deepStrictEqual(yield* told, ["bb create", "bb 1", "bb 2"])
      yield* round(memory, { most: 3 })
      assert.deepStrictEqual(yield* told, ["bb end", "aa create", "aa 1"])
    })
  )

  test(
    "stops where the registry cannot be reached, and sets a session aside that it cannot say anything about",
    Effect.gen(function* () {
      const { answer, root, round, told } = yield* setUp
      for (const two of ["aa", "bb", "cc", "dd", "ee"])
        recordSession(root, startedAs(origin), [...edits(1), ended], idOf(two))
      answer((what) => (what === "1" ? new ConnectionFailed({ host: "x", code: "ECONNREFUSED" }) : undefined))
      assert.strictEqual((yield* round()).halt?.why, "wait")
      assert.deepStrictEqual(yield* told, ["aa create"])
      answer((what) => (what === "1" ? new SendRefused({ status: 500, reason: "x" }) : undefined))
      assert.strictEqual((yield* round()).halt?.why, "set-aside")
      assert.deepStrictEqual(yield* told, ["bb create", "cc create", "dd create", "ee create"])
      // Now that each begins with what fails, three in a row are enough.
      let asked = 0
      answer(() => (asked++, new SendRefused({ status: 500, reason: "x" })))
      yield* round()
      assert.strictEqual(asked, 3)
    })
  )

  test(
    "leaves the sessions of another login, another registry and no registry alone",
    Effect.gen(function* () {
      const { room, root, round, told } = yield* setUp
      recordSession(root, startedAs(origin, { user: "ada" }), [ended], idOf("aa"))
      recordSession(root, startedAs(origin, { user: "noor" }), [ended], idOf("bb"))
      recordSession(root, startedAs(origin), [ended], idOf("cc"))
      recordSession(root, startedAs("https://other.example"), [ended], idOf("dd"))
      recordSession(root, startedAs("folder"), [ended], idOf("ee"))
      yield* round(newMemory(), { user: "noor" })
      assert.deepStrictEqual(yield* told, ["bb create", "bb end", "cc create", "cc end"])
      assert.deepInclude(yield* standing(room(newMemory()), "noor"), { waiting: 0, elsewhere: 2 })
      assert.deepInclude(yield* standing(room(newMemory()), undefined), { waiting: 2, elsewhere: 1 })
    })
  )

  test(
    "forgets what the log no longer has, and is told by another process to begin again",
    Effect.gen(function* () {
      const { answer, outbox, room, root, round, told } = yield* setUp
      const [gone, stays] = ["aa", "bb"].map((two) => recordSession(root, startedAs(origin), edits(2), idOf(two)))
      const memory = newMemory()
      answer((what) => (what === "1" ? new SendRefused({ status: 404, reason: "no such session" }) : undefined))
      assert.strictEqual((yield* round(memory)).newlyParked, 2)
      fs.rmSync(join(root, ".crewkit", "sessions", `${gone}.0001.jsonl`))
      yield* told
      // Another process has everything sent again; this one remembers to be further.
      yield* unpark(room(newMemory()))
      answer(() => undefined)
      yield* round(memory)
      assert.deepStrictEqual(yield* told, ["bb create", "bb 1", "bb 2"])
      assert.deepStrictEqual(Object.keys(outbox().sessions), [stays])
    })
  )

  test(
    "reads the contents of a batch at once, and none that are not to be sent",
    Effect.gen(function* () {
      const { reads, root, round } = yield* setUp
      recordSession(root, startedAs(origin, { capture: "full" }), edits(20), idOf("aa"))
      recordSession(root, startedAs(origin, { capture: "full", sensitive: true }), edits(5), idOf("bb"))
      recordSession(root, startedAs(origin), edits(5), idOf("cc"))
      yield* round()
      assert.strictEqual(reads.contents, 1)
    })
  )
})
