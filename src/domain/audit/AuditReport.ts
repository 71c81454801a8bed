/** What an audit hands out: to people, as JSON (`docs/schemas/agents-audit.schema.json`), as SARIF, for a pull request. */
import { Schema } from "effect"
import { Category, Confidence, Fix, Region, Severity } from "./Finding.ts"

/** One line of a code frame: safe to print, secrets masked, long lines cut around the place. */
export const FrameLine = Schema.Struct({
  /** From 1. */
  line: Schema.Int,
  text: Schema.String,
  /** What is meant, in UTF-16 code units of `text`; the end is exclusive. Absent on a line that only stands beside it. */
  mark: Schema.optionalKey(Schema.Struct({ start: Schema.Int, end: Schema.Int }))
})
export type FrameLine = typeof FrameLine.Type

/** Why a finding does not count: what somebody wrote down, and who. */
export const Suppressed = Schema.Struct({
  /** The file that says so. */
  source: Schema.String,
  reason: Schema.String,
  by: Schema.String,
  /** The last day on which it holds, as `2026-01-31`. */
  expires: Schema.optionalKey(Schema.String)
})
export type Suppressed = typeof Suppressed.Type

export const Finding = Schema.Struct({
  rule: Schema.String,
  category: Category,
  title: Schema.String,
  /** As the policy has it, and never more than the confidence carries: of low confidence, never above `low`. */
  severity: Severity,
  confidence: Confidence,
  /** The name under which the client loads the file; absent where it loads none. */
  agent: Schema.optionalKey(Schema.String),
  /** Relative to the root of the run, with `/`; `stdin` for standard input. */
  file: Schema.String,
  region: Region,
  message: Schema.String,
  why: Schema.String,
  remedy: Schema.String,
  /** 32 hexadecimal digits: the same after lines have moved, another for another file or text. */
  fingerprint: Schema.String,
  fixable: Schema.Boolean,
  fix: Schema.optionalKey(Fix),
  frame: Schema.Array(FrameLine),
  suppressed: Schema.optionalKey(Suppressed)
})
export type Finding = typeof Finding.Type

export const Counts = Schema.Struct({
  critical: Schema.Int,
  high: Schema.Int,
  medium: Schema.Int,
  low: Schema.Int,
  info: Schema.Int
})
export type Counts = typeof Counts.Type

export const AuditReport = Schema.Struct({
  /** Files that were looked at, the configuration among them. */
  files: Schema.Int,
  /** Rules that were on. */
  rules: Schema.Int,
  /** Findings of this severity or above fail the run. */
  failOn: Severity,
  failed: Schema.Boolean,
  /** Of the findings that count. */
  counts: Counts,
  /** Worst first. */
  findings: Schema.Array(Finding),
  /** Findings that somebody accepted, each with who and why. */
  suppressed: Schema.Array(Finding)
})
export type AuditReport = typeof AuditReport.Type

export const countsOf = (findings: ReadonlyArray<Finding>): Counts => {
  const counts = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
  for (const { severity } of findings) counts[severity]++
  return counts
}
