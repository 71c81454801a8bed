import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer, Option, Ref } from "effect"
import { TestClock } from "effect/testing"
import { createHash, createPublicKey, verify } from "node:crypto"
import * as fs from "node:fs"
import { genesis, step } from "../../src/domain/logChain.ts"
import type { LogEvent, SessionStarted } from "../../src/domain/logEvents.ts"
import { type AnyRecord, decodeEvent, decodeRecord, sourceOf } from "../../src/domain/logRecord.ts"
import { parseNote } from "../../src/domain/signedNote.ts"
import * as SessionLogNode from "../../src/layers/SessionLogNode.ts"
import { SessionLog } from "../../src/services/SessionLog.ts"
import * as LogKeysMemory from "../fakes/LogKeysMemory.ts"
import * as ProjectConfigMemory from "../fakes/ProjectConfigMemory.ts"
import { Scratch } from "../fakes/Scratch.ts"

const TestLayer = SessionLogNode.layer.pipe(
  Layer.provide(ProjectConfigMemory.layer),
  Layer.provideMerge(LogKeysMemory.layer),
  Layer.provideMerge(Scratch.layer)
)

const started: SessionStarted = {
  kind: "code",
  crewkit: "0.1.0",
  semconv: "1.41.0",
  org: "acme",
  project: "web-shop",
  registry: "folder",
  login: "ada",
  capture: "metadata",
  sensitive: false,
  hooks: true,
  agents: []
}

const edited = (agent: string, added = 1): LogEvent => ({
  type: "io.crewkit.agent.edited",
  subject: `.claude/agents/${agent}.md`,
  data: { agent, added, removed: 0, by: { kind: "outside" } }
})

const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex")

const folder = "project/.crewkit/sessions"

const recordsIn = (text: string): ReadonlyArray<AnyRecord> =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Option.getOrThrow(decodeRecord(line)))

/** Checks the chain over all of these files, as one; gives its end. */
const chainOf = (id: string, ...texts: ReadonlyArray<string>) => {
  let state = genesis(sourceOf(id), sha256)
  for (const text of texts) {
    for (const line of text.split("\n").filter((one) => one !== "")) {
      const checked = step(state, {
        hash: () => sha256(line),
        startsWith: (start) => line.startsWith(start),
        text: () => line
      })
      if (checked._tag === "Bad") assert.fail(checked.fault.problem)
      state = checked.state
    }
  }
  return state
}

const typesOf = (records: ReadonlyArray<AnyRecord>): ReadonlyArray<string> =>
  records.map(({ type }) => type.replace("io.crewkit.", ""))

