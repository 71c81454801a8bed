import { Effect } from "effect"
import { Consent } from "../services/Consent.ts"
import { CrashReports } from "../services/CrashReports.ts"
import { Output } from "../services/Output.ts"
import { statusLines, statusOf, TelemetryStatus } from "./telemetryShown.ts"

export const data = TelemetryStatus

export const run = Effect.fn("telemetry status")(function* () {
  const consent = yield* Consent
  const state = yield* consent.state
  const status = statusOf(state, (yield* CrashReports).destination, consent.place)
  yield* (yield* Output).result(TelemetryStatus, status, statusLines(state, status))
})
