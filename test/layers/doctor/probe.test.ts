/** No check can hang, end or hide the others. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { failing, pass } from "../../../src/domain/doctor.ts"
import { ConfigMissing } from "../../../src/domain/errors.ts"
import { probe, type Probe, runProbes } from "../../../src/layers/doctor/probe.ts"
import { checkSeconds } from "../../../src/services/policies.ts"

const never: Probe<never> = { names: ["keychain", "login"], run: Effect.never, late: "fail" }

describe("probes", () => {
  it.effect("run at once, and one that takes too long is said to have timed out", () =>
    Effect.gen(function* () {
      const all = runProbes([never, probe("git", Effect.never, "warn"), probe("node", Effect.succeed(pass("24.1.0")))])
      const fiber = yield* Effect.forkChild(all)
      yield* TestClock.adjust(`${checkSeconds} seconds`)
      const checks = yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        checks.map(({ name, status }) => [name, status]),
        [
          ["keychain", "fail"],
          ["login", "skip"],
          ["git", "warn"],
          ["node", "pass"]
        ]
      )
      assert.strictEqual(checks[0]?.text, `timed out: no answer within ${checkSeconds} s`)
      assert.strictEqual(checks[1]?.text, "not looked at: see keychain")
    })
  )

  it.effect("that fail say so in the error's own words, with its next command", () =>
    Effect.gen(function* () {
      const checks = yield* runProbes([
        probe("config", Effect.fail(new ConfigMissing({ directory: "/p" }))),
        probe("disk", Effect.die(new Error("boom")))
      ])
      assert.deepStrictEqual(checks[0], {
        name: "config",
        ...failing("there is no .agent/config.yml in /p", { next: "crewkit init" })
      })
      assert.deepStrictEqual(checks[1], { name: "disk", ...failing("this check itself failed: boom") })
    })
  )

  it.effect("are ended with whoever asked", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(runProbes([never]))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(fiber)
      const exit = yield* Fiber.await(fiber)
      assert.strictEqual(exit._tag, "Failure")
    })
  )
})
