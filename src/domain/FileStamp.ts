/** What a file looked like when it was last read: enough to know without reading that it has not changed. */
export interface FileStamp {
  readonly size: number
  /** Milliseconds since 1970, with fractions where the file system has them. */
  readonly mtime: number
  readonly ctime: number
  readonly ino: number
  readonly sha256: string
}
