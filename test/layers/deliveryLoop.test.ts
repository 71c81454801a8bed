import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import { tellNowAndThen, type Turn } from "../../src/layers/deliveryLoop.ts"

interface Down {
  readonly passing: boolean
  readonly seconds: number
}

/** Plays these turns, the last one for ever, and tells the seconds at which each began. */
const playing = Effect.fnUntraced(function* (
  script: ReadonlyArray<Turn | Down | "hang">,
  options: { readonly isVain?: () => boolean } = {}
) {
  const at: Array<number> = []
  const turn = Effect.gen(function* () {
    const next = script[Math.min(at.length, script.length - 1)] ?? "done"
    at.push((yield* Clock.currentTimeMillis) / 1000)
    if (next === "hang") return yield* Effect.never
    return typeof next === "string" ? next : yield* Effect.fail(next)
  })
  const scope = yield* Scope.make()
  const { last } = yield* Scope.provide(
    tellNowAndThen({
      turn,
      isPassing: ({ passing }) => passing,
      pause: ({ seconds }) => seconds,
      isVain: options.isVain ?? (() => false)
    }),
    scope
  )
  return { at, last, scope }
})

const down = (seconds = 0): Down => ({ passing: true, seconds })
const refused: Down = { passing: false, seconds: 0 }

describe("telling the registry now and then", () => {
  it.effect("begins after 2 s, goes on every 15 s, and sooner where it was not all", () =>
    Effect.gen(function* () {
      const { at } = yield* playing(["done", "done", "more", "more", "done"])
      yield* TestClock.adjust("60 seconds")
      assert.deepStrictEqual(at, [2, 17, 32, 34, 36, 51])
    })
  )

  it.effect("asks ever more rarely while the registry cannot be had, no less than every ten minutes or so", () =>
    Effect.gen(function* () {
      const { at } = yield* playing([down()])
      yield* TestClock.adjust("2 hours")
      const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0))
      for (const [index, pause] of pauses.entries()) {
        const planned = Math.min(15 * 2 ** index, 600)
        assert.isAtLeast(pause, planned * 0.8 - 0.01)
        assert.isAtMost(pause, planned * 1.2 + 0.01)
      }
      assert.isAbove(pauses.length, 12)
    })
  )

  it.effect("counts anew once it was let in", () =>
    Effect.gen(function* () {
      const { at } = yield* playing([down(), down(), down(), "done", down(), "done"])
      yield* TestClock.adjust("10 minutes")
      const again = (at[5] ?? 0) - (at[4] ?? 0)
      assert.isAtMost(again, 18)
    })
  )

  it.effect("leaves the registry alone for as long as it asks", () =>
    Effect.gen(function* () {
      const { at } = yield* playing([down(300), "done"])
      yield* TestClock.adjust("301 seconds")
      assert.lengthOf(at, 1)
      yield* TestClock.adjust("20 seconds")
      assert.lengthOf(at, 2)
    })
  )

  it.effect("stops at what no waiting mends", () =>
    Effect.gen(function* () {
      const { at } = yield* playing([refused])
      yield* TestClock.adjust("1 hour")
      assert.lengthOf(at, 1)
    })
  )

  it.effect("has one more turn at the end, and all that it needs of them, and none after that", () =>
    Effect.gen(function* () {
      const { at, last } = yield* playing(["done", "more", "more", "done"])
      yield* TestClock.adjust("3 seconds")
      yield* last
      assert.deepStrictEqual(at, [2, 3, 3, 3])
      yield* TestClock.adjust("1 hour")
      assert.lengthOf(at, 4)
    })
  )

  it.effect("waits at the end for another deliverer, 2 s at most", () =>
    Effect.gen(function* () {
      const { at, last } = yield* playing(["busy", "busy", "done"])
      const fiber = yield* Effect.forkChild(last)
      yield* TestClock.adjust("100 millis")
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(fiber)))
      assert.lengthOf(at, 3)
    })
  )

  for (const [name, turns] of [
    ["a turn that has begun", ["hang"]],
    ["its last turn", ["done", "hang"]]
  ] as const) {
    it.effect(`gives ${name} 2 s at the end`, () =>
      Effect.gen(function* () {
        const { last } = yield* playing(turns)
        yield* TestClock.adjust("2 seconds")
        const fiber = yield* Effect.forkChild(last)
        yield* TestClock.adjust("1999 millis")
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        assert.isDefined(fiber.pollUnsafe())
      })
    )
  }

  it.effect("does not wait at the end where the registry could not be had", () =>
    Effect.gen(function* () {
      const { at, last } = yield* playing([down()], { isVain: () => true })
      yield* TestClock.adjust("2 seconds")
      yield* last
      assert.lengthOf(at, 1)
    })
  )

  it.effect("is over with its scope", () =>
    Effect.gen(function* () {
      const { at, scope } = yield* playing(["done"])
      yield* TestClock.adjust("2 seconds")
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust("1 hour")
      assert.lengthOf(at, 1)
    })
  )
})
