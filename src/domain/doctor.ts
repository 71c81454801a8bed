/** What `crewkit doctor` finds: one check for each thing that crewkit stands on, always in the same order. */
import { Runtime, Schema } from "effect"
import { ExitCode } from "./ExitCode.ts"
import { growing } from "./growing.ts"
import { counted } from "./text.ts"

/** In the order in which they are shown: the machine, the person, the project. */
export const checkNames = [
  "node",
  "claude",
  "folders",
  "disk",
  "network",
  "keychain",
  "keys",
  "config",
  "settings",
  "registry",
  "clock",
  "login",
  "lock",
  "agents",
  "files",
  "git",
  "hooks",
  "sessions",
  "outbox"
] as const

export const CheckName = Schema.Literals(checkNames).annotate(growing)
export type CheckName = typeof CheckName.Type

/** `skip`: nothing to look at here, or not to be looked at. */
export const CheckStatus = Schema.Literals(["pass", "warn", "fail", "skip"])
export type CheckStatus = typeof CheckStatus.Type

const verdictFields = {
  status: CheckStatus,
  /** What was found, without the name of the check. */
  text: Schema.String,
  /** What else was found: where there is more than one thing to say. */
  more: Schema.optionalKey(Schema.Array(Schema.String)),
  /** The next command to type, or what to change. */
  next: Schema.optionalKey(Schema.String),
  /** Whether `crewkit doctor --fix` mends some of it. */
  fixable: Schema.optionalKey(Schema.Boolean)
}

const Verdict = Schema.Struct(verdictFields)
export type Verdict = typeof Verdict.Type

export const Check = Schema.Struct({ name: CheckName, ...verdictFields })
export type Check = typeof Check.Type

export const DoctorReport = Schema.Struct({
  passed: Schema.Int,
  warnings: Schema.Int,
  failed: Schema.Int,
  skipped: Schema.Int,
  /** What `--fix` has done, a sentence each; empty without it. */
  fixed: Schema.Array(Schema.String),
  checks: Schema.Array(Check)
})
export type DoctorReport = typeof DoctorReport.Type

type Extra = Pick<Verdict, "more" | "next" | "fixable">

const verdict =
  (status: CheckStatus) =>
  (text: string, extra: Extra = {}): Verdict => ({ status, text, ...extra })

export const pass = verdict("pass")
export const warning = verdict("warn")
export const failing = verdict("fail")
export const skipped = verdict("skip")

const weight: Record<CheckStatus, number> = { skip: 0, pass: 1, warn: 2, fail: 3 }

/**
 * Several things found by one check as one verdict: the worst first, and those that are no better than a pass left out.
 * Where nothing is wrong it is `otherwise`.
 */
export const together = (found: ReadonlyArray<Verdict>, otherwise: Verdict): Verdict => {
  const wrong = found.filter(({ status }) => weight[status] > weight.pass)
  const [worst, ...others] = wrong.toSorted((one, other) => weight[other.status] - weight[one.status])
  if (worst === undefined) return otherwise
  const more = [...(worst.more ?? []), ...others.flatMap(({ more: rest = [], text }) => [text, ...rest])]
  const next =
    wrong.find((one) => one === worst && one.next !== undefined)?.next ?? others.find((one) => one.next)?.next
  return {
    status: worst.status,
    text: worst.text,
    ...(more.length === 0 ? {} : { more }),
    ...(next === undefined ? {} : { next }),
    ...(wrong.some((one) => one.fixable === true) ? { fixable: true } : {})
  }
}

/** `12 passed, 1 warning, 1 failed, 3 skipped` */
export const summaryText = ({ failed, passed, skipped: left, warnings }: DoctorReport): string =>
  [
    `${passed} passed`,
    counted(warnings, "warning"),
    `${failed} failed`,
    ...(left === 0 ? [] : [`${left} skipped`])
  ].join(", ")

export const reportOf = (checks: ReadonlyArray<Check>, fixed: ReadonlyArray<string>): DoctorReport => {
  const count = (status: CheckStatus) => checks.filter((check) => check.status === status).length
  return {
    passed: count("pass"),
    warnings: count("warn"),
    failed: count("fail"),
    skipped: count("skip"),
    fixed,
    checks: checks.toSorted((one, other) => checkNames.indexOf(one.name) - checkNames.indexOf(other.name))
  }
}

/** At least one check failed; the whole report goes along. */
export class DoctorFailed extends Schema.TaggedError<DoctorFailed>()("DoctorFailed", { report: DoctorReport }) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  private get failures() {
    return this.report.checks.filter(({ status }) => status === "fail")
  }
  override get message() {
    return `${counted(this.report.failed, "check")} failed: ${this.failures.map(({ name }) => name).join(", ")}`
  }
  get next() {
    return this.failures.some(({ fixable }) => fixable === true)
      ? "crewkit doctor --fix"
      : (this.failures.find(({ next }) => next !== undefined)?.next ?? "crewkit doctor --json has each check in full")
  }
  get details() {
    return this.report
  }
}
