/** Failures of the session log. */
import { Runtime, Schema } from "effect"
import { ExitCode } from "./ExitCode.ts"
import { growing } from "./growing.ts"
import { didYouMean } from "./nearest.ts"

/** What is wrong with a record of the log, by kind. */
export const FaultKind = Schema.Literals([
  /** A line that does not go on with the line before it. */
  "rewritten",
  /** A sequence number that is left out. */
  "gap",
  /** A line that is no record. */
  "unreadable",
  /** A log that is shorter than a seal says. */
  "truncated",
  /** A segment or a session that is gone. */
  "missing",
  /** A file that the ledger does not know. */
  "unknown-segment",
  /** A seal that does not fit the records before it. */
  "seal-mismatch",
  /** A signature that is wrong, or made with another key than the session began with. */
  "bad-signature",
  /** A whole log that is older than the mark in the keychain. */
  "rolled-back"
]).annotate(growing)
export type FaultKind = typeof FaultKind.Type

/** The first thing that is wrong with one file of the log. */
export const Fault = Schema.Struct({
  kind: FaultKind,
  /** Below `.crewkit/sessions`. */
  file: Schema.String,
  session: Schema.optionalKey(Schema.String),
  /** Where it survives. */
  seq: Schema.optionalKey(Schema.Int),
  /** From 1. */
  line: Schema.optionalKey(Schema.Int),
  problem: Schema.String
})
export type Fault = typeof Fault.Type

/** `error.details` of LogBroken. */
export const LogFaults = Schema.Struct({ faults: Schema.Array(Fault) })

/** The log is not as it was written. */
export class LogBroken extends Schema.TaggedError<LogBroken>()("LogBroken", { faults: Schema.Array(Fault) }) {
  override readonly [Runtime.errorExitCode] = ExitCode.integrity
  override get message() {
    const [first] = this.faults
    const more = this.faults.length > 1 ? `, and ${this.faults.length - 1} more` : ""
    return first === undefined
      ? "the session log is not whole"
      : `the session log is not whole: ${first.file}: ${first.problem}${more}`
  }
  get next() {
    return "leave .crewkit/sessions as it is, and read what each kind of fault can mean in docs/session-log.md"
  }
  get details() {
    return { faults: this.faults }
  }
}

export class SessionUnknown extends Schema.TaggedError<SessionUnknown>()("SessionUnknown", {
  id: Schema.String,
  /** How many it could mean, where that is the trouble. */
  several: Schema.optionalKey(Schema.Int),
  nearest: Schema.optionalKey(Schema.String)
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    if (this.several !== undefined) return `the ids of ${this.several} sessions begin with ${this.id}`
    return `there is no session ${this.id} in the log of this project${didYouMean(this.nearest)}`
  }
  get next() {
    return "crewkit sessions list"
  }
}

/** Another process writes the ledger and does not let go. */
export class LogBusy extends Schema.TaggedError<LogBusy>()("LogBusy", { seconds: Schema.Finite }) {
  override readonly [Runtime.errorExitCode] = ExitCode.timedOut
  override get message() {
    return `another crewkit has kept the session log of this project locked for ${this.seconds} s`
  }
  get next() {
    return "wait for it, or end it, then run the same command again"
  }
}

/** Git would not write the note of an anchor. */
export class GitFailed extends Schema.TaggedError<GitFailed>()("GitFailed", { reason: Schema.String }) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return `git could not write the anchor: ${this.reason}`
  }
  get next() {
    return "run it in a git repository that has a commit, with git's user.name and user.email set"
  }
}

export class NothingToAnchor extends Schema.TaggedError<NothingToAnchor>()("NothingToAnchor", {}) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return "there is no session log in this project yet, so there is nothing to anchor"
  }
  get next() {
    return "crewkit code begins one"
  }
}
