/**
 * `.crewkit/outbox.json`: how far the registry has been told of each session. The log itself is the queue and the
 * keys of calls come of its records, so this file says only where to go on: without it everything is sent once more,
 * and the registry knows it again by the keys.
 */
import { Option, Schema } from "effect"
import { typedEntries } from "./records.ts"

const optional = Schema.optionalKey

export const Parked = Schema.Struct({
  seq: Schema.Int,
  /** Of HTTP; 0 for what was never sent, because it could not be. */
  status: Schema.Int,
  reason: Schema.String
})
export type Parked = typeof Parked.Type

/** One session. */
export const Entry = Schema.Struct({
  /** Origin of the registry that it was recorded for, and goes to. */
  registry: Schema.String,
  /** The registry's id of it, once it has one. */
  remote: optional(Schema.String),
  /** Number of the first record that is neither delivered nor parked. */
  next: Schema.Int,
  parked: Schema.Array(Parked),
  /** Parked beyond the limit of the list: how many, and from which record on. */
  more: optional(Schema.Struct({ count: Schema.Int, from: Schema.Int })),
  /** Its end is delivered or parked: no more of its records are to be told. */
  ended: Schema.Boolean
})
export type Entry = typeof Entry.Type

export const Outbox = Schema.Struct({ version: Schema.Literal(1), sessions: Schema.Record(Schema.String, Entry) })
export type Outbox = typeof Outbox.Type

export const emptyOutbox: Outbox = { version: 1, sessions: {} }

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Outbox), { onExcessProperty: "error" })

/** What cannot be read says nothing: everything is sent again, under the same keys. */
export const readOutbox = (text: string): Outbox => Option.getOrElse(decode(text), () => emptyOutbox)

export const newEntry = (registry: string): Entry => ({ registry, next: 0, parked: [], ended: false })

/** Parked events of one session that are kept one by one. */
export const mostParked = 100

/** Characters of a reason that are kept. */
const longestReason = 200

const beyond = (entry: Entry, seq: number): Entry => ({ ...entry, next: Math.max(entry.next, seq + 1) })

/** The registry has this event. */
export const delivered = (entry: Entry, seq: number, end = false): Entry => ({
  ...beyond(entry, seq),
  parked: entry.parked.filter((one) => one.seq !== seq),
  ended: entry.ended || end
})

/** The registry has made the session; nothing more is parked for want of one. */
export const created = (entry: Entry, seq: number, remote: string): Entry => ({ ...delivered(entry, seq), remote })

/** Refused for good, or not to be sent at all. */
export const parked = (entry: Entry, one: Parked, end = false): Entry => {
  const rest = entry.parked.filter(({ seq }) => seq !== one.seq)
  const next = { ...beyond(entry, one.seq), ended: entry.ended || end }
  if (rest.length >= mostParked) {
    const { count, from } = entry.more ?? { count: 0, from: one.seq }
    return { ...next, more: { count: count + 1, from: Math.min(from, one.seq) } }
  }
  const kept = { ...one, reason: one.reason.slice(0, longestReason) }
  return { ...next, parked: [...rest, kept].sort((a, b) => a.seq - b.seq) }
}

/** Without a session at the registry nothing of it can be told: the refusal of its start stands for all of it. */
export const isBlocked = (entry: Entry): boolean => entry.remote === undefined && entry.parked.length > 0

export const parkedCount = ({ more, parked }: Entry): number => parked.length + (more?.count ?? 0)

/**
 * For another try at what is parked: the records that are sent again, beside those from `next` on. A session that the
 * registry refused or did not find begins anew, under the same keys; so does what was too much for the list.
 */
export const retried = (entry: Entry): { readonly entry: Entry; readonly again: ReadonlySet<number> } => {
  const { more, registry, remote } = entry
  const nothing = { entry, again: new Set<number>() }
  if (parkedCount(entry) === 0) return nothing
  if (remote === undefined || entry.parked.some(({ status }) => status === 404)) {
    return { ...nothing, entry: newEntry(registry) }
  }
  const again = new Set(entry.parked.map(({ seq }) => seq))
  if (more === undefined) return { entry, again }
  const { more: _, ...rest } = entry
  return { entry: { ...rest, next: more.from, ended: false }, again }
}

/** Without the sessions that the log no longer has. */
export const pruned = (outbox: Outbox, there: (session: string) => boolean): Outbox => ({
  version: 1,
  sessions: Object.fromEntries(typedEntries(outbox.sessions).filter(([session]) => there(session)))
})
