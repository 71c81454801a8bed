/** `crewkit backups` through the real parser, over backups in memory. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import { TestClock } from "effect/testing"
import { AgentName } from "../../src/domain/AgentName.ts"
import type { FileStamp } from "../../src/domain/FileStamp.ts"
import { AgentFiles } from "../../src/services/AgentFiles.ts"
import { ContentStore } from "../../src/services/ContentStore.ts"
import { FileLock } from "../../src/services/FileLock.ts"
import { BackupState } from "../fakes/BackupsMemory.ts"
import * as BackupsMemory from "../fakes/BackupsMemory.ts"
import * as PrompterScripted from "../../src/testing/PrompterScripted.ts"
import { call } from "../support/command.ts"

const day = (number: number) => `2025-10-${number}T14-30-22-123Z`
const stamp: FileStamp = { sha256: "", size: 0, mtime: 0, ctime: 0, ino: 0 }

interface World {
  /** What the person at the terminal says; nobody is there where it is left out. */
  readonly answer?: string
  /** The agents' files as they are now. */
  readonly files?: Record<string, string>
}

/** Runs one call, and tells which backups are left and whether the lock was taken. */
const backups = (args: ReadonlyArray<string>, { answer, files = {} }: World = {}) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Date.UTC(2025, 9, 20))
    const locked = yield* Ref.make(0)
    const memory = yield* Layer.build(
      BackupsMemory.layer(
        ["reviewer", day(19), "three\n"],
        ["tester", day(15), "only\n"],
        ["reviewer", day(14), "two\n"],
        ["reviewer", day(12), "one\n"]
      )
    )
    const world = Layer.mergeAll(
      Layer.succeedContext(memory),
      PrompterScripted.layer(answer),
      Layer.succeed(FileLock, {
        exclusive: (work) =>
          Effect.andThen(
            Ref.update(locked, (n) => n + 1),
            work
          )
      }),
      Layer.mock(ContentStore, {
        find: (prefix) => Effect.succeed(prefix === "deadbeef" ? ["deadbeefcafe"] : []),
        get: () => Effect.succeed(new Map([["deadbeefcafe", new TextEncoder().encode("kept\n")]]))
      }),
      Layer.mock(AgentFiles, {
        scan: () =>
          Effect.succeed({
            files: new Map(Object.keys(files).map((name) => [AgentName.make(name), stamp])),
            irregular: new Map()
          }),
        read: (name) => Effect.succeed(new TextEncoder().encode(files[name]))
      })
    )
    const called = yield* call(["backups", ...args], world)
    const left = yield* Effect.flatMap(BackupState, Ref.get).pipe(Effect.provide(memory))
    return {
      ...called,
      left: left.map(({ name, time }) => `${name} ${time.slice(8, 10)}`),
      locked: yield* Ref.get(locked)
    }
  }).pipe(Effect.scoped)

describe("the name of an agent in crewkit backups", () => {
  for (const command of [["show"], ["diff"], ["restore"], ["prune", "--keep", "1"]] as const) {
    it.effect(`is guessed where it is misspelt in ${command[0]}`, () =>
      Effect.gen(function* () {
        const [name, ...flags] = command
        for (const typed of ["reviwer", "Reviewer"]) {
          const { code, lines, next, problem } = yield* backups([name, typed, ...flags])
          // To prune what is not there is no failure where the name could be one.
          if (name === "prune" && typed === "reviwer") {
            assert.deepStrictEqual([code, lines], [0, ["no backups of reviwer; did you mean reviewer?"]])
          } else {
            assert.strictEqual(problem, `there is no backup of ${typed}; did you mean reviewer?`)
            assert.deepStrictEqual([code, next], [1, "crewkit backups list"])
          }
        }
      })
    )
  }

  it.effect("is guessed for a version of the session log, too, and not where only the time is wrong", () =>
    Effect.gen(function* () {
      assert.include((yield* backups(["diff", "testr", "0123456789ab"])).problem, "did you mean tester?")
      assert.notInclude((yield* backups(["diff", "tester", "2024"])).problem, "did you mean")
    })
  )

  it.effect("is guessed in a list that is empty, which is no failure", () =>
    Effect.gen(function* () {
      const { code, data, lines } = yield* backups(["list", "reviwer"])
      assert.deepStrictEqual([code, lines], [0, ["no backups of reviwer; did you mean reviewer?"]])
      assert.deepStrictEqual(data, { backups: [] })
    })
  )
})

const all = ["reviewer 19", "tester 15", "reviewer 14", "reviewer 12"]

