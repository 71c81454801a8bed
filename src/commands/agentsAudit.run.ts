import { Context, Effect, Option, Schema } from "effect"
import { auditLines, countsText } from "../domain/audit/auditText.ts"
import { auditMarkdown } from "../domain/audit/auditMarkdown.ts"
import { AuditReport } from "../domain/audit/AuditReport.ts"
import { auditSarif } from "../domain/audit/auditSarif.ts"
import type { Confidence, Severity } from "../domain/audit/Finding.ts"
import { Day, tighten } from "../domain/audit/Policy.ts"
import { rulesPage } from "../domain/audit/rulePage.ts"
import { ruleIds } from "../domain/audit/ruleIds.ts"
import { ruleInfos } from "../domain/audit/ruleSet.ts"
import { atLeast } from "../domain/audit/severity.ts"
import { AuditFailed } from "../domain/auditErrors.ts"
import { UsageError } from "../domain/errors.ts"
import { nearest } from "../domain/nearest.ts"
import { safeJson } from "../domain/sanitize.ts"
import { code, counted, faint, good, type Line, linesOf } from "../domain/text.ts"
import { Audit, type AuditRequest } from "../services/Audit.ts"
import { Auditing } from "../services/Auditing.ts"
import { AuditProject, type Gathered, type Rulings } from "../services/AuditProject.ts"
import { Invocation } from "../services/Invocation.ts"
import { Output } from "../services/Output.ts"

export interface Input {
  readonly paths: ReadonlyArray<string>
  readonly sarif: Option.Option<string>
  readonly markdown: Option.Option<string>
  readonly fix: boolean
  readonly failOn: Option.Option<Severity>
  readonly rules: ReadonlyArray<string>
  readonly minConfidence: Option.Option<Confidence>
  readonly stdinName: string
  readonly writeBaseline: boolean
  readonly reason: Option.Option<string>
  readonly expires: Option.Option<string>
}

const wrong = (problem: string, next: string) => new UsageError({ problem, next })

const known = new Set(ruleIds)
const isDay: (text: string) => boolean = Schema.is(Day)
const isDash = (target: Option.Option<string>): boolean => Option.isSome(target) && target.value === "-"

const checked = Effect.fnUntraced(function* (input: Input, json: boolean) {
  const { expires, fix, markdown, paths, reason, rules, sarif, writeBaseline } = input
  for (const id of rules) {
    if (known.has(id)) continue
    const guess = nearest(id, ruleIds)
    return yield* wrong(
      `there is no rule ${id}`,
      guess === undefined ? `${rulesPage} lists them` : `did you mean ${guess}?`
    )
  }
  const printed = [isDash(sarif), isDash(markdown), json].filter((each) => each)
  if (printed.length > 1) {
    return yield* wrong(
      "only one of --json, --sarif - and --markdown - can be printed",
      "--sarif FILE writes to a file"
    )
  }
  if (fix && paths.includes("-")) {
    return yield* wrong("--fix needs a file to write to, and standard input is none", "name the file in place of -")
  }
  if (writeBaseline && fix)
    return yield* wrong("--fix and --write-baseline do not go together", "mend first, then accept")
  const text = Option.getOrElse(reason, () => "").trim()
  if (writeBaseline && text === "") {
    return yield* wrong(
      "--write-baseline needs --reason: whoever reads it later wants to know",
      '--reason "reviewed with Ada"'
    )
  }
  if (!writeBaseline && (Option.isSome(reason) || Option.isSome(expires))) {
    return yield* wrong("--reason and --expires go with --write-baseline", "add --write-baseline, or leave them out")
  }
  if (Option.isSome(expires) && !isDay(expires.value)) {
    return yield* wrong(`--expires ${expires.value} is no date`, "--expires 2026-12-31")
  }
  return text
})

const requestOf = (input: Input, gathered: Gathered, rulings: Rulings): AuditRequest => ({
  files: gathered.files,
  policy: rulings.policy,
  role: rulings.role,
  baseline: rulings.baseline,
  whole: gathered.whole && input.rules.length === 0 && Option.isNone(input.minConfidence),
  config: gathered.config,
  rules: input.rules.length === 0 ? undefined : new Set(input.rules),
  minConfidence: Option.getOrUndefined(input.minConfidence),
  failOn: Option.getOrUndefined(input.failOn)
})

interface Services {
  readonly audit: Context.Service.Shape<typeof Audit>
  readonly project: Context.Service.Shape<typeof AuditProject>
}

const nothingSaid: Rulings = { policy: tighten(undefined, undefined), role: undefined, baseline: [], asked: true }

/**
 * A configuration that holds a secret is refused by every other command; here it is what is to be looked at. So the
 * audit goes on without what the file says, and reports the secret.
 */
const audited = Effect.fnUntraced(function* ({ audit, project }: Services, input: Input, gathered: Gathered) {
  const { warn } = yield* Output
  const rulings = yield* Effect.result(project.rulings("kept"))
  if (rulings._tag === "Success") {
    return { rulings: rulings.success, report: yield* audit.run(requestOf(input, gathered, rulings.success)) }
  }
  const error = rulings.failure
  if (error._tag !== "ConfigInvalid" || gathered.config === undefined) return yield* error
  const report = yield* audit.run(requestOf(input, gathered, nothingSaid))
  const { path } = gathered.config
  if (!report.findings.some((finding) => finding.category === "secrets" && finding.file === path)) return yield* error
  yield* warn(`${error.message}; the audit goes on as if that file said nothing about it`)
  return { rulings: nothingSaid, report }
})

