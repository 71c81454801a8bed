import { Effect, Schema } from "effect"
import { UsageError } from "../domain/errors.ts"
import { didYouMean, nearest } from "../domain/nearest.ts"
import { code, counted, faint, type Line } from "../domain/text.ts"
import { Output } from "../services/Output.ts"
import { type SessionFacts, SessionRecords } from "../services/SessionRecords.ts"
import { between, changesIn, noSessions, SessionShown, sessionLines, shown, userOf } from "./sessionShown.ts"

const SessionsList = Schema.Struct({
  sessions: Schema.Array(SessionShown),
  /** From 1. */
  page: Schema.Int,
  pages: Schema.Int,
  /** Sessions on all pages. */
  total: Schema.Int
})

export const data = SessionsList

export const run = Effect.fn("sessions list")(function* (input: {
  readonly agent: string
  readonly user: string
  readonly kind: string
  readonly since: string
  readonly until: string
  readonly limit: number
  readonly page: number
}) {
  if (input.limit < 1 || input.page < 1) {
    return yield* new UsageError({
      problem: "--limit and --page count from 1",
      next: "crewkit sessions list --limit 20 --page 1"
    })
  }
  const { list } = yield* SessionRecords
  const { test } = yield* between(input)
  const all = yield* list
  const found: Array<SessionFacts> = []
  /** Of the sessions that fit otherwise. */
  const agents = new Set<string>()
  for (const session of all) {
    if (!test(session)) continue
    if (input.kind !== "all" && session.started?.kind !== input.kind) continue
    if (input.user !== "" && userOf(session) !== input.user && session.started?.login !== input.user) continue
    if (input.agent !== "") {
      const changed = (yield* changesIn(session)).map(({ change }) => change.agent)
      for (const name of changed) agents.add(name)
      if (!changed.includes(input.agent)) continue
    }
    found.push(session)
  }
  const pages = Math.max(1, Math.ceil(found.length / input.limit))
  if (input.page > pages) {
    return yield* new UsageError({ problem: `there is no page ${input.page}`, next: `--page ${pages} is the last` })
  }
  const from = (input.page - 1) * input.limit
  const sessions = found.slice(from, from + input.limit)
  const more: ReadonlyArray<Line> =
    pages === 1
      ? []
      : [
          [faint(`${from + 1} to ${from + sessions.length} of ${counted(found.length, "session")}`)],
          ...(input.page < pages ? [[faint("  next  "), code(`--page ${input.page + 1}`)]] : [])
        ]
  const guess = input.agent === "" ? "" : didYouMean(nearest(input.agent, agents))
  const nothing: ReadonlyArray<Line> =
    all.length === 0 ? noSessions : [[`none of ${counted(all.length, "session")} fits${guess}; leave a filter out`]]
  const output = yield* Output
  yield* output.result(
    SessionsList,
    { sessions: sessions.map(shown), page: input.page, pages, total: found.length },
    sessions.length === 0 ? nothing : [...sessions.flatMap(sessionLines), ...more]
  )
})
