/** `crewkit code --timeout` over a Claude Code that takes its time by the test's clock. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Ref } from "effect"
import { ClaudeTimedOut } from "../../src/domain/claudeErrors.ts"
import { AgentFiles } from "../../src/services/AgentFiles.ts"
import { ClaudeCode } from "../../src/services/ClaudeCode.ts"
import { SessionRecorder } from "../../src/services/SessionRecorder.ts"
import { Sessions, type SessionServices } from "../../src/services/Sessions.ts"
import * as InvocationMemory from "../../src/testing/InvocationMemory.ts"
import { call } from "../support/command.ts"

/** A Claude Code that runs until its limit, and the way in which sessions ended. */
const world = Effect.gen(function* () {
  const ends = yield* Ref.make<ReadonlyArray<readonly [outcome: string, exitCode: number]>>([])
  const limits = yield* Ref.make<ReadonlyArray<number | undefined>>([])
  const recorder = SessionRecorder.of({
    begin: ({ args }) =>
      Effect.succeed({
        id: "3f2a91c4-0000-4000-8000-000000000000",
        args,
        env: {},
        end: (outcome, exitCode) =>
          Effect.as(
            Ref.update(ends, (all) => [...all, [outcome, exitCode] as const]),
            []
          )
      }),
    synced: () => Effect.void,
    restored: () => Effect.void
  })
  const layer = Layer.mergeAll(
    InvocationMemory.layer("/project"),
    Layer.mock(AgentFiles, { ensure: Effect.succeed("/project/.claude/agents") }),
    Layer.succeed(ClaudeCode, {
      find: Effect.succeed("/bin/claude"),
      version: () => Effect.succeedNone,
      launch: (_, __, ___, { limit } = {}) =>
        Effect.andThen(
          Ref.update(limits, (all) => [...all, limit]),
          limit === undefined ? Effect.void : Effect.fail(new ClaudeTimedOut({ limit, exitCode: 143 }))
        )
    }),
    Layer.succeed(Sessions, {
      // Boundary: without delivery this is all of the log that the command asks for.
      services: Effect.succeed(Context.make(SessionRecorder, recorder) as Context.Context<SessionServices>)
    })
  )
  const run = (...args: ReadonlyArray<string>) => call(["code", "--no-sync", "--offline", ...args], layer)
  return { run, ends: Ref.get(ends), limits: Ref.get(limits) }
})

describe("crewkit code --timeout", () => {
  it.effect("records the session as timed out, says so on standard error, and exits 4", () =>
    Effect.gen(function* () {
      const { ends, limits, run } = yield* world
      const { code, data, failures, said } = yield* run("-p", "hi", "--timeout", "10m")
      assert.strictEqual(code, 4)
      assert.deepStrictEqual(yield* limits, [600_000])
      assert.deepStrictEqual(yield* ends, [["timeout", 143]])
      assert.deepStrictEqual(said, [
        "error: Claude Code was ended: it ran for longer than 10 min (--timeout)",
        "  try: a longer --timeout; what it did until then: crewkit sessions show last"
      ])
      // A document of ours would end up in the midst of Claude Code's output.
      assert.deepStrictEqual([data, failures], [undefined, []])
    })
  )

  it.effect("limits a call that starts no session too, and points to no session then", () =>
    Effect.gen(function* () {
      const { ends, run } = yield* world
      const { code, said } = yield* run("--timeout", "30s", "--", "mcp", "list")
      assert.strictEqual(code, 4)
      assert.deepStrictEqual(said.slice(1), ["  try: a longer --timeout"])
      assert.deepStrictEqual(yield* ends, [])
    })
  )

  it.effect("has no limit unless it is asked for", () =>
    Effect.gen(function* () {
      const { ends, limits, run } = yield* world
      assert.strictEqual((yield* run("-p", "hi")).code, 0)
      assert.deepStrictEqual(yield* limits, [undefined])
      assert.deepStrictEqual(yield* ends, [["success", 0]])
    })
  )

  for (const typed of ["", "10", "m", "0s", "1.5h", "-5m", "10 m", "25d", "1y"]) {
    it.effect(`starts nothing for the duration ${JSON.stringify(typed)}, and exits 2`, () =>
      Effect.gen(function* () {
        const { limits, run } = yield* world
        const { code, next, problem } = yield* run(`--timeout=${typed}`)
        assert.strictEqual(code, 2)
        assert.strictEqual(problem, `--timeout ${typed} is no duration`)
        assert.include(next, "30s, 10m, 2h")
        assert.deepStrictEqual(yield* limits, [])
      })
    )
  }
})
