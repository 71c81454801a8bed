import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import { answeredAlways, type ConsentFile, enabled, previewed, type Veto } from "../../src/domain/consent.ts"
import { shownEvent } from "../../src/domain/crashEvent.ts"
import { handleCrash } from "../../src/layers/crashHandling.ts"
import { CrashReports } from "../../src/services/CrashReports.ts"
import * as ConsentMemory from "../fakes/ConsentMemory.ts"
import * as CrashReportsMemory from "../fakes/CrashReportsMemory.ts"
import * as PrompterScripted from "../../src/testing/PrompterScripted.ts"

interface Case {
  readonly file: ConsentFile
  readonly veto?: Veto
  /** Of the person at the terminal; none where there is none. */
  readonly answer?: string
  readonly destination?: string | undefined
}

/** Crashes once; tells how often the sender was loaded, what was shown and sent, and what is kept. */
const crashOnce = ({ answer, destination = "https://reports.example", file, veto }: Case, nowhere = false) =>
  Effect.gen(function* () {
    const loaded = yield* Ref.make(0)
    const shown = yield* Ref.make("")
    const reports = yield* CrashReports
    yield* handleCrash(
      { error: new TypeError("private"), mechanism: "defect", attended: answer !== undefined },
      Effect.as(
        Ref.update(loaded, (count) => count + 1),
        reports
      ),
      (text) => Ref.update(shown, (all) => all + text)
    )
    return {
      loaded: yield* Ref.get(loaded),
      shown: yield* Ref.get(shown),
      sent: yield* Ref.get(yield* CrashReportsMemory.Sent),
      kept: yield* Ref.get(yield* ConsentMemory.Kept)
    }
  }).pipe(
    Effect.provide(
      Layer.mergeAll(
        ConsentMemory.layer(file, veto),
        CrashReportsMemory.layer(nowhere ? undefined : destination),
        PrompterScripted.layer(answer)
      )
    )
  )

const seen = enabled(previewed({}))

describe("a crash", () => {
  it.effect("loads nothing and says nothing without consent, or against the environment", () =>
    Effect.gen(function* () {
      for (const one of [
        { file: {} },
        { file: {}, answer: "yes" },
        { file: previewed({}), answer: "always" },
        { file: answeredAlways(seen), veto: "DO_NOT_TRACK" as const, answer: "yes" },
        { file: seen, veto: "CREWKIT_NO_TELEMETRY" as const },
        { file: enabled({}) }
      ]) {
        const { loaded, sent, shown } = yield* crashOnce(one)
        assert.deepStrictEqual([loaded, shown, sent.length], [0, "", 0])
      }
    })
  )

  it.effect("is shown whole before it is sent, and only yes and always send it", () =>
    Effect.gen(function* () {
      for (const [answer, count] of [
        ["yes", 1],
        ["Y", 1],
        ["always", 1],
        ["no", 0],
        ["", 0],
        ["yess", 0]
      ] as const) {
        const { kept, sent, shown } = yield* crashOnce({ file: enabled({}), answer })
        assert.strictEqual(sent.length, count, answer)
        assert.include(shown, "https://reports.example")
        for (const event of sent) assert.include(shown, shownEvent(event))
        assert.strictEqual(kept.always !== undefined, answer === "always")
      }
    })
  )

  it.effect("is sent without a word after always, and where nobody is there but the preview was seen", () =>
    Effect.gen(function* () {
      for (const one of [{ file: answeredAlways(enabled({})), answer: "no" }, { file: seen }]) {
        const { sent, shown } = yield* crashOnce(one)
        assert.deepStrictEqual([sent.length, shown], [1, ""])
      }
    })
  )

  it.effect("is not even shown where there is nowhere to send it to", () =>
    Effect.gen(function* () {
      const { sent, shown } = yield* crashOnce({ file: seen, answer: "yes" }, true)
      assert.deepStrictEqual([sent.length, shown], [0, ""])
    })
  )
})
