/** `crewkit sessions` through the real parser, over a log in memory. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Stream } from "effect"
import type { AnyRecord } from "../../src/domain/logRecord.ts"
import { type SessionFacts, SessionRecords } from "../../src/services/SessionRecords.ts"
import { Sessions, type SessionServices } from "../../src/services/Sessions.ts"
import * as PrompterScripted from "../../src/testing/PrompterScripted.ts"
import { call } from "../support/command.ts"

const session = (id: string): SessionFacts => ({
  id,
  startedAt: "2026-10-11T14:30:00.000Z",
  endedAt: "2026-10-11T14:31:00.000Z",
  duration: 60_000,
  state: "ended",
  outcome: "timeout",
  exitCode: 143,
  changes: 1,
  segments: [],
  bytes: 100
})

const [newest, older] = [
  session("3f2a91c4-0000-4000-8000-000000000000"),
  session("11111111-0000-4000-8000-000000000000")
]

const change: AnyRecord = {
  specversion: "1.0",
  id: "record-1",
  source: "crewkit",
  seq: 1,
  time: "2026-10-11T14:30:01.000Z",
  prev: "0".repeat(64),
  type: "io.crewkit.agent.created",
  subject: ".claude/agents/reviewer.md",
  data: { agent: "reviewer", after: { sha256: "a".repeat(64), size: 1 }, by: { kind: "unknown" } }
}

const records = SessionRecords.of({
  list: Effect.succeed([newest, older]),
  find: (id) => Effect.succeed(id === older.id ? older : newest),
  records: () => Stream.make(change),
  verify: () => Effect.die("nothing is verified here")
})

const sessions = (args: ReadonlyArray<string>, answer?: string) =>
  call(
    ["sessions", ...args],
    Layer.mergeAll(
      PrompterScripted.layer(answer),
      Layer.succeed(Sessions, {
        // Boundary: a look at the log asks for nothing else of it.
        services: Effect.succeed(Context.make(SessionRecords, records) as Context.Context<SessionServices>)
      })
    )
  )

describe("crewkit sessions", () => {
  it.effect("has one picked where none is named and somebody is there, and else it is missing", () =>
    Effect.gen(function* () {
      const { data } = yield* sessions(["show"], older.id)
      assert.deepNestedInclude(data, { "session.id": older.id, "session.outcome": "timeout" })
      const alone = yield* sessions(["show"])
      assert.deepStrictEqual([alone.code, alone.problem], [2, "Missing required argument: session"])
    })
  )

  it.effect("guesses the agent that was meant by a filter that fits nothing", () =>
    Effect.gen(function* () {
      const { code, lines } = yield* sessions(["list", "--agent", "reviwer"])
      assert.deepStrictEqual(
        [code, lines],
        [0, ["none of 2 sessions fits; did you mean reviewer?; leave a filter out"]]
      )
      assert.strictEqual((yield* sessions(["list", "--agent", "reviewer"])).lines.length, 4)
    })
  )
})
