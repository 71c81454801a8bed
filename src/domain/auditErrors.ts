/** What the audit stops: each says what was found and how to look at it. */
import { Runtime, Schema } from "effect"
import { counted } from "./text.ts"
import { ExitCode } from "./ExitCode.ts"

/** `agents audit` found something at or above the threshold. It was printed before. */
export class AuditFailed extends Schema.TaggedError<AuditFailed>()("AuditFailed", {
  problem: Schema.String,
  next: Schema.String,
  details: Schema.Json
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.findings
  override get message() {
    return this.problem
  }
}

/** One agent that the gate holds back, and the worst of why. */
export const Held = Schema.Struct({
  name: Schema.String,
  findings: Schema.Int,
  severity: Schema.String,
  rule: Schema.String,
  message: Schema.String,
  line: Schema.Int
})
export type Held = typeof Held.Type

/** `error.details` of AuditStopped. */
export const HeldDetails = Schema.Struct({ failOn: Schema.String, held: Schema.Array(Held) })

/** Names that are listed before the rest is counted. */
const listed = 10

/** The gate of `sync` and `code`: contents at or above the threshold. Nothing was written. */
export class AuditStopped extends Schema.TaggedError<AuditStopped>()("AuditStopped", {
  held: Schema.Array(Held),
  failOn: Schema.String,
  written: Schema.Boolean
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.findings
  override get message() {
    const lines = this.held
      .slice(0, listed)
      .map(({ line, message, name, rule, severity }) => `\n  ${name}:${line}: ${severity}, ${rule}: ${message}`)
    const more = this.held.length > listed ? `\n  and ${this.held.length - listed} more` : ""
    const outcome = this.written ? "not written, the others are" : "nothing was written"
    return `the audit found something at or above ${this.failOn} in ${counted(this.held.length, "agent")}; ${outcome}${lines.join("")}${more}`
  }
  get next() {
    const name = this.held[0]?.name ?? "NAME"
    return `crewkit agents show ${name} | crewkit agents audit - --stdin-name .claude/agents/${name}.md shows the places; docs/audit/README.md tells how to accept them`
  }
  get details() {
    return { failOn: this.failOn, held: this.held.map((each) => ({ ...each })) }
  }
}
