import { Effect } from "effect"
import { type Check, type CheckStatus, DoctorFailed, DoctorReport, summaryText } from "../domain/doctor.ts"
import { bad, code, faint, good, type Line, type Span, warn, wrapped } from "../domain/text.ts"
import { Doctor, type DoctorRequest } from "../services/Doctor.ts"
import { Invocation } from "../services/Invocation.ts"
import { Output } from "../services/Output.ts"

/** Of the same width in plain ASCII as well, where the first one is `ok`. */
const marks = (plain: boolean): Record<CheckStatus, Span> => {
  const gap = plain ? " " : ""
  return { pass: good("✓"), warn: warn(`!${gap}`), fail: bad(`✗${gap}`), skip: faint(`-${gap}`) }
}

const nameWidth = 10

/** Columns from which on the text of a check stands in a column of its own. */
const roomy = 60

interface Page {
  readonly columns: number | undefined
  readonly quiet: boolean
  readonly plain: boolean
}

const linesFor = (check: Check, { columns, plain }: Page): ReadonlyArray<Line> => {
  const mark = plain ? 3 : 2
  const hang = " ".repeat(columns === undefined || columns >= roomy ? nameWidth + mark : 4)
  const first = `${check.name.padEnd(nameWidth - 1)} `
  const rows = (text: string): ReadonlyArray<string> => wrapped(text, columns, hang.length)
  const [top = "", ...rest] = wrapped(
    `${first}${check.text}`,
    columns === undefined ? undefined : columns - mark,
    hang.length - mark
  )
  const skipped = check.status === "skip"
  return [
    [marks(plain)[check.status], " ", skipped ? faint(top) : top],
    ...rest.map((row): Line => [" ".repeat(mark), skipped ? faint(row) : row]),
    ...(check.more ?? []).flatMap((text) => rows(`${hang}${text}`).map((row): Line => [row])),
    ...(check.next === undefined ? [] : rows(`${hang}try: ${check.next}`).map((row): Line => [code(row)]))
  ]
}

/** One line for each check, and under those that are not well what to do. */
const reportLines = (report: DoctorReport, page: Page): ReadonlyArray<Line> => [
  ...(page.quiet
    ? []
    : report.fixed.flatMap((text) => wrapped(`fixed: ${text}`, page.columns, 7).map((row): Line => [good(row)]))),
  ...report.checks
    .filter(({ status }) => !page.quiet || status === "warn" || status === "fail")
    .flatMap((check) => linesFor(check, page)),
  ...(page.quiet ? [] : wrapped(summaryText(report), page.columns, 0).map((row): Line => [row]))
]

export const data = DoctorReport
export const failures = { DoctorFailed: DoctorReport }

export const run = Effect.fn("doctor")(function* (request: DoctorRequest) {
  const output = yield* Output
  const { json, plain, quiet } = yield* Invocation
  const report = yield* output.withSpinner("looking around", (yield* Doctor).examine(request))
  const failed = report.failed > 0
  const page = { columns: yield* output.columns, quiet, plain }
  if (!json || !failed) yield* output.result(DoctorReport, report, reportLines(report, page))
  if (failed) return yield* new DoctorFailed({ report })
})
