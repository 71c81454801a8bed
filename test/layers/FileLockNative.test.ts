import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Ref } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import * as FileLockNative from "../../src/layers/FileLockNative.ts"
import { FileLock } from "../../src/services/FileLock.ts"
import { lockWaitSeconds } from "../../src/services/policies.ts"
import * as ProjectConfigMemory from "../fakes/ProjectConfigMemory.ts"
import { Scratch } from "../fakes/Scratch.ts"

const TestLayer = FileLockNative.layer.pipe(Layer.provide(ProjectConfigMemory.layer), Layer.provideMerge(Scratch.layer))

const exclusive = <A, E, R>(work: Effect.Effect<A, E, R>) => FileLock.use((lock) => lock.exclusive(work))

/** Somebody who holds the lock until told to let go. */
const holder = Effect.gen(function* () {
  const entered = yield* Deferred.make<void>()
  const letGo = yield* Deferred.make<void>()
  const fiber = yield* Effect.forkChild(
    exclusive(Effect.andThen(Deferred.succeed(entered, undefined), Deferred.await(letGo)))
  )
  yield* Deferred.await(entered)
  return { fiber, letGo: Deferred.succeed(letGo, undefined) }
})

describe("the lock of a project", () => {
  it.effect("gives back what the work gives, and its failure", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* exclusive(Effect.succeed(5)), 5)
      assert.strictEqual(yield* Effect.flip(exclusive(Effect.fail("no"))), "no")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("lets a second one in only after the first is done", () =>
    Effect.gen(function* () {
      const first = yield* holder
      const inside = yield* Ref.make(false)
      const second = yield* Effect.forkChild(exclusive(Ref.set(inside, true)))
      yield* TestClock.adjust("1 second")
      assert.isFalse(yield* Ref.get(inside))
      yield* first.letGo
      yield* Fiber.join(first.fiber)
      assert.isFalse(yield* Ref.get(inside))
      yield* TestClock.adjust("25 millis")
      yield* Fiber.join(second)
      assert.isTrue(yield* Ref.get(inside))
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("never has two inside, however many want to", () =>
    Effect.gen(function* () {
      const inside = yield* Ref.make(0)
      const most = yield* Ref.make(0)
      const work = Effect.gen(function* () {
        const now = yield* Ref.updateAndGet(inside, (count) => count + 1)
        yield* Ref.update(most, (before) => Math.max(before, now))
        yield* Effect.sleep("10 millis")
        yield* Ref.update(inside, (count) => count - 1)
      })
      const all = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 5 }), () => exclusive(work), { concurrency: "unbounded", discard: true })
      )
      yield* Effect.raceFirst(Fiber.join(all), Effect.forever(TestClock.adjust("5 millis")))
      assert.strictEqual(yield* Ref.get(most), 1)
      assert.strictEqual(yield* Ref.get(inside), 0)
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("is not waited for longer than the policy says", () =>
    Effect.gen(function* () {
      const first = yield* holder
      const second = yield* Effect.forkChild(Effect.flip(exclusive(Effect.die("let in"))))
      yield* TestClock.adjust(`${lockWaitSeconds + 1} seconds`)
      const error = yield* Fiber.join(second)
      assert.strictEqual(error._tag, "Busy")
      assert.include(error.message, `${lockWaitSeconds} s`)
      yield* first.letGo
      yield* Fiber.join(first.fiber)
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("is free again after a failure, a defect and an interruption", () =>
    Effect.gen(function* () {
      yield* Effect.exit(exclusive(Effect.fail("no")))
      yield* Effect.exit(exclusive(Effect.die("no")))
      const first = yield* holder
      yield* Fiber.interrupt(first.fiber)
      assert.strictEqual(yield* exclusive(Effect.succeed("in")), "in")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("stands on a private file that is never deleted, so that its name always means the same file", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      yield* exclusive(Effect.void)
      const before = fs.statSync(scratch.path("project/.crewkit/writing.lock"))
      yield* exclusive(Effect.void)
      const after = fs.statSync(scratch.path("project/.crewkit/writing.lock"))
      assert.strictEqual(after.ino, before.ino)
      if (process.platform !== "win32") assert.strictEqual(after.mode & 0o777, 0o600)
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("is not taken where .crewkit leads out of the project or the file is a link", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      scratch.write("outside/file", "not ours")
      scratch.link(scratch.path("outside/file"), "project/.crewkit/writing.lock")
      const overLink = yield* Effect.flip(exclusive(Effect.die("let in")))
      assert.strictEqual(overLink._tag === "FileError" ? overLink.code : overLink._tag, "ELOOP")
      fs.rmSync(scratch.path("project/.crewkit"), { recursive: true })
      scratch.link(scratch.path("outside"), "project/.crewkit")
      assert.strictEqual((yield* Effect.flip(exclusive(Effect.die("let in"))))._tag, "UnsafePath")
      assert.deepStrictEqual(scratch.list("outside"), ["file"])
    }).pipe(Effect.provide(TestLayer))
  )
})
