/** A time limit over real processes: one that ends when asked, one that does not, and what they started. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { runInherited } from "../../src/layers/inheritedChild.ts"
import { Scratch } from "../fakes/Scratch.ts"
import { hasEnded } from "../support/ended.ts"

/** Milliseconds: long enough for a shell to have read its few lines. */
const limit = 1000

/** Runs a shell script in the scratch folder. */
const shell = (script: string, grace = 20_000) =>
  Effect.flatMap(Scratch, ({ root }) => runInherited("/bin/sh", ["-c", script], { cwd: root, limit, grace }))

/** Whether the process whose number the script has written there is gone. */
const isGone = (file: string) =>
  Effect.map(Scratch, ({ read }) => {
    const pid = Number(read(file))
    assert.isAbove(pid, 1)
    return hasEnded(pid)
  })

describe.skipIf(process.platform === "win32")("a program with a time limit", () => {
  it.live("ends by itself in time, with its own code", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* shell("exit 3"), { code: 3, timedOut: false })
      const signalled = yield* shell("kill -TERM $$")
      assert.deepStrictEqual(signalled, { code: 143, timedOut: false })
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.live("is asked to end when its time is up, and may tidy up", () =>
    Effect.gen(function* () {
      const ended = yield* shell("trap 'echo tidy > left; exit 0' TERM; while :; do sleep 0.1; done")
      assert.deepStrictEqual(ended, { code: 0, timedOut: true })
      assert.strictEqual((yield* Scratch).read("left"), "tidy\n")
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.live("is killed where it will not", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* shell("trap '' TERM; exec sleep 300", 200), { code: 137, timedOut: true })
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.live("takes with it what it started, in a group of its own or orphaned", () =>
    Effect.gen(function* () {
      const ended = yield* shell(
        `
        sleep 300 & echo $! > plain
        setsid sleep 300 & echo $! > session
        (trap '' TERM; sleep 300 & echo $! > orphan; wait) & echo $! > stubborn
        exec sleep 300`,
        500
      )
      assert.deepStrictEqual(ended, { code: 143, timedOut: true })
      for (const file of ["plain", "session", "orphan", "stubborn"]) assert.isTrue(yield* isGone(file), file)
    }).pipe(Effect.provide(Scratch.layer))
  )
})
