/** Telling by `stat` alone that a file has not changed since it was hashed, the way git's index does. */
import type { Stats } from "node:fs"
import type { FileStamp } from "../domain/FileStamp.ts"

export const stampOf = (stat: Stats, sha256: string): FileStamp => ({
  size: stat.size,
  mtime: stat.mtimeMs,
  ctime: stat.ctimeMs,
  ino: stat.ino,
  sha256
})

/**
 * How close to the moment of the stamp a change may lie without showing in it, in milliseconds: the clock tick of the
 * kernel and some, or two seconds where the file system keeps whole seconds only.
 */
const slack = (time: number): number => (Number.isInteger(time / 1000) ? 2000 : 10)

/** True where the file is surely the one that was hashed; `since` is when the stamps were taken, ms since 1970. */
export const stillFits = (stamp: FileStamp, stat: Stats, since: number): boolean =>
  stamp.size === stat.size &&
  stamp.mtime === stat.mtimeMs &&
  stamp.ctime === stat.ctimeMs &&
  stamp.ino === stat.ino &&
  stat.mtimeMs + slack(stat.mtimeMs) < since &&
  stat.ctimeMs + slack(stat.ctimeMs) < since

export const sameStamp = (a: FileStamp, b: FileStamp): boolean =>
  a.size === b.size && a.mtime === b.mtime && a.ctime === b.ctime && a.ino === b.ino && a.sha256 === b.sha256

/** Milliseconds to wait from `now` until files written just now can be told by their stamps. */
export const untilSettled = (stamps: Iterable<FileStamp>, now: number): number => {
  let latest = 0
  for (const { ctime } of stamps) latest = Math.max(latest, ctime + slack(ctime) + 1)
  // A file system of whole seconds is not waited for; its files are read again instead.
  return latest - now > 100 ? 0 : Math.max(0, latest - now)
}
