import { Effect, Schema } from "effect"
import { previewed } from "../domain/consent.ts"
import { CrashEvent, shownEvent } from "../domain/crashEvent.ts"
import { faint, type Line, linesOf, strong } from "../domain/text.ts"
import { Consent } from "../services/Consent.ts"
import { CrashReports } from "../services/CrashReports.ts"
import { Output } from "../services/Output.ts"

const TelemetryPreview = Schema.Struct({
  destination: Schema.NullOr(Schema.String),
  event: CrashEvent,
  /** The event as it would go over the wire, with the two lines that Sentry's protocol puts in front. */
  envelope: Schema.String
})

export const data = TelemetryPreview

export const run = Effect.fn("telemetry preview")(function* () {
  const output = yield* Output
  const consent = yield* Consent
  const reports = yield* CrashReports
  const event = yield* reports.eventOf(new TypeError("a crash that did not happen"), "preview")
  const destination = reports.destination ?? null
  const where = destination ?? "nowhere: this build has no receiver"
  const lines: ReadonlyArray<Line> = [
    [strong("A crash of this command would be reported as this, and nothing else:")],
    ...linesOf(shownEvent(event)),
    [faint(`It would go to ${where}. Nothing was sent. Every field is explained in docs/telemetry.md.`)]
  ]
  yield* Effect.catchTag(consent.change(previewed), "FileError", (error) =>
    output.warn(`${error.message}; so enabling will not count for where nobody can be asked`)
  )
  yield* output.result(TelemetryPreview, { destination, event, envelope: reports.envelopeOf(event) }, lines)
})