const found = Effect.fnUntraced(function* ({ project }: Services, input: Input) {
  const gathered = yield* project.gather(input.paths, input.stdinName)
  const [missing] = gathered.missing
  if (missing !== undefined)
    return yield* wrong(`there is no file or folder ${missing}`, "crewkit agents audit looks at the whole project")
  return gathered
})

const mended = Effect.fnUntraced(function* ({ project }: Services, gathered: Gathered, report: AuditReport) {
  const { note } = yield* Output
  const all = yield* project.mend(gathered.files, report.findings)
  yield* note(
    all.map(({ backup, fixes, path }): Line => [
      good("✓ "),
      `${path}: ${counted(fixes, "place")} mended`,
      faint(`, what was there is in ${backup}`)
    ])
  )
  if (all.some(({ path }) => gathered.files.some((file) => file.path === path && file.agent !== undefined))) {
    yield* note([[faint("  the next sync brings the registry's text back: mend it there as well")]])
  }
  return all.length
})

const accepted = Effect.fnUntraced(function* (
  { project }: Services,
  { policy }: Rulings,
  report: AuditReport,
  reason: string,
  expires: string | undefined
) {
  const { note } = yield* Output
  const open = report.findings.filter(({ rule }) => !policy.isLocked(rule))
  const { added, path } = yield* project.accept(open, reason, expires)
  yield* note([[good("✓ "), `${counted(added, "finding")} accepted in ${path}`]])
  const locked = report.findings.length - open.length
  if (locked > 0)
    yield* note([[faint(`  ${counted(locked, "finding")} of rules that the organization locks left out`)]])
})

const texts = ({ config, files }: Gathered): ReadonlyMap<string, string> => {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  return new Map([
    ...files.map(({ bytes, path }) => [path, decoder.decode(bytes)] as const),
    ...(config === undefined ? [] : [[config.path, config.text] as const])
  ])
}

/** For other programs: into files, or printed in place of what people read. */
const written = Effect.fnUntraced(function* (
  { project }: Services,
  input: Input,
  report: AuditReport,
  gathered: Gathered
) {
  const output = yield* Output
  let printed: ReadonlyArray<Line> | undefined
  const put = Effect.fnUntraced(function* (target: Option.Option<string>, text: () => string) {
    if (Option.isNone(target)) return
    if (target.value === "-") printed = linesOf(text())
    else {
      yield* project.writeReport(target.value, text())
      yield* output.note([[good("✓ "), target.value]])
    }
  })
  yield* put(input.sarif, () => `${safeJson(auditSarif(report, ruleInfos, texts(gathered)))}\n`)
  yield* put(input.markdown, () => auditMarkdown(report))
  return printed
})

const problemOf = (report: AuditReport): AuditFailed => {
  const count = report.findings.filter(({ severity }) => atLeast(severity, report.failOn)).length
  return new AuditFailed({
    problem: `${counted(count, "finding")} at or above ${report.failOn} (${countsText(report)})`,
    next: `crewkit agents audit --write-baseline --reason TEXT accepts what is there; ${rulesPage} has a page for each rule`,
    details: report
  })
}

const remarks = Effect.fnUntraced(function* (gathered: Gathered, { asked }: Rulings) {
  const { note, warn } = yield* Output
  if (gathered.files.length === 0) yield* warn("no agent file found: there is no *.md where the audit looked")
  if (!asked) {
    yield* note([
      [faint("no answer of the registry is kept here, so no policy of the organization: "), code("crewkit sync")]
    ])
  }
})

export const data = AuditReport
export const failures = { AuditFailed: AuditReport }

export const run = Effect.fn("agents audit")(function* (input: Input) {
  const { json, plain } = yield* Invocation
  const output = yield* Output
  const reason = yield* checked(input, json)
  const context = yield* (yield* Auditing).services
  const services: Services = { audit: Context.get(context, Audit), project: Context.get(context, AuditProject) }
  let gathered = yield* found(services, input)
  let { report, rulings } = yield* audited(services, input, gathered)
  if (input.fix && (yield* mended(services, gathered, report)) > 0) {
    gathered = yield* found(services, input)
    ;({ report, rulings } = yield* audited(services, input, gathered))
  }
  if (input.writeBaseline) {
    yield* accepted(services, rulings, report, reason, Option.getOrUndefined(input.expires))
    ;({ report, rulings } = yield* audited(services, input, gathered))
  }
  yield* remarks(gathered, rulings)
  const printed = yield* written(services, input, report, gathered)
  const lines = printed ?? auditLines(report, (yield* output.columns) ?? 80, plain)
  if (!report.failed) {
    return yield* printed === undefined
      ? output.summary(AuditReport, report, lines)
      : output.result(AuditReport, report, lines)
  }
  if (printed === undefined) yield* output.text(lines)
  else yield* output.result(AuditReport, report, lines)
  return yield* problemOf(report)
})
