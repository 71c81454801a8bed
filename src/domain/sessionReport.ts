/** Changes to agents over many sessions, added up. */
import { Schema } from "effect"

const Count = Schema.Struct({ name: Schema.String, changes: Schema.Int })

export const Report = Schema.Struct({
  /** RFC 3339; absent where all sessions are meant. */
  since: Schema.optionalKey(Schema.String),
  made: Schema.String,
  org: Schema.String,
  project: Schema.String,
  sessions: Schema.Int,
  changes: Schema.Int,
  /** In UTC, without gaps between the first and the last. */
  days: Schema.Array(Schema.Struct({ day: Schema.String, changes: Schema.Int, sessions: Schema.Int })),
  /** Most changed first. */
  agents: Schema.Array(Schema.Struct({ ...Count.fields, added: Schema.Int, removed: Schema.Int })),
  /** Claude Code, crewkit, another program, unknown. */
  who: Schema.Array(Count),
  /** People: the registry's id, or the login on their machine. */
  users: Schema.Array(Schema.Struct({ ...Count.fields, sessions: Schema.Int })),
  outcomes: Schema.Array(Schema.Struct({ name: Schema.String, sessions: Schema.Int }))
})
export type Report = typeof Report.Type

export interface CountedChange {
  readonly agent: string
  readonly time: string
  readonly kind: "claude" | "crewkit" | "outside" | "unknown"
  readonly added: number
  readonly removed: number
}

export interface CountedSession {
  readonly startedAt: string
  readonly user: string
  readonly outcome: string
  readonly changes: ReadonlyArray<CountedChange>
}

const whoNames = {
  claude: "Claude Code",
  crewkit: "crewkit",
  outside: "another program",
  unknown: "unknown"
} as const

const grouped = <A, B>(all: Iterable<A>, keyOf: (one: A) => string, start: () => B, add: (sum: B, one: A) => void) => {
  const groups = new Map<string, B>()
  for (const one of all) {
    const key = keyOf(one)
    const sum = groups.get(key) ?? start()
    add(sum, one)
    groups.set(key, sum)
  }
  return [...groups]
}

const mostFirst = <A extends { readonly name: string; readonly changes: number }>(
  all: ReadonlyArray<A>
): ReadonlyArray<A> => all.toSorted((a, b) => b.changes - a.changes || (a.name < b.name ? -1 : 1))

const dayOf = (time: string): string => time.slice(0, 10)

/** The day after, in the calendar of all years that we shall see. */
const dayAfter = (day: string): string => {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number)
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const length = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
  const two = (value: number): string => String(value).padStart(2, "0")
  if (date < length) return `${year}-${two(month)}-${two(date + 1)}`
  return month < 12 ? `${year}-${two(month + 1)}-01` : `${year + 1}-01-01`
}

/** A clock that jumped is no reason to draw centuries. */
const mostDays = 3660

const daysOf = (sessions: ReadonlyArray<CountedSession>): Report["days"] => {
  const days = new Map<string, { day: string; changes: number; sessions: number }>()
  const at = (time: string) => {
    const day = dayOf(time)
    const there = days.get(day) ?? { day, changes: 0, sessions: 0 }
    days.set(day, there)
    return there
  }
  for (const session of sessions) {
    at(session.startedAt).sessions += 1
    for (const { time } of session.changes) at(time).changes += 1
  }
  const sorted = [...days.keys()].filter((day) => /^\d{4}-\d{2}-\d{2}$/.test(day)).sort()
  const [first] = sorted
  const last = sorted.at(-1)
  if (first === undefined || last === undefined) return []
  const all: Array<{ day: string; changes: number; sessions: number }> = []
  for (let day = first; day <= last; day = dayAfter(day)) {
    all.push(days.get(day) ?? { day, changes: 0, sessions: 0 })
    if (all.length > mostDays) return sorted.flatMap((one) => days.get(one) ?? [])
  }
  return all
}

export const reportOf = (
  about: Pick<Report, "since" | "made" | "org" | "project">,
  sessions: ReadonlyArray<CountedSession>
): Report => {
  const changes = sessions.flatMap((session) => session.changes.map((change) => ({ ...change, user: session.user })))
  return {
    ...about,
    sessions: sessions.length,
    changes: changes.length,
    days: daysOf(sessions),
    agents: mostFirst(
      grouped(
        changes,
        ({ agent }) => agent,
        () => ({ changes: 0, added: 0, removed: 0 }),
        (sum, { added, removed }) => {
          sum.changes += 1
          sum.added += added
          sum.removed += removed
        }
      ).map(([name, sum]) => ({ name, ...sum }))
    ),
    who: mostFirst(
      grouped(
        changes,
        ({ kind }) => whoNames[kind],
        () => ({ changes: 0 }),
        (sum) => void (sum.changes += 1)
      ).map(([name, sum]) => ({ name, ...sum }))
    ),
    users: mostFirst(
      grouped(
        sessions,
        ({ user }) => user,
        () => ({ changes: 0, sessions: 0 }),
        (sum, session) => {
          sum.sessions += 1
          sum.changes += session.changes.length
        }
      ).map(([name, sum]) => ({ name, ...sum }))
    ),
    outcomes: grouped(
      sessions,
      ({ outcome }) => outcome,
      () => ({ sessions: 0 }),
      (sum) => void (sum.sessions += 1)
    )
      .map(([name, sum]) => ({ name, ...sum }))
      .sort((a, b) => b.sessions - a.sessions || (a.name < b.name ? -1 : 1))
  }
}
