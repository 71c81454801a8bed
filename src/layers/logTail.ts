/** Reads the session log where it grows: from a place on, whole lines only, without parsing what nobody wants. */
import { Option } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { type AnyRecord, decodeRecord } from "../domain/logRecord.ts"

/** Where to go on in a session. */
export interface Place {
  /** Index of the segment. */
  readonly segment: number
  /** Bytes. */
  readonly offset: number
  /** Of the record before. */
  readonly time: string | undefined
}

export const beginning: Place = { segment: 0, offset: 0, time: undefined }

interface Head {
  readonly seq: number
  readonly type: string
  readonly time: string
}

interface Line {
  readonly bytes: Buffer
  readonly head: Head | undefined
  readonly before: string | undefined
  /** Behind this line. */
  readonly after: Place
}

const chunk = 256 * 1024

/** What every record begins with. */
const headOf = (line: Buffer): Head | undefined => {
  const [, seq, type, time] =
    /^\{"seq":(\d{1,15}),"prev":"[0-9a-f]{64}","type":"([^"]+)","time":"([^"]+)"/.exec(
      line.toString("latin1", 0, 320)
    ) ?? []
  return seq === undefined || type === undefined || time === undefined ? undefined : { seq: Number(seq), type, time }
}

const opened = (path: string): number | undefined => {
  try {
    return fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0))
  } catch {
    // Pruned meanwhile, or no file of ours.
    return undefined
  }
}

/** The whole lines of one file from an offset on, each with the offset behind it. */
function* wholeLines(path: string, from: number): Generator<readonly [Buffer, number]> {
  const fd = opened(path)
  if (fd === undefined) return
  try {
    let rest: Buffer = Buffer.alloc(0)
    for (let offset = from; ;) {
      const buffer = Buffer.allocUnsafe(chunk)
      const read = fs.readSync(fd, buffer, 0, chunk, offset)
      if (read === 0) return
      const bytes = rest.length === 0 ? buffer.subarray(0, read) : Buffer.concat([rest, buffer.subarray(0, read)])
      const start = offset - rest.length
      offset += read
      let at = 0
      for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, at)) {
        yield [bytes.subarray(at, end), start + end + 1]
        at = end + 1
      }
      rest = bytes.subarray(at)
    }
  } finally {
    fs.closeSync(fd)
  }
}

function* linesFrom(folder: string, segments: ReadonlyArray<string>, place: Place): Generator<Line> {
  let time = place.time
  for (let segment = place.segment; segment < segments.length; segment++) {
    const from = segment === place.segment ? place.offset : 0
    for (const [bytes, offset] of wholeLines(join(folder, segments[segment] ?? ""), from)) {
      const head = headOf(bytes)
      const before = time
      time = head?.time ?? time
      yield { bytes, head, before, after: { segment, offset, time } }
    }
  }
}

export interface Item {
  readonly record: AnyRecord
  /** Time of the record before. */
  readonly before: string | undefined
  readonly after: Place
}

type Wanted = (type: string, seq: number) => boolean

/** So many wanted records, and the place behind all that was read for them. */
export const itemsFrom = (
  folder: string,
  segments: ReadonlyArray<string>,
  place: Place,
  wanted: Wanted,
  most: number
): { readonly items: ReadonlyArray<Item>; readonly end: Place } => {
  const items: Array<Item> = []
  let end = place
  if (most <= 0) return { items, end }
  for (const { after, before, bytes, head } of linesFrom(folder, segments, place)) {
    end = after
    if (head === undefined || !wanted(head.type, head.seq)) continue
    const record = Option.getOrUndefined(decodeRecord(bytes.toString("utf8")))
    if (record === undefined) continue
    items.push({ record, before, after })
    if (items.length >= most) break
  }
  return { items, end }
}

export const countFrom = (folder: string, segments: ReadonlyArray<string>, place: Place, wanted: Wanted): number => {
  let count = 0
  for (const { head } of linesFrom(folder, segments, place))
    if (head !== undefined && wanted(head.type, head.seq)) count++
  return count
}
