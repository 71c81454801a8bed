import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { AgentName, Slug } from "../../src/domain/AgentName.ts"
import {
  attributionText,
  captureOf,
  createKey,
  endKey,
  recordKey,
  sendsContent,
  type Task,
  taskOf,
  verdictOf
} from "../../src/domain/delivery.ts"
import type { Attribution, LogEvent } from "../../src/domain/logEvents.ts"
import { type AnyRecord, decodeRecord, lineOf, sourceOf } from "../../src/domain/logRecord.ts"
import { startedAs } from "../support/recordedSessions.ts"

const id = "11111111-2222-4333-8444-555555555555"
const time = "2026-03-01T10:00:05.000Z"
const hash = (digit: string): string => digit.repeat(64)

const recordOf = (event: LogEvent, seq = 7, at = time): AnyRecord =>
  Option.getOrThrow(decodeRecord(lineOf(seq, hash("0"), at, sourceOf(id), event)))

const change = (
  type: "created" | "edited" | "deleted" | "restored",
  agent = "reviewer",
  before?: string,
  after?: string
): LogEvent => ({
  type: `io.crewkit.agent.${type}`,
  subject: `.claude/agents/${agent}.md`,
  data: {
    agent,
    ...(before === undefined ? {} : { before: { sha256: before } }),
    ...(after === undefined ? {} : { after: { sha256: after } }),
    by: { kind: "outside" }
  }
})

const taskIn = (event: LogEvent, before?: string): Task => Option.getOrThrow(taskOf(recordOf(event), before))

describe("what the registry is told", () => {
  it("is a start, changes, and an end", () => {
    assert.deepInclude(taskIn({ type: "io.crewkit.session.started", data: startedAs("https://r.example") }), {
      _tag: "Create",
      project: Slug.make("web"),
      startedAt: time
    })
    assert.deepStrictEqual(taskIn(change("edited", "reviewer", hash("a"), hash("b"))), {
      _tag: "Modify",
      seq: 7,
      agent: AgentName.make("reviewer"),
      file: ".claude/agents/reviewer.md",
      change: "edit",
      before: hash("a"),
      after: hash("b"),
      occurredAt: time,
      attribution: "outside"
    })
    const end: LogEvent = { type: "io.crewkit.session.ended", data: { outcome: "failure", duration: 1, changes: 0 } }
    assert.deepStrictEqual(taskIn(end), { _tag: "End", seq: 7, outcome: "failure", endedAt: time })
  })

  it("says create, edit or delete, of what was brought back too", () => {
    const kindOf = (event: LogEvent) => {
      const task = taskIn(event)
      return task._tag === "Modify" ? task.change : task._tag
    }
    assert.strictEqual(kindOf(change("created", "a", undefined, hash("b"))), "create")
    assert.strictEqual(kindOf(change("deleted", "a", hash("a"))), "delete")
    assert.strictEqual(kindOf(change("restored", "a", hash("a"), hash("b"))), "edit")
    assert.strictEqual(kindOf(change("restored", "a", undefined, hash("b"))), "create")
  })

  it("ends a session that was cut off when it was last heard of", () => {
    const event: LogEvent = { type: "io.crewkit.log.recovered", data: { torn: 3, reason: "dead" } }
    const heard = "2026-03-01T09:00:00.000Z"
    assert.deepStrictEqual(taskIn(event, heard), { _tag: "End", seq: 7, outcome: "abandoned", endedAt: heard })
  })

  it("is nothing of seals, sub-agents, the sync, or types of a later version", () => {
    const others: ReadonlyArray<LogEvent> = [
      { type: "io.crewkit.log.sealed", data: { unsealed: "no keychain" } },
      { type: "io.crewkit.subagent.started", data: { "gen_ai.agent.name": "reviewer" } },
      { type: "io.crewkit.content.dropped", data: { reason: "size", contents: [hash("a")] } }
    ]
    for (const event of others) assert.isTrue(Option.isNone(taskOf(recordOf(event), undefined)))
    assert.isTrue(Option.isNone(taskOf({ ...recordOf(change("edited")), type: "io.crewkit.agent.sung" }, undefined)))
  })

  it("leaves out, with a reason, what cannot be told", () => {
    for (const agent of ["team/reviewer", "Odd Name", "\u0000", "x".repeat(65)]) {
      assert.strictEqual(taskIn(change("edited", agent))._tag, "Untellable")
    }
    const doctored = (record: AnyRecord) => Option.getOrThrow(taskOf(record, undefined))._tag
    assert.strictEqual(doctored({ ...recordOf(change("edited")), data: { agent: 7 } }), "Untellable")
    assert.strictEqual(doctored({ ...recordOf(change("edited")), time: "yesterday" }), "Untellable")
    const started: LogEvent = {
      type: "io.crewkit.session.started",
      data: startedAs("https://r.example", { project: "A B" })
    }
    assert.strictEqual(taskIn(started)._tag, "Untellable")
  })

  it("says who, in at most 200 characters that any database takes", () => {
    const text = (by: Attribution) => attributionText(by)
    assert.strictEqual(
      text({ kind: "claude", evidence: "while-running", "gen_ai.tool.name": "Bash", "gen_ai.agent.name": "tester" }),
      "claude, tool Bash, sub-agent tester, the tool ran at that moment"
    )
    assert.strictEqual(text({ kind: "outside", before_session: true }), "outside, before the session")
    const long = text({ kind: "claude", "gen_ai.tool.name": `\u0000\ud800${"😀".repeat(300)}` })
    assert.strictEqual(Array.from(long).length, 200)
    assert.isTrue(long.isWellFormed() && !long.includes("\u0000"))
  })

  it("never holds a conversation's id, a login, or a path of the machine", () => {
    const task = JSON.stringify(taskIn({ type: "io.crewkit.session.started", data: startedAs("https://r.example") }))
    assert.notInclude(task, "ada")
  })
})

describe("how much may leave", () => {
  it("is the stricter of then and now", () => {
    const ranks = ["none", "metadata", "full"] as const
    for (const [then, one] of ranks.entries()) {
      for (const [now, other] of ranks.entries()) assert.strictEqual(captureOf(one, other), ranks[Math.min(then, now)])
    }
  })

  it("is a content with full alone, and never of a sensitive session", () => {
    assert.isTrue(sendsContent({ capture: "full", sensitive: false }))
    for (const capture of ["none", "metadata", "full"] as const) {
      assert.isFalse(sendsContent({ capture, sensitive: true }))
      if (capture !== "full") assert.isFalse(sendsContent({ capture, sensitive: false }))
    }
  })
})

describe("keys and answers", () => {
  it("come of the record alone, differ, and fit the registry", () => {
    const keys = [createKey(id), endKey(id), recordKey(id, 0), recordKey(id, 999_999_999_999_999)]
    assert.strictEqual(new Set(keys).size, keys.length)
    for (const key of keys) assert.match(key, /^[\x21-\x7e]{1,255}$/)
  })

  it("mean what they mean", () => {
    const meant = {
      park: [400, 403, 409, 410, 413, 422, 451],
      wait: [408, 429, 503],
      "set-aside": [500, 502, 504, 599],
      "takes-none": [501],
      "not-logged-in": [401]
    } as const
    for (const [verdict, statuses] of Object.entries(meant)) {
      for (const status of statuses) assert.strictEqual(verdictOf("Modify", status), verdict)
    }
    assert.strictEqual(verdictOf("Create", 404), "takes-none")
    assert.strictEqual(verdictOf("Modify", 404), "park")
  })
})
