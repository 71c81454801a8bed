import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import * as fs from "node:fs"
import { AgentName, Slug } from "../../src/domain/AgentName.ts"
import { type LockFile, lockText } from "../../src/domain/LockFile.ts"
import * as LockNode from "../../src/layers/LockNode.ts"
import { Lock } from "../../src/services/Lock.ts"
import * as ProjectConfigMemory from "../fakes/ProjectConfigMemory.ts"
import { Scratch } from "../fakes/Scratch.ts"

const TestLayer = LockNode.layer.pipe(Layer.provide(ProjectConfigMemory.layer), Layer.provideMerge(Scratch.layer))

const file = "project/.agent/agents.lock"

const lock = (version: string): LockFile => ({
  lockVersion: 1,
  org: Slug.make("acme"),
  project: Slug.make("web-shop"),
  agents: {
    [AgentName.make("code-reviewer")]: { version, tiers: ["base"], sha256: { [Slug.make("junior")]: "a".repeat(64) } }
  }
})

const prepared = Effect.map(Scratch, (scratch) => {
  fs.mkdirSync(scratch.path("project/.agent"), { recursive: true })
  return scratch
})

describe("the lock file", () => {
  it.effect("is none where there is no file, and its fingerprint is empty", () =>
    Effect.gen(function* () {
      yield* prepared
      const service = yield* Lock
      assert.deepStrictEqual(yield* service.read, Option.none())
      assert.strictEqual(yield* service.fingerprint, "")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("reads back as it was written, and leaves nothing else in the folder", () =>
    Effect.gen(function* () {
      const scratch = yield* prepared
      const service = yield* Lock
      yield* service.write(lock("1"))
      assert.strictEqual(scratch.read(file), lockText(lock("1")))
      assert.deepStrictEqual(yield* service.read, Option.some(lock("1")))
      assert.deepStrictEqual(scratch.list("project/.agent"), ["agents.lock"])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("has another fingerprint once it is written again, by us or by anybody", () =>
    Effect.gen(function* () {
      const scratch = yield* prepared
      const service = yield* Lock
      const first = yield* service.write(lock("1"))
      assert.strictEqual(yield* service.fingerprint, first)
      const second = yield* service.write(lock("2"))
      assert.notStrictEqual(second, first)
      assert.strictEqual(yield* service.fingerprint, second)
      scratch.write(file, `${lockText(lock("2"))}\n`)
      assert.notStrictEqual(yield* service.fingerprint, second)
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("with the marks of a merge is refused, and the marks are named", () =>
    Effect.gen(function* () {
      const scratch = yield* prepared
      const conflict = lockText(lock("1")).replace(
        /^.*"version".*$/m,
        '<<<<<<< HEAD\n      "version": "1",\n=======\n      "version": "2",\n>>>>>>> theirs'
      )
      scratch.write(file, conflict)
      const error = yield* Effect.flip(Lock.use((service) => service.read))
      assert.strictEqual(error._tag, "LockInvalid")
      assert.strictEqual(error.message, ".agent/agents.lock cannot be read: it has conflict marks of a git merge")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("of a later version is not said to be broken, and nobody is told to delete it", () =>
    Effect.gen(function* () {
      const scratch = yield* prepared
      scratch.write(file, lockText(lock("1")).replace('"lockVersion": 1', '"lockVersion": 2'))
      const error = yield* Effect.flip(Lock.use((service) => service.read))
      if (error._tag !== "LockInvalid") return assert.fail(error._tag)
      assert.match(error.message, /a later crewkit wrote it, in lock version 2$/)
      assert.strictEqual(error.next, "crewkit update")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("that is no JSON, cut off or not a lock is refused in one line", () =>
    Effect.gen(function* () {
      const scratch = yield* prepared
      for (const text of ["", "null", "{", lockText(lock("1")).slice(0, -40), '{"lockVersion": 2}', "\u0000"]) {
        scratch.write(file, text)
        const error = yield* Effect.flip(Lock.use((service) => service.read))
        assert.strictEqual(error._tag, "LockInvalid", text)
        assert.notInclude(error.message, "\n")
      }
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("is not written through a link, not even one that stays inside the project", () =>
    Effect.gen(function* () {
      const scratch = yield* prepared
      scratch.write("project/package.json", "not ours")
      scratch.link("../package.json", file)
      const error = yield* Effect.flip(Lock.use((service) => service.write(lock("1"))))
      assert.strictEqual(error._tag, "UnsafePath")
      assert.strictEqual(scratch.read("project/package.json"), "not ours")
      assert.isTrue(fs.lstatSync(scratch.path(file)).isSymbolicLink())
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("is not written out of the project", () =>
    Effect.gen(function* () {
      const scratch = yield* prepared
      scratch.write("outside/file", "not ours")
      scratch.link(scratch.path("outside/file"), file)
      const error = yield* Effect.flip(Lock.use((service) => service.write(lock("1"))))
      assert.strictEqual(error._tag, "UnsafePath")
      fs.rmSync(scratch.path("project/.agent"), { recursive: true })
      scratch.link(scratch.path("outside"), "project/.agent")
      const second = yield* Effect.flip(Lock.use((service) => service.write(lock("1"))))
      assert.strictEqual(second._tag, "UnsafePath")
      assert.deepStrictEqual(scratch.list("outside"), ["file"])
      assert.strictEqual(scratch.read("outside/file"), "not ours")
    }).pipe(Effect.provide(TestLayer))
  )
})
