import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { AgentName } from "../../src/domain/AgentName.ts"
import * as AgentFilesNode from "../../src/layers/AgentFilesNode.ts"
import * as BackupsNode from "../../src/layers/BackupsNode.ts"
import { Backups } from "../../src/services/Backups.ts"
import * as ProjectConfigMemory from "../fakes/ProjectConfigMemory.ts"
import { Scratch } from "../fakes/Scratch.ts"

const TestLayer = BackupsNode.layer.pipe(
  Layer.provide(AgentFilesNode.layer),
  Layer.provide(ProjectConfigMemory.layer),
  Layer.provideMerge(Scratch.layer)
)

const reviewer = AgentName.make("code-reviewer")
const writer = AgentName.make("test-writer")

const agentFile = (name: AgentName): string => `project/.claude/agents/${name}.md`
const backupFolder = (name: AgentName): string => `project/.claude/.backups/${name}`

const october = Date.UTC(2025, 9, 11, 14, 30, 22, 123)

const keep = (...names: ReadonlyArray<AgentName>) => Backups.use((backups) => backups.keep(names))
const times = (name?: AgentName) =>
  Effect.map(
    Backups.use((backups) => backups.list(name)),
    (all) => all.map((backup) => `${backup.name} ${backup.time}`)
  )

describe("keeping a backup", () => {
  it.effect("copies the file byte for byte, under the time in UTC", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      yield* TestClock.setTime(october)
      const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0xff, 0x00, 0x0d, 0x0a])
      scratch.write(agentFile(reviewer), bytes)
      const kept = yield* keep(reviewer)
      assert.deepStrictEqual(
        kept,
        new Map([
          [
            reviewer,
            {
              name: reviewer,
              time: "2025-10-11T14-30-22-123Z",
              path: ".claude/.backups/code-reviewer/2025-10-11T14-30-22-123Z.md",
              size: 7,
              sha256: createHash("sha256").update(bytes).digest("hex")
            }
          ]
        ])
      )
      const copy = `${backupFolder(reviewer)}/2025-10-11T14-30-22-123Z.md`
      assert.deepStrictEqual([...scratch.bytes(copy)], [...bytes])
      assert.deepStrictEqual([...scratch.bytes(agentFile(reviewer))], [...bytes])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("never writes over another backup: two in one millisecond are two", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      yield* TestClock.setTime(october)
      for (const content of ["one", "two", "three"]) {
        scratch.write(agentFile(reviewer), content)
        yield* keep(reviewer)
      }
      const names = scratch.list(backupFolder(reviewer))
      assert.deepStrictEqual(names, [
        "2025-10-11T14-30-22-123Z.md",
        "2025-10-11T14-30-22-124Z.md",
        "2025-10-11T14-30-22-125Z.md"
      ])
      assert.deepStrictEqual(
        names.map((name) => scratch.read(`${backupFolder(reviewer)}/${name}`)),
        ["one", "two", "three"]
      )
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("of nothing writes nothing", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      assert.deepStrictEqual(yield* keep(), new Map())
      assert.isFalse(scratch.exists("project/.claude"))
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("of a file that is not there fails", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(keep(reviewer))
      assert.strictEqual(error._tag === "FileError" ? error.code : error._tag, "ENOENT")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("is refused where the folder leads out of the project, and where the agent's file is a link", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      scratch.write(agentFile(reviewer), "x")
      scratch.write("outside/secret.md", "not ours")
      scratch.link(scratch.path("outside"), backupFolder(reviewer))
      assert.strictEqual((yield* Effect.flip(keep(reviewer)))._tag, "UnsafePath")
      scratch.link(scratch.path("outside/secret.md"), agentFile(writer))
      assert.strictEqual((yield* Effect.flip(keep(writer)))._tag, "UnsafePath")
      fs.rmSync(scratch.path("project/.claude/.backups"), { recursive: true })
      scratch.link(scratch.path("outside"), "project/.claude/.backups")
      assert.strictEqual((yield* Effect.flip(keep(reviewer)))._tag, "UnsafePath")
      assert.deepStrictEqual(scratch.list("outside"), ["secret.md"])
    }).pipe(Effect.provide(TestLayer))
  )
})

const threeBackups = Effect.gen(function* () {
  const scratch = yield* Scratch
  yield* TestClock.setTime(october)
  scratch.write(agentFile(reviewer), "first")
  scratch.write(agentFile(writer), "of the writer")
  yield* keep(reviewer)
  yield* TestClock.adjust("1 second")
  yield* keep(writer)
  yield* TestClock.adjust("1 day")
  scratch.write(agentFile(reviewer), "second")
  yield* keep(reviewer)
  return scratch
})

