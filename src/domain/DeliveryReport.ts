/** What came of telling the registry, and what is still to be told. */
import { Runtime, Schema } from "effect"
import { ExitCode } from "./ExitCode.ts"
import { Parked } from "./outbox.ts"
import { counted } from "./text.ts"

export const DeliveryReport = Schema.Struct({
  /** Origin; null for a folder, which has no sessions. */
  registry: Schema.NullOr(Schema.String),
  /** Told by this call. */
  sessions: Schema.Int,
  modifications: Schema.Int,
  ends: Schema.Int,
  /** Events that the registry has not been asked to take yet, or could not. */
  waiting: Schema.Int,
  /** Sessions that were recorded for another registry or another login, and wait for that. */
  elsewhere: Schema.Int,
  /** Events that the registry refused, or that cannot be told; all of them, from earlier calls too. */
  parked: Schema.Int,
  /** Of those, as many as are kept one by one. */
  refusals: Schema.Array(Schema.Struct({ session: Schema.String, ...Parked.fields })),
  /** Why nothing is sent, where that is so. */
  idle: Schema.optionalKey(Schema.Literals(["folder", "capture-none", "takes-none"]))
})
export type DeliveryReport = typeof DeliveryReport.Type

export const nothingDelivered = (registry: string | null): DeliveryReport => ({
  registry,
  sessions: 0,
  modifications: 0,
  ends: 0,
  waiting: 0,
  elsewhere: 0,
  parked: 0,
  refusals: []
})

/** The registry answered with something other than success. Seen inside of the delivery alone. */
export class SendRefused extends Schema.TaggedError<SendRefused>()("SendRefused", {
  status: Schema.Int,
  reason: Schema.String,
  /** `Retry-After`. */
  seconds: Schema.optionalKey(Schema.Finite)
}) {
  override get message() {
    return `it answered ${this.status}: ${this.reason}`
  }
}

/** The registry could not be had, or could not say: what waits goes on waiting. */
export class DeliveryStopped extends Schema.TaggedError<DeliveryStopped>()("DeliveryStopped", {
  reason: Schema.String,
  report: DeliveryReport,
  /** Seconds that the registry asks to be left alone. */
  seconds: Schema.optionalKey(Schema.Finite)
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.unreachable
  override get message() {
    return `${counted(this.report.waiting, "event")} ${this.report.waiting === 1 ? "waits" : "wait"} for ${this.report.registry}: ${this.reason}`
  }
  get next() {
    return this.seconds === undefined
      ? "crewkit sessions push, once it can be reached; nothing is lost"
      : `crewkit sessions push, in ${this.seconds} s; nothing is lost`
  }
  get details() {
    return this.report
  }
}

/** All that could be told is told; some of it the registry does not take. */
export class DeliveryParked extends Schema.TaggedError<DeliveryParked>()("DeliveryParked", { report: DeliveryReport }) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return `${counted(this.report.parked, "event")} parked: the registry does not take ${this.report.parked === 1 ? "it" : "them"}; all others are delivered`
  }
  get next() {
    return "crewkit sessions push --retry-parked, once the reason is gone"
  }
  get details() {
    return this.report
  }
}
