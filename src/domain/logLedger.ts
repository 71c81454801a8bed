/** What the records of a ledger say of the sessions of a project. */
import { Option, Schema } from "effect"
import { LogEvent, type Outcome } from "./logEvents.ts"
import type { AnyRecord } from "./logRecord.ts"

/** What the ledger says of a session's log at one moment. */
export interface LedgerSeal {
  /** Records, that of the seal included. */
  readonly size: number
  readonly head: string
  /** The verifier key, where the seal is signed. */
  readonly key: string | undefined
  /** Number and line of the ledger's own record. */
  readonly seq: number
  readonly line: number
}

export interface LedgerSession {
  readonly id: string
  readonly kind: string
  readonly openedAt: string
  readonly seals: Array<LedgerSeal>
  /** The first key that sealed it. */
  pinned: LedgerSeal | undefined
  closed: { readonly at: string; readonly outcome: Outcome | undefined; readonly recovered: boolean } | undefined
  deleted: { readonly at: string; readonly reason: string } | undefined
}

/** By session; filled record by record. */
export type LedgerSessions = Map<string, LedgerSession>

const decode = Schema.decodeUnknownOption(LogEvent)
const known: ReadonlySet<string> = new Set(LogEvent.members.map(({ fields }) => fields.type.literal))

const sessionIn = (sessions: LedgerSessions, id: string, kind: string, openedAt: string): LedgerSession => {
  const there = sessions.get(id)
  if (there !== undefined) return there
  const session = { id, kind, openedAt, seals: [], pinned: undefined, closed: undefined, deleted: undefined }
  sessions.set(id, session)
  return session
}

/** Takes one record in; false where it is of a known type and does not say what that type has to. */
export const takeIn = (sessions: LedgerSessions, record: AnyRecord, line: number): boolean => {
  if (!record.type.startsWith("io.crewkit.ledger.")) return true
  const event = Option.getOrUndefined(decode(record))
  switch (event?.type) {
    case undefined:
      return !known.has(record.type)
    case "io.crewkit.ledger.opened":
      sessionIn(sessions, event.data.session, event.data.kind, record.time)
      return true
    case "io.crewkit.ledger.sealed":
    case "io.crewkit.ledger.closed":
    case "io.crewkit.ledger.deleted": {
      const { head, key, session: id, size } = event.data
      const session = sessionIn(sessions, id, "unknown", record.time)
      const seal: LedgerSeal = { size, head, key, seq: record.seq, line }
      session.seals.push(seal)
      if (key !== undefined) session.pinned ??= seal
      if (event.type === "io.crewkit.ledger.closed") {
        session.closed = { at: record.time, outcome: event.data.outcome, recovered: event.data.recovered === true }
      }
      if (event.type === "io.crewkit.ledger.deleted") {
        session.deleted = { at: record.time, reason: event.data.reason }
      }
      return true
    }
    default:
      return true
  }
}
