/** The ledger, read and checked. */
import { Effect, Option } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { type ChainState, genesis, step } from "../domain/logChain.ts"
import type { FileError } from "../domain/errors.ts"
import type { Fault } from "../domain/logErrors.ts"
import { type LedgerSessions, takeIn } from "../domain/logLedger.ts"
import { decodeRecord } from "../domain/logRecord.ts"
import { ledgerName } from "./logFolder.ts"
import { LineBytes, LogReader } from "./logScan.ts"
import { attempt, sha256 } from "./nodeFs.ts"

export interface LedgerRead {
  /** UUID; undefined where there is no ledger, or nothing in it. */
  readonly id: string | undefined
  readonly sessions: LedgerSessions
  /** Records, and the last of them. */
  readonly size: number
  readonly head: string
  readonly bytes: number
  /** The last records by the number of records up to them, of those that were asked for. */
  readonly heads: ReadonlyMap<number, string>
  /** At the end stands a line that nobody has finished or completed. */
  readonly unfinished: boolean
  readonly fault: Fault | undefined
}

/** Bytes of a file of the log, 0 where there is none. */
export const sizeOf = (path: string): number => fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0

const prefix = "urn:uuid:"

/** Works off a file line by line, chunk by chunk; between chunks others get their turn. False stops. */
export const eachLine = (
  reader: LogReader,
  path: string,
  work: (line: LineBytes) => boolean
): Effect.Effect<void, FileError> =>
  Effect.gen(function* () {
    const line = new LineBytes()
    const chunk = attempt("read", path, () => {
      if (!reader.fill()) return false
      while (reader.next(line)) if (!work(line)) return false
      return true
    })
    while (yield* chunk) yield* Effect.yieldNow
  })

export const opened = (path: string) =>
  Effect.acquireRelease(
    attempt("read", path, () => new LogReader(path)),
    (reader) => Effect.sync(() => reader.close())
  )

/** How a record begins that is long enough to name the one before it. */
const namesBefore = /^\{"seq":0,"prev":"[0-9a-f]{64}","type":"/

/** Where a record does not fit, what follows is taken in all the same: it may be all that is known of a session. */
export const readLedger = Effect.fnUntraced(function* (folder: string, wanted: ReadonlySet<number>) {
  const path = join(folder, ledgerName)
  const sessions: LedgerSessions = new Map()
  const heads = new Map<number, string>()
  const none: LedgerRead = {
    id: undefined,
    sessions,
    size: 0,
    head: "",
    bytes: 0,
    heads,
    unfinished: false,
    fault: undefined
  }
  if (sizeOf(path) === 0) return none
  const reader = yield* opened(path)
  let id: string | undefined
  let fault: Fault | undefined
  let state: ChainState | undefined
  /** The first line is unfinished, and too short to name what is before it: the source, which the next record says. */
  let nameless = false
  yield* eachLine(reader, path, (line) => {
    const record = Option.getOrUndefined(decodeRecord(line.text()))
    id ??= record?.source.startsWith(prefix) === true ? record.source.slice(prefix.length) : undefined
    if (state === undefined && reader.lines === 1 && record !== undefined) state = genesis(record.source, sha256)
    const at = { file: ledgerName, line: reader.lines }
    if (fault === undefined) {
      if (state === undefined) {
        // Half a record, if a recovery follows: then the ledger's id stands there.
        const problem = "the first record of the ledger is none"
        state = { seq: 0, head: line.hash(), torn: { kind: "unreadable", problem } }
        nameless = !namesBefore.test(line.text())
      } else {
        if (nameless && record !== undefined) state = { ...state, before: sha256(record.source) }
        nameless = false
        const checked = step(state, line)
        if (checked._tag === "Bad")
          fault = { ...checked.fault, ...at, line: checked.fault === state.torn ? at.line - 1 : at.line }
        else {
          state = checked.state
          if (wanted.has(state.seq) && state.torn === undefined && !heads.has(state.seq))
            heads.set(state.seq, state.head)
        }
      }
    }
    if (record !== undefined && !takeIn(sessions, record, reader.lines)) {
      const problem = `record ${record.seq} does not say what a record of its type has to`
      fault ??= { kind: "unreadable", ...at, seq: record.seq, problem }
    }
    return true
  })
  const read: LedgerRead = {
    ...none,
    id,
    size: state?.seq ?? 0,
    head: state?.head ?? "",
    bytes: reader.bytes,
    unfinished: reader.rest.length > 0 || state?.torn !== undefined,
    fault
  }
  return read
}, Effect.scoped)
