/** Reads files of the session log line by line, in a buffer that stays: nothing grows with the file. */
import * as fs from "node:fs"
import type { Line } from "../domain/logChain.ts"

const chunk = 1024 * 1024
/** Bytes; a line that is longer than this is no record of ours. */
const longest = 64 * 1024 * 1024

const crypto = () => process.getBuiltinModule("node:crypto")

/** The bytes of one line, good until the next one is read. */
export class LineBytes implements Line {
  bytes: Buffer = Buffer.alloc(0)
  private readonly digest = crypto().hash
  readonly hash = (): string => this.digest("sha256", this.bytes, "hex")
  readonly startsWith = (text: string): boolean =>
    this.bytes.length >= text.length && this.bytes.toString("latin1", 0, text.length) === text
  readonly text = (): string => this.bytes.toString("utf8")
}

/** One file, from its beginning. */
export class LogReader {
  private buffer: Buffer = Buffer.allocUnsafeSlow(chunk)
  private view: Buffer = this.buffer.subarray(0, 0)
  private start = 0
  private scanned = 0
  /** Lines that were given out. */
  lines = 0
  /** Bytes that were read. */
  bytes = 0
  /** A line without an end. */
  overlong = false
  readonly fd: number

  constructor(path: string) {
    this.fd = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0))
    if (!fs.fstatSync(this.fd).isFile()) {
      fs.closeSync(this.fd)
      throw Object.assign(new Error("not a file"), { code: "EISDIR" })
    }
  }

  /** Reads on; false at the end of the file. */
  fill(): boolean {
    const rest = this.view.length - this.start
    if (rest === this.buffer.length) {
      if (rest >= longest) {
        this.overlong = true
        return false
      }
      const larger = Buffer.allocUnsafeSlow(rest * 2)
      this.buffer.copy(larger, 0, 0, rest)
      this.buffer = larger
    } else this.buffer.copyWithin(0, this.start, this.view.length)
    this.scanned -= this.start
    this.start = 0
    const read = fs.readSync(this.fd, this.buffer, rest, this.buffer.length - rest, null)
    this.bytes += read
    this.view = this.buffer.subarray(0, rest + read)
    return read > 0
  }

  /** The next whole line of what has been read, without its newline. */
  next(into: LineBytes): boolean {
    const end = this.view.indexOf(0x0a, this.scanned)
    if (end < 0) {
      this.scanned = this.view.length
      return false
    }
    into.bytes = this.view.subarray(this.start, end)
    this.start = end + 1
    this.scanned = this.start
    this.lines++
    return true
  }

  /** Bytes after the last newline. */
  get rest(): Buffer {
    return this.view.subarray(this.start)
  }

  close(): void {
    fs.closeSync(this.fd)
  }
}

const typeStart = '"type":"'

/** The type of a record without parsing it; undefined where the line is no record. */
export const typeOf = (line: Buffer): string | undefined => {
  const head = line.toString("latin1", 0, 192)
  if (!head.startsWith('{"seq":')) return undefined
  const from = head.indexOf(typeStart)
  const end = from < 0 ? -1 : head.indexOf('"', from + typeStart.length)
  return end < 0 ? undefined : head.slice(from + typeStart.length, end)
}
