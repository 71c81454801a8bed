import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { layer } from "../../src/layers/CrashReportsSentry.ts"
import { dsnFor } from "../../src/layers/reportDestination.ts"
import { CrashReports } from "../../src/services/CrashReports.ts"
import { environment } from "../fakes/environment.ts"
import { startReceiver } from "../support/sentryReceiver.ts"

const receiving = Effect.gen(function* () {
  const receiver = yield* Effect.acquireDisposable(Effect.promise(startReceiver))
  yield* environment({ CREWKIT_SENTRY_DSN: receiver.dsn, HTTPS_PROXY: undefined })
  return receiver
})

const reports = Effect.suspend(() =>
  CrashReports.use(Effect.succeed).pipe(Effect.provide(layer({ args: ["sync"], folder: "/nowhere" })))
)

describe("where reports go", () => {
  it("is what the release was built with, over https, or a receiver on this machine", () => {
    const built = "https://key@reports.example/1"
    assert.strictEqual(dsnFor(built, undefined), built)
    assert.strictEqual(dsnFor(built, "http://key@127.0.0.1:9/1"), "http://key@127.0.0.1:9/1")
    for (const elsewhere of ["https://key@other.example/1", "http://127.0.0.1.other.example/1", "nonsense", ""]) {
      assert.strictEqual(dsnFor(built, elsewhere), built)
      assert.isUndefined(dsnFor("", elsewhere))
    }
    assert.isUndefined(dsnFor("http://key@reports.example/1", undefined))
  })
})

describe("sending a report", () => {
  it.live("brings the receiver the very text that a preview shows, but for the time of sending", () =>
    Effect.gen(function* () {
      const receiver = yield* receiving
      const { destination, envelopeOf, eventOf, send } = yield* reports
      assert.strictEqual(destination, receiver.origin)
      const event = yield* eventOf(new TypeError("private"), "defect")
      const before = JSON.stringify(event)
      assert.isTrue(yield* send(event))
      assert.strictEqual(JSON.stringify(event), before)
      const [envelope] = receiver.envelopes
      assert.strictEqual(receiver.envelopes.length, 1)
      const withoutTime = (text = "") => text.replace(/"sent_at":"[^"]*"/, "")
      assert.strictEqual(withoutTime(envelope?.text), withoutTime(envelopeOf(event)))
      assert.deepStrictEqual(envelope?.event, JSON.parse(before))
      assert.deepStrictEqual(Object.keys(envelope?.headers ?? {}).sort(), [
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "host"
      ])
    }).pipe(Effect.scoped)
  )

  it.effect("is given up after two seconds, and the connection with it", () =>
    Effect.gen(function* () {
      const receiver = yield* receiving
      receiver.frozen = true
      const { eventOf, send } = yield* reports
      const sending = yield* Effect.forkChild(send(yield* eventOf("private", "defect")))
      yield* TestClock.adjust("1999 millis")
      assert.isUndefined(sending.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.isDefined(sending.pollUnsafe())
      assert.isFalse(yield* Fiber.join(sending))
    }).pipe(Effect.scoped)
  )

  it.live("fails without a word where nobody listens", () =>
    Effect.gen(function* () {
      yield* environment({ CREWKIT_SENTRY_DSN: "http://key@127.0.0.1:1/1" })
      const { eventOf, send } = yield* reports
      assert.isFalse(yield* send(yield* eventOf("private", "defect")))
    }).pipe(Effect.scoped)
  )

  it.live("goes nowhere where the build names no receiver", () =>
    Effect.gen(function* () {
      yield* environment({ CREWKIT_SENTRY_DSN: undefined })
      const { destination, eventOf, send } = yield* reports
      assert.isUndefined(destination)
      assert.isFalse(yield* send(yield* eventOf("private", "defect")))
    }).pipe(Effect.scoped)
  )
})
