/** What dead writers can leave of the session log, down to the byte, and clocks that jump: the check stays quiet. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, type Duration, Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import { type AnyRecord, decodeRecord } from "../../src/domain/logRecord.ts"
import { openLogFile } from "../../src/layers/logFile.ts"
import { segmentName } from "../../src/layers/logFolder.ts"
import * as SessionLogNode from "../../src/layers/SessionLogNode.ts"
import * as SessionRecordsNode from "../../src/layers/SessionRecordsNode.ts"
import { type OpenSession, SessionLog } from "../../src/services/SessionLog.ts"
import { SessionRecords } from "../../src/services/SessionRecords.ts"
import * as LogKeysMemory from "../fakes/LogKeysMemory.ts"
import * as ProjectConfigMemory from "../fakes/ProjectConfigMemory.ts"
import { Scratch } from "../fakes/Scratch.ts"
import { edited, started, uuid } from "../support/logMaker.ts"

const TestLayer = Layer.mergeAll(SessionRecordsNode.layer, SessionLogNode.layer).pipe(
  Layer.provide(ProjectConfigMemory.layer),
  Layer.provideMerge(LogKeysMemory.layer),
  Layer.provideMerge(Scratch.layer)
)

const folder = "project/.crewkit/sessions"

/** A session that does this; without an end it leaves what a killed process leaves. */
const session = <A, E>(work: (session: OpenSession) => Effect.Effect<A, E>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const log = yield* SessionLog
      const open = yield* log.open(started)
      yield* work(open)
      return open.id
    })
  )

const cutOff = session((open) => open.append(edited("reviewer")))
const ended = session((open) => open.end({ outcome: "success", changes: 0 }))

const faults = Effect.gen(function* () {
  const records = yield* SessionRecords
  const verdict = yield* records.verify(undefined)
  return verdict.faults.map(({ file, kind, problem }) => `${file}: ${kind}: ${problem}`)
})

const recordsIn = Effect.fnUntraced(function* (name: string) {
  const { read } = yield* Scratch
  return read(`${folder}/${name}`)
    .split("\n")
    .flatMap((line): ReadonlyArray<AnyRecord> => Option.toArray(decodeRecord(line)))
})

const typesIn = (name: string) =>
  Effect.map(recordsIn(name), (records) => records.map(({ type }) => type.replace("io.crewkit.", "")))

