import { Effect } from "effect"
import { type Check, type CheckStatus, DoctorFailed, DoctorReport, summaryText } from "../domain/doctor.ts"
import { bad, code, faint, good, type Line, type Span, warn, wrapped } from "../domain/text.ts"
import { Doctor, type DoctorRequest } from "../services/Doctor.ts"
import { Invocation } from "../services/Invocation.ts"
import { Output } from "../services/Output.ts"

const marks: Record<CheckStatus, Span> = { pass: good("✓"), warn: warn("!"), fail: bad("✗"), skip: faint("-") }

const nameWidth = 10

/** Columns from which on the text of a check stands in a column of its own. */
const roomy = 60

const linesFor = (check: Check, columns: number | undefined): ReadonlyArray<Line> => {
  const hang = " ".repeat(columns === undefined || columns >= roomy ? nameWidth + 2 : 4)
  const first = `${check.name.padEnd(nameWidth - 1)} `
  const rows = (text: string): ReadonlyArray<string> => wrapped(text, columns, hang.length)
  const [top = "", ...rest] = wrapped(
    `${first}${check.text}`,
    columns === undefined ? undefined : columns - 2,
    hang.length - 2
  )
  const skipped = check.status === "skip"
  return [
    [marks[check.status], " ", skipped ? faint(top) : top],
    ...rest.map((row): Line => ["  ", skipped ? faint(row) : row]),
    ...(check.more ?? []).flatMap((text) => rows(`${hang}${text}`).map((row): Line => [row])),
    ...(check.next === undefined ? [] : rows(`${hang}${check.next}`).map((row): Line => [code(row)]))
  ]
}

/** One line for each check, and under those that are not well what to do. */
const reportLines = (report: DoctorReport, columns: number | undefined, quiet: boolean): ReadonlyArray<Line> => [
  ...(quiet
    ? []
    : report.fixed.flatMap((text) => wrapped(`fixed: ${text}`, columns, 7).map((row): Line => [good(row)]))),
  ...report.checks
    .filter(({ status }) => !quiet || status === "warn" || status === "fail")
    .flatMap((check) => linesFor(check, columns)),
  ...(quiet ? [] : [[summaryText(report)]])
]

export const run = Effect.fn("doctor")(function* (request: DoctorRequest) {
  const output = yield* Output
  const { json, quiet } = yield* Invocation
  const report = yield* output.withSpinner("looking around", (yield* Doctor).examine(request))
  const failed = report.failed > 0
  if (!json || !failed) yield* output.result(DoctorReport, report, reportLines(report, yield* output.columns, quiet))
  if (failed) return yield* new DoctorFailed({ report })
})