describe("the session log", () => {
  it.effect("records a session as a chain, seals it, and has the ledger and the keychain remember it", () =>
    Effect.gen(function* () {
      const { list, path, read, root } = yield* Scratch
      const { marks, signer } = yield* LogKeysMemory.KeyState
      const log = yield* SessionLog
      const id = yield* Effect.scoped(
        Effect.gen(function* () {
          const session = yield* log.open(started)
          assert.strictEqual(yield* session.append(edited("reviewer")), 1)
          yield* TestClock.adjust("3 seconds")
          yield* session.end({ outcome: "success", exitCode: 0, changes: 1 })
          return session.id
        })
      )
      assert.deepStrictEqual(list(folder), [`${id}.0001.jsonl`, "ledger.jsonl", "ledger.lock"])
      const text = read(`${folder}/${id}.0001.jsonl`)
      const records = recordsIn(text)
      assert.deepStrictEqual(typesOf(records), ["session.started", "agent.edited", "session.ended", "log.sealed"])
      for (const record of records) assert.isTrue(Option.isSome(decodeEvent(record)), record.type)
      assert.deepInclude(records[2]?.data, { outcome: "success", exit_code: 0, changes: 1 })
      const state = chainOf(id, text)
      const ledger = read(`${folder}/ledger.jsonl`)
      const entries = recordsIn(ledger)
      assert.deepStrictEqual(typesOf(entries), ["ledger.created", "ledger.opened", "ledger.closed"])
      assert.deepInclude(entries[2]?.data, { session: id, size: 4, head: state.head, outcome: "success" })
      const ledgerId = entries[0]?.source.replace("urn:uuid:", "") ?? ""
      assert.deepStrictEqual((yield* Ref.get(marks)).get(`${root}/project`), {
        ledger: ledgerId,
        size: 3,
        head: chainOf(ledgerId, ledger).head
      })
      const { data } = records[3] ?? assert.fail()
      const note = Option.getOrThrow(parseNote(String(Object(data).note)))
      assert.deepStrictEqual(note.checkpoint, {
        origin: `crewkit.io/session-log/${id}`,
        size: 3,
        head: sha256(text.split("\n")[2] ?? "")
      })
      const { key } = yield* Ref.get(signer)
      const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key.publicKey])
      const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" })
      assert.isTrue(verify(null, Buffer.from(note.text), publicKey, note.signatures[0]?.signature ?? new Uint8Array()))
      assert.strictEqual((fs.statSync(path(folder)).mode & 0o777).toString(8), "700")
      assert.strictEqual((fs.statSync(path(folder, `${id}.0001.jsonl`)).mode & 0o777).toString(8), "600")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("is plainly unsealed without a keychain", () =>
    Effect.gen(function* () {
      const { list, read } = yield* Scratch
      const { there } = yield* LogKeysMemory.KeyState
      yield* Ref.set(there, false)
      const log = yield* SessionLog
      yield* Effect.scoped(
        Effect.flatMap(log.open(started), (session) => session.end({ outcome: "success", changes: 0 }))
      )
      const [segment = ""] = list(folder)
      const last = recordsIn(read(`${folder}/${segment}`)).at(-1)
      assert.deepStrictEqual(last?.data, { unsealed: "the keychain cannot be used: there is none in this test" })
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("seals every minute in which something happened, and every 1,000 records", () =>
    Effect.gen(function* () {
      const { list, read } = yield* Scratch
      const log = yield* SessionLog
      yield* Effect.scoped(
        Effect.gen(function* () {
          const session = yield* log.open(started)
          yield* TestClock.adjust("61 seconds")
          yield* TestClock.adjust("10 minutes")
          for (let index = 0; index < 1000; index++) yield* session.append(edited("reviewer"))
          yield* Effect.yieldNow
          yield* TestClock.adjust("1 second")
          yield* session.end({ outcome: "success", changes: 1000 })
        })
      )
      const [segment = ""] = list(folder)
      const text = read(`${folder}/${segment}`)
      const seals = recordsIn(text).filter(({ type }) => type === "io.crewkit.log.sealed")
      assert.deepStrictEqual(
        seals.map(({ seq }) => seq),
        [1, 1002, 1004]
      )
      chainOf(segment.slice(0, 36), text)
      assert.strictEqual(yield* Clock.currentTimeMillis, 662_000)
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("goes on in a new segment, with one chain over all", () =>
    Effect.gen(function* () {
      const { list, read } = yield* Scratch
      const log = yield* SessionLog
      const id = yield* Effect.scoped(
        Effect.gen(function* () {
          const session = yield* log.open(started)
          const name = "n".repeat(1024 * 1024)
          for (let index = 0; index < 10; index++) yield* session.append(edited(name))
          yield* session.end({ outcome: "success", changes: 10 })
          return session.id
        })
      )
      const segments = list(folder).filter((name) => name.startsWith(id))
      assert.deepStrictEqual(segments, [`${id}.0001.jsonl`, `${id}.0002.jsonl`])
      const [first = "", second = ""] = segments.map((name) => read(`${folder}/${name}`))
      assert.deepStrictEqual(recordsIn(first).at(-1)?.data, { next: `${id}.0002.jsonl` })
      chainOf(id, first, second)
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("completes what a dead writer left, byte for byte, and says so", () =>
    Effect.gen(function* () {
      const { path, read, write } = yield* Scratch
      const log = yield* SessionLog
      // A scope that closes without an end leaves what a killed process leaves.
      const id = yield* Effect.scoped(
        Effect.gen(function* () {
          const session = yield* log.open(started)
          yield* session.append(edited("reviewer"))
          return session.id
        })
      )
      const file = `${folder}/${id}.0001.jsonl`
      const whole = read(file)
      const torn = '{"seq":2,"prev":"'
      fs.appendFileSync(path(file), torn)
      fs.appendFileSync(path(folder, "ledger.jsonl"), '{"seq":2')
      write(`${folder}/${"0".repeat(8)}-0000-4000-8000-${"0".repeat(12)}.open`, "")
      yield* Effect.scoped(
        Effect.flatMap(log.open(started), (session) => session.end({ outcome: "success", changes: 0 }))
      )
      const text = read(file)
      assert.isTrue(text.startsWith(`${whole}${torn}\n`))
      const rest = recordsIn(text.slice(whole.length + torn.length + 1))
      assert.deepStrictEqual(typesOf(rest), ["log.recovered", "log.sealed"])
      assert.deepInclude(rest[0]?.data, { torn: torn.length })
      assert.strictEqual(rest[0]?.seq, 2)
      chainOf(id, text)
      const ledger = read(`${folder}/ledger.jsonl`)
      const entries = ledger.split("\n").filter((line) => line.endsWith("}"))
      assert.deepStrictEqual(typesOf(recordsIn(entries.join("\n"))), [
        "ledger.created",
        "ledger.opened",
        "log.recovered",
        "ledger.closed",
        "ledger.closed",
        "ledger.opened",
        "ledger.closed"
      ])
      chainOf(recordsIn(entries[0] ?? "")[0]?.source.replace("urn:uuid:", "") ?? "", ledger)
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("is deleted with a record of what it was", () =>
    Effect.gen(function* () {
      const { list, read } = yield* Scratch
      const log = yield* SessionLog
      const session = yield* Effect.scoped(
        Effect.tap(log.open(started), (open) => open.end({ outcome: "failure", exitCode: 2, changes: 0 }))
      )
      yield* log.remove([session.id], "older than 90 days")
      assert.deepStrictEqual(list(folder), ["ledger.jsonl", "ledger.lock"])
      const last = recordsIn(read(`${folder}/ledger.jsonl`)).at(-1)
      assert.strictEqual(last?.type, "io.crewkit.ledger.deleted")
      assert.deepInclude(last?.data, { session: session.id, size: 3, segments: 1, reason: "older than 90 days" })
    }).pipe(Effect.provide(TestLayer))
  )
})