describe("what a dead writer left", () => {
  it.effect("before there was a ledger", () =>
    Effect.gen(function* () {
      const { list, write } = yield* Scratch
      write(`${folder}/${uuid("1")}.open`, "")
      const id = yield* ended
      assert.deepStrictEqual(yield* faults, [])
      assert.deepStrictEqual(list(folder), [segmentName(id, 1), "ledger.jsonl", "ledger.lock"])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("between a record and its newline, in a session and in the ledger", () =>
    Effect.gen(function* () {
      const { path } = yield* Scratch
      const id = yield* cutOff
      for (const name of [segmentName(id, 1), "ledger.jsonl"]) {
        const file = path(folder, name)
        fs.truncateSync(file, fs.statSync(file).size - 1)
      }
      yield* ended
      assert.deepStrictEqual(yield* faults, [])
      // It is a record, and stays one.
      assert.deepStrictEqual(yield* typesIn(segmentName(id, 1)), [
        "session.started",
        "agent.edited",
        "log.recovered",
        "log.sealed"
      ])
    }).pipe(Effect.provide(TestLayer))
  )

  for (const rest of ["", '{"se', '{"seq":3,"prev":"', "\n"]) {
    it.effect(`between two segments, with ${JSON.stringify(rest)} in the new one`, () =>
      Effect.gen(function* () {
        const { path, write } = yield* Scratch
        const id = yield* cutOff
        const file = openLogFile(path(folder, segmentName(id, 1)), id)
        const next = segmentName(id, 2)
        file.append({ type: "io.crewkit.log.rotated", data: { next } }, "2026-10-11T00:00:00Z")
        file.close()
        write(`${folder}/${next}`, rest)
        yield* ended
        assert.deepStrictEqual(yield* faults, [])
        const [first] = yield* recordsIn(next)
        assert.strictEqual(first?.type, "io.crewkit.log.recovered")
        assert.strictEqual(first?.seq, 3)
      }).pipe(Effect.provide(TestLayer))
    )
  }

  for (const rest of ["", '{"seq":0,"pr', `{"seq":0,"prev":"${"0".repeat(64)}","type":"io.crewkit.led`]) {
    it.effect(`of the very first record of the ledger: ${JSON.stringify(rest).slice(0, 20)}`, () =>
      Effect.gen(function* () {
        const { write } = yield* Scratch
        write(`${folder}/ledger.jsonl`, rest)
        yield* ended
        yield* ended
        assert.deepStrictEqual(yield* faults, [])
        const sources = new Set((yield* recordsIn("ledger.jsonl")).map(({ source }) => source))
        assert.strictEqual(sources.size, 1)
      }).pipe(Effect.provide(TestLayer))
    )
  }

  it.effect("and cannot be completed: the next session is recorded all the same", () =>
    Effect.gen(function* () {
      const { list, path, write } = yield* Scratch
      const broken = uuid("2")
      write(`${folder}/${broken}.open`, "")
      write(`${folder}/notes.open`, "somebody's own")
      fs.mkdirSync(path(folder, segmentName(broken, 1)))
      const id = yield* ended
      assert.deepStrictEqual(yield* typesIn(segmentName(id, 1)), ["session.started", "session.ended", "log.sealed"])
      assert.include(list(folder), `${broken}.open`)
      assert.include(list(folder), "notes.open")
      assert.notInclude(
        (yield* recordsIn("ledger.jsonl")).map(({ data }) => Object(data).session),
        "notes"
      )
    }).pipe(Effect.provide(TestLayer))
  )
})

const day = 24 * 3600 * 1000

/** The time of day can be set; what is waited for, and how long something took, goes on. */
const settable = Effect.gen(function* () {
  const real = yield* Clock.Clock
  let off = 0
  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: () => real.currentTimeMillisUnsafe() + off,
    currentTimeMillis: Effect.map(real.currentTimeMillis, (millis) => millis + off),
    currentTimeNanosUnsafe: () => real.currentTimeNanosUnsafe() + BigInt(off) * 1_000_000n,
    currentTimeNanos: Effect.map(real.currentTimeNanos, (nanos) => nanos + BigInt(off) * 1_000_000n),
    monotonicTimeNanosUnsafe: () => real.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: Effect.suspend(() => real.monotonicTimeNanos),
    sleep: (duration) => real.sleep(duration)
  }
  return {
    clock,
    jump: (millis: number) => void (off += millis),
    pass: (time: Duration.Input) => Effect.provideService(TestClock.adjust(time), Clock.Clock, real)
  }
})

describe("a clock that jumps", () => {
  it.effect("a day back and a year forward, within a session and between sessions", () =>
    Effect.gen(function* () {
      const { clock, jump, pass } = yield* settable
      const start = Date.UTC(2026, 9, 11)
      yield* TestClock.setTime(start)
      const ids = yield* Effect.gen(function* () {
        const first = yield* session((open) =>
          Effect.gen(function* () {
            yield* open.append(edited("reviewer"))
            yield* pass("59 seconds")
            jump(-day)
            yield* open.append(edited("tester"))
            // Sealed when a minute has passed, whatever the time of day.
            yield* pass("2 seconds")
            jump(366 * day)
            yield* open.append(edited("writer"))
            yield* pass("61 seconds")
            jump(-3 * day)
            yield* open.end({ outcome: "success", changes: 3 })
          })
        )
        jump(-400 * day)
        const cut = yield* cutOff
        jump(365 * day)
        return { first, cut, last: yield* ended }
      }).pipe(Effect.provideService(Clock.Clock, clock))
      const records = yield* recordsIn(segmentName(ids.first, 1))
      assert.deepStrictEqual(
        records.map(({ seq, time, type }) => [seq, type.replace("io.crewkit.", ""), time]),
        [
          [0, "session.started", "2026-10-11T00:00:00.000Z"],
          [1, "agent.edited", "2026-10-11T00:00:00.000Z"],
          [2, "agent.edited", "2026-10-10T00:00:59.000Z"],
          [3, "log.sealed", "2026-10-10T00:01:00.000Z"],
          [4, "agent.edited", "2027-10-11T00:01:01.000Z"],
          [5, "log.sealed", "2027-10-11T00:02:00.000Z"],
          [6, "session.ended", "2027-10-08T00:02:02.000Z"],
          [7, "log.sealed", "2027-10-08T00:02:02.000Z"]
        ]
      )
      assert.strictEqual(Object(records[6]?.data).duration, 122_000)
      assert.deepStrictEqual(yield* faults, [])
      const ledger = yield* recordsIn("ledger.jsonl")
      const closed = ledger.filter(({ type }) => type === "io.crewkit.ledger.closed")
      assert.deepStrictEqual(
        closed.map(({ data }) => Object(data).session),
        [ids.first, ids.cut, ids.last]
      )
    }).pipe(Effect.provide(TestLayer))
  )
})
