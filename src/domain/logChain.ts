/**
 * Checks a chain line by line, in constant memory: of every line the first members are compared as bytes, and only
 * what a seal or a rotation says is parsed.
 */
import { Option } from "effect"
import type { Fault } from "./logErrors.ts"
import { decodeRecord, startOf } from "./logRecord.ts"
import { parseNote, type SignedNote } from "./signedNote.ts"

/** The bytes of one line without its newline; hashing is the caller's, who has crypto. */
export interface Line {
  readonly hash: () => string
  readonly startsWith: (text: string) => boolean
  readonly text: () => string
}

type Bad = Pick<Fault, "kind" | "seq" | "problem">

export interface ChainState {
  /** Number of the next record. */
  readonly seq: number
  /** SHA-256 of the last line. */
  readonly head: string
  /** The last line is no record: only that of a recovery may follow it. */
  readonly torn?: Bad
}

/** Before a log's first line. */
export const genesis = (source: string, sha256: (text: string) => string): ChainState => ({
  seq: 0,
  head: sha256(source)
})

export interface Seal {
  /** What stands before the seal's own record. */
  readonly size: number
  readonly head: string
  readonly note: Option.Option<SignedNote>
  /** Why there is no signature. */
  readonly unsealed: string | undefined
}

export type Checked =
  | { readonly _tag: "Good"; readonly state: ChainState; readonly seal?: Seal; readonly next?: string }
  | { readonly _tag: "Bad"; readonly fault: Bad }

const textIn = (data: unknown, key: string): string | undefined => {
  if (typeof data !== "object" || data === null) return undefined
  const value: unknown = Object.getOwnPropertyDescriptor(data, key)?.value
  return typeof value === "string" ? value : undefined
}

/** Why a line does not begin as it has to; undefined where it is no record at all. */
const badStart = (state: ChainState, line: Line): Bad | undefined => {
  const record = Option.getOrUndefined(decodeRecord(line.text()))
  if (record === undefined) return undefined
  const { seq } = record
  if (seq > state.seq) return { kind: "gap", seq, problem: `after record ${state.seq - 1} comes record ${seq}` }
  if (seq < state.seq) {
    return { kind: "gap", seq, problem: `record ${seq} stands where record ${state.seq} belongs` }
  }
  const before = seq === 0 ? "is not the first of this log" : `does not go on with record ${seq - 1}`
  return { kind: "rewritten", seq, problem: `record ${seq} ${before}: one of them was changed` }
}

/** What a recovery writes after a line that its writer did not finish; that line's number is given again. */
const isRecovery = (seq: number, state: ChainState, line: Line): boolean =>
  line.startsWith(`${startOf(seq, state.head)}io.crewkit.log.recovered"`)

/** One more line. */
export const step = (state: ChainState, line: Line): Checked => {
  const { head, seq, torn } = state
  const start = startOf(seq, head)
  const starts = line.startsWith(start)
  if (torn !== undefined && !(starts && isRecovery(seq, state, line))) return { _tag: "Bad", fault: torn }
  if (!starts) {
    // An unfinished line may be so long that it looks like a record.
    if (isRecovery(seq - 1, state, line)) return { _tag: "Good", state: { seq, head: line.hash() } }
    const fault = badStart(state, line)
    if (fault !== undefined) return { _tag: "Bad", fault }
    const unreadable: Bad = { kind: "unreadable", seq, problem: `where record ${seq} belongs stands no record` }
    return { _tag: "Good", state: { seq, head: line.hash(), torn: unreadable } }
  }
  const next: ChainState = { seq: seq + 1, head: line.hash() }
  if (line.startsWith(`${start}io.crewkit.log.sealed"`)) {
    const record = Option.getOrUndefined(decodeRecord(line.text()))
    // Unfinished, if a recovery follows.
    if (record === undefined) return { _tag: "Good", state: next }
    const note = textIn(record.data, "note")
    const seal: Seal = {
      size: seq,
      head,
      note: note === undefined ? Option.none() : parseNote(note),
      unsealed: note === undefined ? (textIn(record.data, "unsealed") ?? "no reason is given") : undefined
    }
    return { _tag: "Good", state: next, seal }
  }
  if (line.startsWith(`${start}io.crewkit.log.rotated"`)) {
    const file = Option.getOrUndefined(decodeRecord(line.text()))
    const name = textIn(file?.data, "next")
    return { _tag: "Good", state: next, ...(name === undefined ? {} : { next: name }) }
  }
  return { _tag: "Good", state: next }
}

const isAt = (bytes: Uint8Array, offset: number, text: string): boolean => {
  for (let index = 0; index < text.length; index++) {
    if (bytes[offset + index] !== text.charCodeAt(index)) return false
  }
  return true
}

const beforeSeq = '{"seq":'
const beforeHead = ',"prev":"'
const beforeType = '","type":"io.crewkit.'
const ofTheLog = "log."

/**
 * What `step` says of a line of which it reads nothing but the beginning, three times as fast: no string is made.
 * False where the line has to be looked at by `step`.
 */
export const isOrdinary = ({ head, seq, torn }: ChainState, bytes: Uint8Array): boolean => {
  if (torn !== undefined || !isAt(bytes, 0, beforeSeq)) return false
  const number = String(seq)
  let offset = beforeSeq.length
  if (!isAt(bytes, offset, number)) return false
  offset += number.length
  if (!isAt(bytes, offset, beforeHead)) return false
  offset += beforeHead.length
  if (!isAt(bytes, offset, head)) return false
  offset += head.length
  return isAt(bytes, offset, beforeType) && !isAt(bytes, offset + beforeType.length, ofTheLog)
}
