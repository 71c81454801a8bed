import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Ref, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import type { LogEvent } from "../../src/domain/logEvents.ts"
import { ledgerOrigin } from "../../src/domain/logAnchor.ts"
import { checkpointText, noteOf } from "../../src/domain/signedNote.ts"
import * as SessionLogNode from "../../src/layers/SessionLogNode.ts"
import * as SessionRecordsNode from "../../src/layers/SessionRecordsNode.ts"
import type { LogSigner } from "../../src/services/LogKeys.ts"
import { SessionLog } from "../../src/services/SessionLog.ts"
import { SessionRecords, type Verdict } from "../../src/services/SessionRecords.ts"
import * as LogKeysMemory from "../fakes/LogKeysMemory.ts"
import * as ProjectConfigMemory from "../fakes/ProjectConfigMemory.ts"
import { Scratch } from "../fakes/Scratch.ts"
import { edited, type MadeLog, makeLog, started, uuid } from "../support/logMaker.ts"

const TestLayer = Layer.mergeAll(SessionRecordsNode.layer, SessionLogNode.layer).pipe(
  Layer.provide(ProjectConfigMemory.layer),
  Layer.provideMerge(LogKeysMemory.layer),
  Layer.provideMerge(Scratch.layer)
)

const [one, two, three] = [uuid("1"), uuid("2"), uuid("3")]

/** Two sessions that ended, the first over three segments; the keychain remembers all of it. */
const whole = Effect.gen(function* () {
  const scratch = yield* Scratch
  const { signer } = yield* LogKeysMemory.KeyState
  const log = makeLog({
    folder: scratch.path("project/.crewkit/sessions"),
    ledger: uuid("0"),
    signer: yield* Ref.get(signer),
    from: Date.UTC(2026, 9, 11)
  })
  const first = log.session(one)
  first.append(edited("reviewer", 3))
  first.seal()
  first.rotate()
  first.append(edited("debugger"))
  first.append(edited("reviewer"))
  first.rotate()
  first.append(edited("tester"))
  first.seal()
  first.end("success", 4)
  const second = log.session(two, { kind: "sync" })
  second.append(edited("reviewer"))
  second.end("failure", 1)
  yield* remember(log)
  return log
})

const remember = Effect.fnUntraced(function* (log: MadeLog) {
  const scratch = yield* Scratch
  const { marks } = yield* LogKeysMemory.KeyState
  yield* Ref.set(marks, new Map([[scratch.path("project"), log.mark()]]))
})

const verify = (session?: string) => SessionRecords.use((records) => records.verify(session))

const faultsOf = (verdict: Verdict): ReadonlyArray<string> =>
  verdict.faults.map(({ file, kind, line, seq }) => `${kind} ${file} ${seq ?? "-"} ${line ?? "-"}`)

const change = (path: string, how: (lines: Array<string>) => ReadonlyArray<string>): void => {
  const lines = fs.readFileSync(path, "utf8").split("\n")
  fs.writeFileSync(path, how(lines).join("\n"))
}