describe("crewkit backups diff", () => {
  it.effect("shows what has changed since the newest backup", () =>
    Effect.gen(function* () {
      const { data, lines } = yield* backups(["diff", "reviewer"], { files: { reviewer: "three\nfour\n" } })
      assert.deepStrictEqual(lines, [
        `--- .claude/.backups/reviewer/${day(19)}.md`,
        "+++ .claude/agents/reviewer.md",
        "@@ -1 +1,2 @@",
        " three",
        "+four"
      ])
      assert.deepNestedInclude(data, { "backup.time": day(19), exists: true, same: false })
    })
  )

  it.effect("takes a beginning of a time, or a version of the session log", () =>
    Effect.gen(function* () {
      const files = { reviewer: "three\n" }
      const early = yield* backups(["diff", "reviewer", "2025-10-12"], { files })
      assert.deepStrictEqual(early.lines.slice(-2), ["-one", "+three"])
      const version = yield* backups(["diff", "reviewer", "deadbeef"], { files })
      assert.deepStrictEqual(version.lines.slice(-2), ["-kept", "+three"])
      const none = yield* backups(["diff", "reviewer", "2024"], { files })
      assert.deepStrictEqual([none.code, none.problem], [1, "there is no backup of reviewer from 2024"])
    })
  )

  it.effect("tells the same apart from a file that is gone", () =>
    Effect.gen(function* () {
      const same = yield* backups(["diff", "tester"], { files: { tester: "only\n" } })
      assert.deepInclude(same.data, { exists: true, same: true, diff: "" })
      const gone = yield* backups(["diff", "tester"])
      assert.deepInclude(gone.data, { exists: false, same: false })
      assert.include(gone.lines, "+++ /dev/null")
    })
  )
})

describe("an agent that is not named in crewkit backups", () => {
  it.effect("is picked from those that have backups, and then the backup", () =>
    Effect.gen(function* () {
      const { data } = yield* backups(["diff"], { answer: "reviewer", files: { reviewer: "x\n" } })
      // The first of each list: the newest.
      assert.deepNestedInclude(data, { "backup.name": "reviewer", "backup.time": day(19) })
      const one = yield* backups(["show"], { answer: "tester" })
      assert.deepNestedInclude(one.data, { name: "tester", time: day(15) })
    })
  )

  it.effect("is missing where nobody can be asked, or there is nothing to pick", () =>
    Effect.gen(function* () {
      for (const name of ["show", "diff", "restore"]) {
        const { code, next, problem } = yield* backups([name])
        assert.deepStrictEqual(
          [code, problem, next],
          [2, "Missing required argument: agent", `crewkit backups ${name} --help`]
        )
      }
    })
  )
})

describe("crewkit backups prune", () => {
  it.effect("deletes what the person agrees to, under the project's lock", () =>
    Effect.gen(function* () {
      const { code, data, left, locked, said } = yield* backups(["prune", "--keep", "1"], { answer: "yes" })
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(left, ["reviewer 19", "tester 15"])
      assert.strictEqual(locked, 1)
      assert.deepInclude(data, { done: true, bytes: 8 })
      // What will be lost, before the question.
      assert.deepStrictEqual(said, [`  reviewer  ${day(12)}  4 B`, `  reviewer  ${day(14)}  4 B`])
    })
  )

  it.effect("deletes nothing where the person says no, or with --dry-run", () =>
    Effect.gen(function* () {
      const refused = yield* backups(["prune", "--keep", "1"], { answer: "no" })
      assert.deepStrictEqual([refused.code, refused.left, refused.locked], [0, all, 0])
      assert.deepInclude(refused.data, { done: false })
      const dry = yield* backups(["prune", "--older-than", "7d", "--dry-run"])
      assert.deepStrictEqual([dry.code, dry.left], [0, all])
      assert.strictEqual(dry.lines.at(-1), "1 backup of 1 agent (4 B) would be deleted")
    })
  )

  it.effect("is refused where nobody can be asked", () =>
    Effect.gen(function* () {
      const { code, left, next, problem } = yield* backups(["prune", "--keep", "1"])
      assert.deepStrictEqual([code, left], [2, all])
      assert.strictEqual(problem, "nobody can be asked whether to delete 2 backups of 1 agent (8 B)")
      assert.strictEqual(next, "--yes, or --dry-run")
    })
  )

  it.effect("keeps the newest of an agent, however old, until it is told otherwise", () =>
    Effect.gen(function* () {
      const kept = yield* backups(["prune", "--older-than", "1h"], { answer: "yes" })
      assert.deepStrictEqual(kept.left, ["reviewer 19", "tester 15"])
      const none = yield* backups(["prune", "--older-than", "1h", "--include-newest"], { answer: "yes" })
      assert.deepStrictEqual(none.left, [])
      const zero = yield* backups(["prune", "--keep", "0"], { answer: "yes" })
      assert.deepStrictEqual([zero.code, zero.left], [2, all])
    })
  )

  it.effect("is about one agent where it is named", () =>
    Effect.gen(function* () {
      const { left } = yield* backups(["prune", "tester", "--keep", "0", "--include-newest"], { answer: "yes" })
      assert.deepStrictEqual(left, ["reviewer 19", "reviewer 14", "reviewer 12"])
    })
  )

  for (const args of [[], ["--older-than", "soon"], ["--keep", "-1"]]) {
    it.effect(`asks for a rule with ${JSON.stringify(args)}`, () =>
      Effect.gen(function* () {
        const { code, left } = yield* backups(["prune", ...args], { answer: "yes" })
        assert.deepStrictEqual([code, left], [2, all])
      })
    )
  }
})