describe("the list of backups", () => {
  it.effect("is empty where there are none", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* times(), [])
      assert.deepStrictEqual(yield* times(reviewer), [])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("is newest first, of one agent or of all", () =>
    Effect.gen(function* () {
      yield* threeBackups
      assert.deepStrictEqual(yield* times(), [
        "code-reviewer 2025-10-12T14-30-23-123Z",
        "test-writer 2025-10-11T14-30-23-123Z",
        "code-reviewer 2025-10-11T14-30-22-123Z"
      ])
      assert.deepStrictEqual(yield* times(reviewer), [
        "code-reviewer 2025-10-12T14-30-23-123Z",
        "code-reviewer 2025-10-11T14-30-22-123Z"
      ])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("leaves out whatever is not named and formed like a backup", () =>
    Effect.gen(function* () {
      const scratch = yield* threeBackups
      const before = yield* times()
      scratch.write(`${backupFolder(reviewer)}/notes.md`, "x")
      scratch.write(`${backupFolder(reviewer)}/2025-10-11T14-30-22-123Z.txt`, "x")
      scratch.write(`${backupFolder(reviewer)}/2025-10-11T14-30-22-999Z.md/x`, "x")
      scratch.link(scratch.path(agentFile(writer)), `${backupFolder(reviewer)}/2025-10-11T14-30-22-777Z.md`)
      scratch.write("project/.claude/.backups/Not An Agent/2025-10-11T14-30-22-123Z.md", "x")
      assert.deepStrictEqual(yield* times(), before)
    }).pipe(Effect.provide(TestLayer))
  )
})

describe("finding a backup", () => {
  const found = (name: AgentName, time: string | undefined) =>
    Effect.map(
      Backups.use((backups) => backups.find(name, time)),
      ({ content }) => new TextDecoder().decode(content)
    )

  it.effect("gives the newest where no time is said", () =>
    Effect.gen(function* () {
      yield* threeBackups
      assert.strictEqual(yield* found(reviewer, undefined), "second")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("goes by the beginning of a time; of several the newest", () =>
    Effect.gen(function* () {
      yield* threeBackups
      assert.strictEqual(yield* found(reviewer, "2025-10-11"), "first")
      assert.strictEqual(yield* found(reviewer, "2025-10-11T14-30-22-123Z"), "first")
      assert.strictEqual(yield* found(reviewer, "2025-10"), "second")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("fails where there is none of that agent or of that time", () =>
    Effect.gen(function* () {
      yield* threeBackups
      for (const [name, time] of [
        [AgentName.make("nobody"), undefined],
        [reviewer, "2024"],
        [writer, "2025-10-12"],
        [reviewer, "../../agents/code-reviewer"]
      ] as const) {
        const error = yield* Effect.flip(found(name, time))
        assert.strictEqual(error._tag, "BackupUnknown")
      }
    }).pipe(Effect.provide(TestLayer))
  )
})

describe("deleting backups", () => {
  it.effect("leaves the others, and no empty folder", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      const { list, remove } = yield* Backups
      for (const day of [11, 12, 13]) scratch.write(`${backupFolder(reviewer)}/2025-10-${day}T14-30-22-123Z.md`, "x")
      scratch.write(`${backupFolder(writer)}/2025-10-11T14-30-22-123Z.md`, "x")
      const all = yield* list(undefined)
      yield* remove(all.filter(({ time }) => time.startsWith("2025-10-11")))
      assert.deepStrictEqual(yield* times(), [
        `${reviewer} 2025-10-13T14-30-22-123Z`,
        `${reviewer} 2025-10-12T14-30-22-123Z`
      ])
      assert.isFalse(scratch.exists(backupFolder(writer)))
      // Somebody else was faster.
      yield* remove(all)
      assert.deepStrictEqual(yield* times(), [])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("goes in order, so that one that cannot be deleted leaves all that come after it", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      const { list, remove } = yield* Backups
      for (const day of [11, 12, 13]) scratch.write(`${backupFolder(reviewer)}/2025-10-${day}T14-30-22-123Z.md`, "x")
      const [newest, middle, oldest] = yield* list(reviewer)
      if (newest === undefined || middle === undefined || oldest === undefined) return assert.fail("three were written")
      fs.rmSync(scratch.path("project", middle.path))
      scratch.write(`project/${middle.path}/in-the-way`, "x")
      const error = yield* Effect.flip(remove([oldest, middle, newest]))
      assert.strictEqual(error._tag, "FileError")
      assert.deepStrictEqual(yield* times(), [`${reviewer} ${newest.time}`])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("follows no folder out of the project", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      scratch.write("outside/2025-10-11T14-30-22-123Z.md", "x")
      scratch.link(scratch.path("outside"), backupFolder(reviewer))
      const gone = { name: reviewer, time: "2025-10-11T14-30-22-123Z", path: "", size: 1 }
      const error = yield* Effect.flip(Backups.use((backups) => backups.remove([gone])))
      assert.strictEqual(error._tag, "UnsafePath")
      assert.isTrue(scratch.exists("outside/2025-10-11T14-30-22-123Z.md"))
    }).pipe(Effect.provide(TestLayer))
  )
})
