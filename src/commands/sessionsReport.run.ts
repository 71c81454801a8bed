import { Clock, DateTime, Effect, Schema, Stream } from "effect"
import { reportHtml } from "../domain/reportHtml.ts"
import { type CountedSession, Report, reportOf } from "../domain/sessionReport.ts"
import { code, counted, faint, good, type Line, strong } from "../domain/text.ts"
import { Invocation } from "../services/Invocation.ts"
import { Output } from "../services/Output.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { SessionRecords } from "../services/SessionRecords.ts"
import { TextFile } from "../services/TextFile.ts"
import { between, changesIn, endText, noSessions, userOf } from "./sessionShown.ts"

const SessionsReport = Schema.Struct({
  ...Report.fields,
  /** With --html: absolute. */
  file: Schema.optionalKey(Schema.String)
})

/** Rows of one chart in the terminal; the page has more. */
const mostRows = 10

/** Days in the terminal: two weeks and their like fit a screen. */
const mostDays = 14

/** Columns of a name, and of the longest bar: with a number they are below 40. */
const nameWidth = 16
const barWidth = 16

const bars = (
  title: string,
  all: ReadonlyArray<{ readonly name: string; readonly changes: number }>,
  block: string,
  limit: number
): ReadonlyArray<Line> => {
  const rows = all.slice(0, limit)
  const most = Math.max(...rows.map(({ changes }) => changes), 1)
  const lines = rows.map(({ changes, name }): Line => {
    const short = name.length > nameWidth ? `${name.slice(0, nameWidth - 1)}…` : name
    const size = changes === 0 ? 0 : Math.max(1, Math.round((barWidth * changes) / most))
    return [short.padEnd(nameWidth + 1), good(block.repeat(size)), `${size === 0 ? "" : " "}${changes}`]
  })
  const rest = all.length - rows.length
  return [[], [strong(title)], ...lines, ...(rest > 0 ? [[faint(`and ${rest} more`)]] : [])]
}

export const data = SessionsReport

export const run = Effect.fn("sessions report")(function* (input: {
  readonly since: string
  readonly until: string
  readonly html: string
}) {
  const output = yield* Output
  const { plain } = yield* Invocation
  const { org, project } = yield* (yield* ProjectConfig).resolved
  const { list } = yield* SessionRecords
  const { from, test } = yield* between(input)
  const all = yield* list
  const sessions: Array<CountedSession> = []
  for (const session of all) {
    if (!test(session)) continue
    sessions.push({
      startedAt: session.startedAt,
      user: userOf(session),
      outcome: endText(session),
      changes: (yield* changesIn(session)).map(({ change, time }) => ({
        agent: change.agent,
        time,
        kind: change.by.kind,
        added: change.added ?? 0,
        removed: change.removed ?? 0
      }))
    })
  }
  const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))
  const report = reportOf(
    {
      made: iso(yield* Clock.currentTimeMillis),
      org: org.value,
      project: project.value,
      ...(from === undefined ? {} : { since: iso(from) })
    },
    sessions
  )
  const file =
    input.html === "" ? undefined : yield* (yield* TextFile).write(input.html, Stream.make(reportHtml(report)))
  const block = plain ? "#" : "█"
  const days = report.days.slice(-mostDays).map(({ changes, day }) => ({ name: day, changes }))
  const charts: ReadonlyArray<Line> =
    report.changes === 0
      ? [["no agent was changed in them"]]
      : [
          ...bars("by agent", report.agents, block, mostRows),
          ...bars(
            report.days.length > mostDays ? `by day, the last ${mostDays}` : "by day (UTC)",
            days,
            block,
            mostDays
          ),
          ...bars("made by", report.who, block, mostRows),
          ...bars("in the sessions of", report.users, block, mostRows)
        ]
  const nothing: ReadonlyArray<Line> = all.length === 0 ? noSessions : [["no session began in that time"]]
  const title: Line = [strong(`${counted(report.changes, "change")} in ${counted(report.sessions, "session")}`)]
  const next: ReadonlyArray<Line> =
    file === undefined
      ? [[], [faint("as a page  "), code("crewkit sessions report --html FILE")]]
      : [[], [good("✓ "), `written to ${file}`]]
  yield* output.result(SessionsReport, { ...report, ...(file === undefined ? {} : { file }) }, [
    ...(sessions.length === 0 ? nothing : [title, ...charts]),
    ...(sessions.length === 0 && file === undefined ? [] : next)
  ])
})
