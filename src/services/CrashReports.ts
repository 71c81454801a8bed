import { Context, type Effect } from "effect"
import type { CrashEvent, Mechanism } from "../domain/crashEvent.ts"

/** Reports of crashes, for the people who make crewkit. Whether one may go out is not decided here but by `Consent`. */
export class CrashReports extends Context.Service<
  CrashReports,
  {
    /** Origin of the server that gets reports; undefined where this build names none. */
    readonly destination: string | undefined
    /** The event of this error in this call, whole. */
    readonly eventOf: (error: unknown, mechanism: Mechanism) => Effect.Effect<CrashEvent>
    /** The text that would go over the wire for this event. */
    readonly envelopeOf: (event: CrashEvent) => string
    /** Sends it once, within two seconds or not at all; whether the server took it. Keeps nothing. */
    readonly send: (event: CrashEvent) => Effect.Effect<boolean>
  }
>()("@crewkit/cli/services/CrashReports") {}
