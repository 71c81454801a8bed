/** What the commands of `sessions` share. */
import { Clock, Effect, Option, Schema, Stream } from "effect"
import { UsageError } from "../domain/errors.ts"
import { type AgentChange, Outcome } from "../domain/logEvents.ts"
import { type AnyRecord, decodeEvent } from "../domain/logRecord.ts"
import { bad, counted, faint, good, type Line, type Span, warn } from "../domain/text.ts"
import { minuteText, parseTime, spanText } from "../domain/when.ts"
import { type SessionFacts, SessionRecords } from "../services/SessionRecords.ts"

const optional = Schema.optionalKey

export const SessionShown = Schema.Struct({
  id: Schema.String,
  startedAt: Schema.String,
  endedAt: optional(Schema.String),
  /** Milliseconds. */
  duration: optional(Schema.Int),
  state: Schema.Literals(["running", "ended", "cut off"]),
  outcome: optional(Outcome),
  exitCode: optional(Schema.Int),
  /** Events about agents. */
  changes: Schema.Int,
  /** Absent where the session's first record cannot be read. */
  kind: optional(Schema.String),
  /** The registry's id of the user. */
  user: optional(Schema.String),
  login: optional(Schema.String),
  segments: Schema.Int,
  /** Of the log. */
  bytes: Schema.Int
})

export const shown = ({ segments, started, ...facts }: SessionFacts): typeof SessionShown.Type => ({
  ...facts,
  ...(started === undefined ? {} : { kind: started.kind, login: started.login }),
  ...(started?.user === undefined ? {} : { user: started.user }),
  segments: segments.length
})

export const userOf = ({ started }: SessionFacts): string => started?.user ?? started?.login ?? "unknown"

/** How it ended, or that it did not. */
export const endText = ({ outcome, state }: Pick<SessionFacts, "outcome" | "state">): string =>
  outcome ?? (state === "running" ? "running" : state)

export const endSpan = (facts: Pick<SessionFacts, "outcome" | "state">): Span => {
  const text = endText(facts)
  return text === "success" || text === "running" ? good(text) : text === "failure" ? bad(text) : warn(text)
}

/** Two short lines: a terminal may be 40 columns wide. */
export const sessionLines = (facts: SessionFacts): ReadonlyArray<Line> => [
  [`${facts.id.slice(0, 8)}  ${minuteText(facts.startedAt)}  `, facts.started?.kind ?? "unreadable"],
  [
    faint(`  ${userOf(facts)}${facts.duration === undefined ? "" : `, ${spanText(facts.duration)}`}, `),
    facts.changes === 0 ? faint("no changes") : counted(facts.changes, "change"),
    faint(", "),
    endSpan(facts)
  ]
]

export interface Change {
  readonly seq: number
  readonly time: string
  /** `created`, `edited`, `deleted`, `restored`. */
  readonly action: string
  readonly file: string
  readonly change: AgentChange
}

export const isChange = (type: string): boolean => type.startsWith("io.crewkit.agent.")

const changeIn = (record: AnyRecord): Option.Option<Change> =>
  Option.flatMap(decodeEvent(record), (event) => {
    switch (event.type) {
      case "io.crewkit.agent.created":
      case "io.crewkit.agent.edited":
      case "io.crewkit.agent.deleted":
      case "io.crewkit.agent.restored":
        return Option.some({
          seq: record.seq,
          time: record.time,
          action: event.type.slice("io.crewkit.agent.".length),
          file: event.subject ?? `.claude/agents/${event.data.agent}.md`,
          change: event.data
        })
      default:
        return Option.none()
    }
  })

/** The changes to agents in a session, in order. */
export const changesIn = Effect.fnUntraced(function* (session: SessionFacts) {
  const records = yield* SessionRecords
  if (session.changes === 0) return []
  const all = yield* Stream.runCollect(records.records(session, isChange))
  return all.flatMap((record) => Option.toArray(changeIn(record)))
})

const timeNamed = Effect.fnUntraced(function* (flag: string, text: string, ends: boolean) {
  if (text === "") return undefined
  const time = parseTime(text, yield* Clock.currentTimeMillis, ends)
  if (time !== undefined) return time
  return yield* new UsageError({
    problem: `${flag} ${text} is no time`,
    next: `${flag} takes a day (2026-10-11), a time (2026-10-11T14:30:00Z) or a span (7d, 12h)`
  })
})

export interface Between {
  readonly since: string
  readonly until: string
}

/** The two flags as a test of a session's start, in text that sorts as time does. */
export const between = Effect.fnUntraced(function* ({ since, until }: Between) {
  const from = yield* timeNamed("--since", since, false)
  const to = yield* timeNamed("--until", until, true)
  return {
    from,
    test: ({ startedAt }: SessionFacts): boolean => {
      const millis = parseTime(startedAt, 0) ?? 0
      return (from === undefined || millis >= from) && (to === undefined || millis <= to)
    }
  }
})

export const noSessions: ReadonlyArray<Line> = [
  ["no sessions are recorded in this project yet; crewkit code starts the first"]
]
