/**
 * One file of the session log, open for appending: each record is one write of a whole line. Synchronous, because an
 * append costs less than going to another thread would.
 */
import * as fs from "node:fs"
import { type ChainState, genesis, step } from "../domain/logChain.ts"
import type { LogEvent } from "../domain/logEvents.ts"
import { lineOf, sourceOf } from "../domain/logRecord.ts"
import { sha256 } from "./nodeFs.ts"

/** Bytes that are looked at first for the last line of a file; most records are much smaller. */
const tailBytes = 16 * 1024

/** What a writer has to know of the end of a file. */
export interface Tail {
  readonly state: ChainState
  /** Bytes of a last line that nobody finished; 0 where the last line is a record. */
  readonly torn: number
  /** SHA-256 of the line before it, where it is too short to name it. */
  readonly after: string | undefined
  /** Whether the last line has its newline. */
  readonly ends: boolean
}

const lineIn = (bytes: Buffer) => ({
  hash: () => sha256(bytes),
  startsWith: (text: string) => bytes.length >= text.length && bytes.toString("latin1", 0, text.length) === text,
  text: () => bytes.toString("utf8")
})

/** The number that a line says it has; undefined where it says none. */
const seqOf = (line: Buffer): number | undefined => {
  const match = /^\{"seq":(\d{1,15}),"prev":"[0-9a-f]{64}","type":"/.exec(line.toString("latin1", 0, 128))
  return match?.[1] === undefined ? undefined : Number(match[1])
}

const isWhole = (line: Buffer): boolean => {
  try {
    JSON.parse(line.toString("utf8"))
    return true
  } catch {
    return false
  }
}

/** Where a file's own first line says that it goes on. */
const startIn = (bytes: Buffer): ChainState | undefined => {
  const match = /^\{"seq":(\d{1,15}),"prev":"([0-9a-f]{64})","type":"/.exec(bytes.toString("latin1", 0, 128))
  return match?.[1] === undefined || match[2] === undefined ? undefined : { seq: Number(match[1]), head: match[2] }
}

/** Line by line from the start: for a file whose last line does not tell. */
const walked = (bytes: Buffer, start: ChainState): ChainState => {
  let state = startIn(bytes) ?? start
  for (let from = 0; from < bytes.length;) {
    const newline = bytes.indexOf(0x0a, from)
    const end = newline < 0 ? bytes.length : newline
    const line = lineIn(bytes.subarray(from, end))
    const checked = step(state, line)
    // What does not fit stays, and the chain goes on from its bytes: the check names it.
    state = checked._tag === "Good" ? checked.state : { seq: state.seq, head: line.hash() }
    from = end + 1
  }
  return state
}

/** The end of the file behind `fd`, `size` bytes long. */
export const tailOf = (fd: number, size: number, start: ChainState): Tail => {
  if (size === 0) return { state: start, torn: 0, after: undefined, ends: true }
  for (let span = Math.min(size, tailBytes); ; span = Math.min(size, span * 8)) {
    const bytes = Buffer.allocUnsafe(span)
    fs.readSync(fd, bytes, 0, span, size - span)
    const ends = bytes[span - 1] === 0x0a
    const before = bytes.lastIndexOf(0x0a, ends ? span - 2 : span - 1)
    if (before < 0 && span < size) continue
    const line = bytes.subarray(before + 1, ends ? span - 1 : span)
    const seq = seqOf(line)
    if (seq !== undefined && isWhole(line)) {
      return { state: { seq: seq + 1, head: sha256(line) }, torn: 0, after: undefined, ends }
    }
    // A torn line has the number that the next record gets.
    if (seq !== undefined && !ends) {
      return { state: { seq, head: sha256(line) }, torn: line.length, after: undefined, ends }
    }
    const all = Buffer.allocUnsafe(size)
    fs.readSync(fd, all, 0, size, 0)
    const { before: after, head, seq: next } = walked(all, start)
    return { state: { seq: next, head }, torn: line.length, after, ends }
  }
}

export interface LogFile {
  readonly path: string
  readonly state: () => ChainState
  /** Bytes. */
  readonly size: () => number
  /** The number of the record. Throws what the system throws, and then nothing is written that counts. */
  readonly append: (event: LogEvent, time: string) => number
  /** Ends an unfinished last line, if there is one; what the record of the recovery has to say of it. */
  readonly complete: () => { readonly torn: number; readonly after?: string }
  readonly flush: () => void
  readonly close: () => void
}

const flags = fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_APPEND | (fs.constants.O_NOFOLLOW ?? 0)

/** Where the chain stands after the last line of a file. */
export const endOf = (path: string, start: ChainState): ChainState => {
  const fd = fs.openSync(path, "r")
  try {
    return tailOf(fd, fs.fstatSync(fd).size, start).state
  } finally {
    fs.closeSync(fd)
  }
}

const tailBehind = (fd: number, start: ChainState) => {
  try {
    const { size } = fs.fstatSync(fd)
    return { size, ...tailOf(fd, size, start) }
  } catch (cause) {
    fs.closeSync(fd)
    throw cause
  }
}

/** `start` is where the chain stands before this file's first line: its genesis, or the end of the segment before. */
export const openLogFile = (path: string, id: string, start = genesis(sourceOf(id), sha256)): LogFile => {
  const fd = fs.openSync(path, flags, 0o600)
  const { after, torn, ...tail } = tailBehind(fd, start)
  let { ends, size, state } = tail
  let inTheWay = false
  const put = (bytes: Buffer): void => {
    let offset = 0
    while (offset < bytes.length) offset += fs.writeSync(fd, bytes, offset)
    size += bytes.length
  }
  /** A full disk can take half of a line; what it took is taken back, so that the next record finds a whole log. */
  const takeBack = (): void => {
    if (inTheWay) fs.ftruncateSync(fd, size)
    inTheWay = false
  }
  const complete = () => {
    if (!ends) put(Buffer.from("\n"))
    ends = true
    return { torn, ...(after === undefined ? {} : { after }) }
  }
  return {
    path,
    state: () => state,
    size: () => size,
    append: (event, time) => {
      const { head, seq } = state
      const bytes = Buffer.from(`${lineOf(seq, head, time, sourceOf(id), event)}\n`)
      // What could not be taken back then has to go now.
      takeBack()
      inTheWay = true
      try {
        put(bytes)
        inTheWay = false
      } catch (cause) {
        takeBack()
        throw cause
      }
      state = { seq: seq + 1, head: sha256(bytes.subarray(0, -1)) }
      return seq
    },
    complete,
    flush: () => fs.fsyncSync(fd),
    close: () => fs.closeSync(fd)
  }
}
