/** What the commands of telemetry say about consent. */
import { Schema } from "effect"
import { allows, type Consent, sendsUnattended, Veto } from "../domain/consent.ts"
import { faint, good, type Line, warn } from "../domain/text.ts"

export const TelemetryStatus = Schema.Struct({
  /** What the person decided; undecided is as good as disabled. */
  crashReports: Schema.Literals(["enabled", "disabled", "undecided"]),
  /** The environment variable that forbids reports whatever was decided. */
  forbiddenBy: Schema.NullOr(Veto),
  /** Whether a crash without a terminal would be reported too. */
  withoutTerminal: Schema.Boolean,
  /** Where reports go; null where this build has nowhere to send them. */
  destination: Schema.NullOr(Schema.String),
  file: Schema.String
})
export type TelemetryStatus = typeof TelemetryStatus.Type

export const statusOf = (consent: Consent, destination: string | undefined, file: string): TelemetryStatus => ({
  crashReports: consent.file.crashReports ?? "undecided",
  forbiddenBy: consent.veto ?? null,
  withoutTerminal: sendsUnattended(consent) && destination !== undefined,
  destination: destination ?? null,
  file
})

const nowhere: Line = [warn("This build has nowhere to send reports to: "), "whatever is enabled, nothing is sent."]

export const statusLines = (consent: Consent, status: TelemetryStatus): ReadonlyArray<Line> => {
  const decided = status.crashReports
  const head: Line =
    decided === "enabled" ? [good("crash reports enabled")] : [`crash reports ${decided}, so nothing is sent`]
  const veto: ReadonlyArray<Line> =
    status.forbiddenBy === null ? [] : [[`${status.forbiddenBy} is set: nothing is sent, whatever was enabled`]]
  const place: Line =
    status.destination === null ? nowhere : ["  to      ", status.destination, faint("  (Sentry's protocol)")]
  const how: ReadonlyArray<Line> =
    !allows(consent) || status.destination === null
      ? []
      : status.withoutTerminal
        ? [["  where   at a terminal you are asked until you answer always; elsewhere it is sent"]]
        : [
            ["  where   at a terminal, and you are asked each time; elsewhere nothing is sent"],
            ["  next    crewkit telemetry preview, then crewkit telemetry enable, to have it sent elsewhere too"]
          ]
  const next: ReadonlyArray<Line> = decided === "enabled" ? [] : [["  see     crewkit telemetry preview"]]
  return [head, ...veto, place, ["  kept in ", status.file], ...how, ...next]
}