describe("a log that is whole", () => {
  it.effect("has no faults, and is counted", () =>
    Effect.gen(function* () {
      yield* whole
      const verdict = yield* verify()
      assert.deepStrictEqual(faultsOf(verdict), [])
      assert.deepInclude(verdict, { sessions: 2, seals: 4, unsealed: [], notes: [] })
      assert.strictEqual(verdict.records, 11 + 4 + 7)
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("as the real writer wrote it: ended, running, cut off and gone on with by the next", () =>
    Effect.gen(function* () {
      const log = yield* SessionLog
      yield* Effect.scoped(
        Effect.gen(function* () {
          const session = yield* log.open(started)
          yield* session.append(edited("reviewer"))
          yield* TestClock.adjust("61 seconds")
          yield* session.append(edited("reviewer"))
          yield* session.end({ outcome: "success", changes: 2 })
        })
      )
      // Not ended: what stays is a file that nobody has locked any more.
      const cut = yield* Effect.scoped(Effect.tap(log.open(started), (session) => session.append(edited("a"))))
      const scratch = yield* Scratch
      const left = yield* verify()
      assert.deepStrictEqual(faultsOf(left), [])
      assert.match(left.notes.join(), /was cut off; the next session says so in the log, and 2 of its records are not/)
      const path = scratch.path(`project/.crewkit/sessions/${cut.id}.0001.jsonl`)
      fs.truncateSync(path, fs.statSync(path).size - 7)
      assert.deepStrictEqual(faultsOf(yield* verify()), [])
      yield* Effect.scoped(
        Effect.gen(function* () {
          const session = yield* log.open(started)
          const verdict = yield* verify()
          assert.deepStrictEqual(faultsOf(verdict), [])
          assert.match(verdict.notes.join(), new RegExp(`session ${session.id.slice(0, 8)} is running`))
          const states = (yield* SessionRecords.use(({ list }) => list)).map(({ outcome, state }) => [state, outcome])
          assert.sameDeepMembers(states, [
            ["running", undefined],
            ["ended", "abandoned"],
            ["ended", "success"]
          ])
        })
      )
      assert.deepStrictEqual(faultsOf(yield* verify()), [])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("a line that was torn anywhere is recovered, and the line before it stays bound", () =>
    Effect.gen(function* () {
      const log = yield* SessionLog
      const scratch = yield* Scratch
      const folder = scratch.path("project/.crewkit/sessions")
      for (const left of [1, 5, 9, 60, 100, 120, 200]) {
        const cut = yield* Effect.scoped(Effect.tap(log.open(started), (session) => session.append(edited("reviewer"))))
        const path = `${folder}/${cut.id}.0001.jsonl`
        const text = fs.readFileSync(path, "utf8")
        fs.writeFileSync(path, text.slice(0, text.indexOf("\n") + 1 + left))
        yield* Effect.scoped(
          Effect.tap(log.open(started), (session) => session.end({ outcome: "success", changes: 0 }))
        )
        assert.deepStrictEqual(faultsOf(yield* verify()), [], `${left} bytes of the line`)
        const recovered = fs.readFileSync(path, "utf8")
        fs.writeFileSync(path, recovered.replace('"login":"ada"', '"login":"eve"'))
        assert.isNotEmpty((yield* verify()).faults, `${left} bytes of the line`)
        fs.writeFileSync(path, recovered)
      }
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("over segments of the writer's own size", () =>
    Effect.gen(function* () {
      const log = yield* SessionLog
      const big: LogEvent = edited("x".repeat(1024 * 1024))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const session = yield* log.open(started)
          for (let index = 0; index < 40; index++) yield* session.append(big)
          yield* session.end({ outcome: "success", changes: 40 })
          const [facts] = yield* SessionRecords.use(({ list }) => list)
          assert.strictEqual(facts?.segments.length, 5)
          assert.strictEqual(facts?.changes, 40)
        })
      )
      assert.deepStrictEqual(faultsOf(yield* verify()), [])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("says plainly what could not be checked without a keychain", () =>
    Effect.gen(function* () {
      yield* whole
      const { there } = yield* LogKeysMemory.KeyState
      yield* Ref.set(there, false)
      const verdict = yield* verify()
      assert.deepStrictEqual(faultsOf(verdict), [])
      assert.match(
        verdict.notes.join(),
        /keychain could not be asked, so nobody can tell whether the log was rolled back/
      )
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("says which seals nobody signed", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      const folder = scratch.path("project/.crewkit/sessions")
      const log = makeLog({ folder, ledger: uuid("0"), signer: undefined, from: 0 })
      log.session(one).end()
      const verdict = yield* verify()
      assert.deepStrictEqual(faultsOf(verdict), [])
      assert.deepStrictEqual(verdict.unsealed, ["session 11111111: 1 of 1 seals are not signed: there is no keychain"])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("says it once where it is the same for many sessions", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      const folder = scratch.path("project/.crewkit/sessions")
      const log = makeLog({ folder, ledger: uuid("0"), signer: undefined, from: 0 })
      for (const digit of ["1", "2", "3", "4", "5"]) log.session(uuid(digit)).end()
      const verdict = yield* verify()
      assert.deepStrictEqual(faultsOf(verdict), [])
      assert.deepStrictEqual(verdict.unsealed, [
        "sessions 11111111, 22222222, 33333333 and 2 more: 5 of 5 seals are not signed: there is no keychain"
      ])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("may be empty", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* verify(), {
        sessions: 0,
        records: 0,
        bytes: 0,
        seals: 0,
        unsealed: [],
        notes: [],
        faults: []
      })
      const error = yield* Effect.flip(verify("11111111"))
      assert.strictEqual(error._tag, "SessionUnknown")
    }).pipe(Effect.provide(TestLayer))
  )
})

const broken = (
  name: string,
  damage: (log: MadeLog, signer: LogSigner) => void,
  expected: ReadonlyArray<string>,
  session?: string
) =>
  it.effect(name, () =>
    Effect.gen(function* () {
      const log = yield* whole
      const { signer } = yield* LogKeysMemory.KeyState
      damage(log, yield* Ref.get(signer))
      assert.deepStrictEqual(faultsOf(yield* verify(session)), expected)
    }).pipe(Effect.provide(TestLayer))
  )

const segment = (log: MadeLog, id: string, number: number): string => `${log.folder}/${id}.000${number}.jsonl`
const ledgerOf = (log: MadeLog): string => `${log.folder}/ledger.jsonl`

describe("a log that is not whole", () => {
  broken(
    "a record was edited",
    (log) => change(segment(log, one, 1), (lines) => lines.map((line) => line.replace('"added":3', '"added":2'))),
    [`rewritten ${one}.0001.jsonl 2 3`]
  )
  broken(
    "the last record was edited, with nothing after it but the ledger to tell",
    (log) => change(segment(log, two, 1), (lines) => lines.with(3, (lines[3] ?? "").replace('"id":"3"', '"id":"4"'))),
    [`seal-mismatch ${two}.0001.jsonl 3 4`]
  )
  broken("a record is gone", (log) => change(segment(log, one, 2), (lines) => lines.toSpliced(1, 1)), [
    `gap ${one}.0002.jsonl 6 2`
  ])
  broken(
    "two records changed places",
    (log) => change(segment(log, one, 2), ([a = "", b = "", ...rest]) => [b, a, ...rest]),
    [`gap ${one}.0002.jsonl 5 1`]
  )
  broken("a record stands there twice", (log) => change(segment(log, two, 1), ([a = "", ...rest]) => [a, a, ...rest]), [
    `gap ${two}.0001.jsonl 0 2`
  ])
  broken("a line is no record", (log) => change(segment(log, two, 1), (lines) => lines.toSpliced(1, 0, "{}")), [
    `unreadable ${two}.0001.jsonl 1 2`
  ])
  broken("the end is cut off", (log) => change(segment(log, two, 1), (lines) => lines.toSpliced(3, 1)), [
    `truncated ${two}.0001.jsonl - -`
  ])
  broken("the last newline is gone", (log) => change(segment(log, two, 1), (lines) => lines.slice(0, -1)), [
    `truncated ${two}.0001.jsonl - -`
  ])
  broken("a segment is gone", (log) => fs.rmSync(segment(log, one, 2)), [`missing ${one}.0002.jsonl - -`])
  broken("the first segment is gone", (log) => fs.rmSync(segment(log, one, 1)), [`missing ${one}.0001.jsonl - -`])
  broken("the last segment is gone", (log) => fs.rmSync(segment(log, one, 3)), [`missing ${one}.0003.jsonl - -`])
  broken("a session is gone", (log) => fs.rmSync(segment(log, two, 1)), [`missing ${two}.0001.jsonl - -`])
  broken("a session was slipped in", (log) => fs.copyFileSync(segment(log, two, 1), segment(log, three, 1)), [
    `unknown-segment ${three}.0001.jsonl - -`
  ])
  broken("a file is of no session", (log) => fs.copyFileSync(segment(log, two, 1), `${log.folder}/notes.jsonl`), [
    "unknown-segment notes.jsonl - -"
  ])
  broken("a segment was added", (log) => fs.copyFileSync(segment(log, two, 1), segment(log, two, 2)), [
    `unknown-segment ${two}.0002.jsonl - -`
  ])
  broken("the ledger is gone", (log) => fs.rmSync(ledgerOf(log)), ["missing ledger.jsonl - -"])
  broken("all of it is gone", (log) => fs.rmSync(log.folder, { recursive: true }), ["missing ledger.jsonl - -"])
  broken(
    "all of it is as it was yesterday",
    (log) => {
      change(ledgerOf(log), (lines) => [...lines.slice(0, 5), ""])
      fs.rmSync(segment(log, two, 1))
    },
    ["rolled-back ledger.jsonl - -"]
  )
  broken(
    "the ledger was edited",
    (log) => change(ledgerOf(log), (lines) => lines.map((l) => l.replace("failure", "success"))),
    ["rewritten ledger.jsonl 6 -"]
  )
  broken(
    "a seal has the signature of another one",
    (log) =>
      change(segment(log, two, 1), (lines) =>
        lines.map((line) =>
          line.replace(/(— \S+ .{40})./u, (_, start: string) => `${start}${_.endsWith("x") ? "y" : "x"}`)
        )
      ),
    [`bad-signature ${two}.0001.jsonl 3 4`]
  )
  broken(
    "another log was put in its place, made with the same key",
    (log, signer) => {
      fs.rmSync(log.folder, { recursive: true })
      const other = makeLog({ folder: log.folder, ledger: uuid("9"), signer, from: 0 })
      other.session(one).end()
    },
    ["rewritten ledger.jsonl - -"]
  )
  broken(
    "all of it was made anew with another key",
    (log) => {
      fs.rmSync(log.folder, { recursive: true })
      const other = makeLog({
        folder: log.folder,
        ledger: log.ledger,
        signer: LogKeysMemory.newSigner("late"),
        from: 0
      })
      for (const id of [one, two, three]) other.session(id).end()
    },
    ["rewritten ledger.jsonl 6 -"]
  )
  broken("one session is asked for, and another one is broken", (log) => fs.rmSync(segment(log, two, 1)), [], one)
  broken(
    "the broken one is asked for",
    (log) => fs.rmSync(segment(log, two, 1)),
    [`missing ${two}.0001.jsonl - -`],
    "2222"
  )
})

describe("keys", () => {
  it.effect("a seal is that of the key with which the session began", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      const { signer } = yield* LogKeysMemory.KeyState
      const folder = scratch.path("project/.crewkit/sessions")
      const own = yield* Ref.get(signer)
      const late = LogKeysMemory.newSigner("late")
      let current = own
      const changing: LogSigner = {
        get key() {
          return current.key
        },
        sign: (text) => current.sign(text)
      }
      const log = makeLog({ folder, ledger: uuid("0"), signer: changing, from: 0 })
      const session = log.session(one)
      session.seal()
      current = late
      session.end()
      yield* remember(log)
      assert.deepStrictEqual(faultsOf(yield* verify()), [
        "bad-signature ledger.jsonl 3 4",
        `bad-signature ${one}.0001.jsonl 3 4`
      ])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("a key that is not this machine's is told, unless the keychain remembers the session", () =>
    Effect.gen(function* () {
      const log = yield* whole
      const { marks, signer } = yield* LogKeysMemory.KeyState
      yield* Ref.set(signer, LogKeysMemory.newSigner("new-machine"))
      assert.deepStrictEqual(faultsOf(yield* verify()), [])
      yield* Ref.set(marks, new Map())
      assert.deepStrictEqual(faultsOf(yield* verify()), ["bad-signature ledger.jsonl 2 3"])
      fs.rmSync(ledgerOf(log))
    }).pipe(Effect.provide(TestLayer))
  )
})

describe("anchors", () => {
  const anchored = (log: MadeLog, signer: LogSigner): string => {
    const { head, size } = log.mark()
    const text = checkpointText({ origin: ledgerOrigin(log.ledger), size, head })
    return noteOf(text, signer.key, signer.sign(text))
  }
  const withAnchor = (text: string) =>
    SessionRecords.use((records) => records.verify(undefined, [{ commit: "c0ffee00c0ffee00", text }]))

  it.effect("tell a rollback where the keychain remembers nothing", () =>
    Effect.gen(function* () {
      const log = yield* whole
      const { marks, signer } = yield* LogKeysMemory.KeyState
      yield* Ref.set(marks, new Map())
      const own = yield* Ref.get(signer)
      const text = `something else\n\n${anchored(log, own)}\n${anchored(log, own)}`
      assert.deepStrictEqual(faultsOf(yield* withAnchor(text)), [])
      change(ledgerOf(log), (lines) => [...lines.slice(0, 5), ""])
      fs.rmSync(segment(log, two, 1))
      assert.deepStrictEqual(faultsOf(yield* verify()), [])
      const verdict = yield* withAnchor(text)
      assert.deepStrictEqual([...new Set(faultsOf(verdict))], ["rolled-back ledger.jsonl - -"])
      assert.strictEqual(verdict.faults.length, 1)
      assert.match(verdict.faults[0]?.problem ?? "", /git remembers 7 records of the ledger \(commit c0ffee00\)/)
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("of others tell nothing, and no alarm is raised", () =>
    Effect.gen(function* () {
      const log = yield* whole
      const forged = anchored(log, LogKeysMemory.newSigner("mallory"))
      const verdict = yield* withAnchor(`${forged}\n${forged.replace(uuid("0"), uuid("9"))}`)
      assert.deepStrictEqual(faultsOf(verdict), [])
      assert.match(verdict.notes.join("\n"), /not signed by a key of this log[^]*that of another ledger/)
    }).pipe(Effect.provide(TestLayer))
  )
})

describe("a deletion", () => {
  it.effect("is told; and that the keychain does not know of it, where it does not", () =>
    Effect.gen(function* () {
      const made = yield* whole
      yield* SessionLog.use((log) => log.remove([two], "older than 90 days"))
      const own = yield* verify()
      assert.deepStrictEqual(faultsOf(own), [])
      assert.match(own.notes.join("\n"), /^1 pruned by the ledger's own word, the last on \S+$/)
      // Without crewkit: a record that goes on with the chain, and no mark.
      made.delete(one)
      const foreign = yield* verify()
      assert.deepStrictEqual(faultsOf(foreign), [])
      assert.match(foreign.notes.join("\n"), /^2 pruned [^]*\n1 of them unknown to the keychain/)
    }).pipe(Effect.provide(TestLayer))
  )
})

describe("sessions and their records", () => {
  it.effect("are listed newest first, with what is known of each", () =>
    Effect.gen(function* () {
      yield* whole
      const list = yield* SessionRecords.use((records) => records.list)
      assert.deepStrictEqual(
        list.map((facts) =>
          Object.fromEntries(Object.entries(facts).filter(([key]) => key !== "bytes" && key !== "started"))
        ),
        [
          {
            id: two,
            startedAt: "2026-10-11T00:00:18.000Z",
            endedAt: "2026-10-11T00:00:20.000Z",
            duration: 61_000,
            state: "ended",
            outcome: "failure",
            exitCode: 1,
            changes: 1,
            segments: [`${two}.0001.jsonl`]
          },
          {
            id: one,
            startedAt: "2026-10-11T00:00:03.000Z",
            endedAt: "2026-10-11T00:00:14.000Z",
            duration: 61_000,
            state: "ended",
            outcome: "success",
            exitCode: 0,
            changes: 4,
            segments: [1, 2, 3].map((number) => `${one}.000${number}.jsonl`)
          }
        ]
      )
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("are found by the beginning of an id", () =>
    Effect.gen(function* () {
      yield* whole
      const find = (id: string) => SessionRecords.use((records) => records.find(id))
      assert.strictEqual((yield* find("1111")).id, one)
      assert.strictEqual((yield* find("last")).id, two)
      assert.strictEqual((yield* Effect.flip(find("3333")))._tag, "SessionUnknown")
      assert.strictEqual((yield* Effect.flip(find("1")))._tag, "SessionUnknown")
      const meant = (id: string) => Effect.map(Effect.flip(find(id)), ({ message }) => message.split("; ")[1])
      assert.strictEqual(yield* meant("11112111"), "did you mean 11111111?")
      assert.strictEqual(yield* meant("lest"), "did you mean last?")
      assert.isUndefined(yield* meant("abcd"))
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("are read in order over all segments, all or of one type", () =>
    Effect.gen(function* () {
      yield* whole
      const records = yield* SessionRecords
      const facts = yield* records.find(one)
      const all = yield* Stream.runCollect(records.records(facts))
      assert.deepStrictEqual(
        all.map(({ seq }) => seq),
        Array.from({ length: 11 }, (_, index) => index)
      )
      const changes = yield* Stream.runCollect(records.records(facts, (type) => type === "io.crewkit.agent.edited"))
      assert.deepStrictEqual(
        changes.map(({ subject }) => subject),
        ["reviewer", "debugger", "reviewer", "tester"].map((name) => `.claude/agents/${name}.md`)
      )
    }).pipe(Effect.provide(TestLayer))
  )
})
