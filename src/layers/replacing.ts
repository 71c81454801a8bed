/**
 * Replacing an agent's file while somebody may be saving it. The new file and the old one change places in one step, so
 * what was replaced can still be looked at; where it is not what was backed up before, it becomes a backup of its own.
 */
import * as fs from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { type AgentName, isAgentName } from "../domain/AgentName.ts"
import type { Kept } from "../services/Backups.ts"
import { backupPath, freeTime } from "./backupFile.ts"
import { lockModule } from "./lockModule.ts"
import { codeOf, isRunning, replaceFile, sha256, syncFolder, temporaryIn, type Written } from "./nodeFs.ts"

/** One agent's file, and where its former contents go. */
export interface Slot {
  readonly name: AgentName
  /** `.claude/agents` */
  readonly folder: string
  /** `.claude/.backups` */
  readonly backups: string
  /** What was backed up just now; undefined where there was nothing. */
  readonly kept: Kept | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

const pathOf = ({ folder, name }: Slot): string => join(folder, `${name}.md`)

/** As no file that is half-written is called: what has this name is never thrown away unseen. */
const asideOf = (temporary: string, name: AgentName): string => temporary.replace(/tmp$/, `${name}.old`)
const asidePattern = /^\.crewkit-(\d+)-[0-9a-f-]{36}\.([^.]+)\.old$/

const fsync = promisify(fs.fsync)
const link = promisify(fs.link)
const unlink = promisify(fs.unlink)
const rename = promisify(fs.rename)

/** The file system, or the operating system, has no such thing. */
const isUnsupported = (cause: unknown): boolean =>
  ["EINVAL", "EMLINK", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EPERM"].includes(codeOf(cause))

/** False where it cannot be done in one step: on Windows that takes three. */
const swap = (one: string, other: string): boolean => {
  if (process.platform === "win32") return false
  try {
    lockModule().swapSync(one, other)
    return true
  } catch (cause) {
    if (isUnsupported(cause)) return false
    throw cause
  }
}

export const sameFile = (one: fs.Stats, other: fs.Stats | undefined): boolean =>
  other !== undefined && one.ino === other.ino && one.size === other.size && one.mtimeMs === other.mtimeMs

/** All of a file, which is on the disk when this settles; off the main thread, where several share the waiting. */
const flushed = async (path: string): Promise<Buffer> => {
  // Windows flushes only what is open for writing.
  const mode = process.platform === "win32" ? fs.constants.O_RDWR : fs.constants.O_RDONLY
  const fd = fs.openSync(path, mode | (fs.constants.O_NOFOLLOW ?? 0))
  try {
    const content = fs.readFileSync(fd)
    await fsync(fd)
    return content
  } finally {
    fs.closeSync(fd)
  }
}

/** Makes a file that was replaced a backup, unless the backup that is there says the same. */
const keepAside = async (aside: string, { backups, kept, name, now }: Slot): Promise<Kept | undefined> => {
  if (fs.lstatSync(aside).isSymbolicLink()) {
    // What it leads to is not replaced.
    fs.unlinkSync(aside)
    return undefined
  }
  const folder = join(backups, name)
  const content = await flushed(aside)
  const hash = sha256(content)
  if (kept?.sha256 === hash) {
    try {
      // The file itself takes the place of its copy: whoever has it open still, and writes to it, writes to the backup.
      fs.renameSync(aside, join(folder, `${kept.time}.md`))
    } catch {
      fs.rmSync(aside, { force: true })
    }
    return undefined
  }
  fs.mkdirSync(folder, { recursive: true })
  const time = freeTime(folder, now)
  const backup = join(folder, `${time}.md`)
  try {
    fs.renameSync(aside, backup)
  } catch (cause) {
    if (codeOf(cause) !== "EXDEV") throw cause
    replaceFile(backup, content, 0o666, folder)
    fs.rmSync(aside, { force: true })
  }
  syncFolder(folder)
  syncFolder(backups)
  return { name, time, path: backupPath(name, time), size: content.length, sha256: hash }
}

/** Where the two cannot change places in one step: somebody who saves between two of these three loses what was saved. */
const replaceLinked = async (slot: Slot, { temporary }: Written, aside: string): Promise<Kept | undefined> => {
  const path = pathOf(slot)
  try {
    fs.linkSync(path, aside)
  } catch (cause) {
    if (!isUnsupported(cause)) throw cause
    fs.renameSync(temporary, path)
    return undefined
  }
  fs.renameSync(temporary, path)
  return keepAside(aside, slot)
}

const replaceThere = async (slot: Slot, written: Written): Promise<Kept | undefined> => {
  const path = pathOf(slot)
  const aside = asideOf(written.temporary, slot.name)
  fs.renameSync(written.temporary, aside)
  let swapped = false
  try {
    swapped = swap(aside, path)
  } finally {
    if (!swapped) fs.renameSync(aside, written.temporary)
  }
  if (!swapped) return replaceLinked(slot, written, aside)
  try {
    return await keepAside(aside, slot)
  } catch (cause) {
    // What cannot be kept is put back. Where the new file is no longer what was written, both stay.
    swap(aside, path)
    if (sameFile(written.stat, fs.lstatSync(aside, { throwIfNoEntry: false }))) fs.rmSync(aside)
    throw cause
  }
}

/** So often somebody else may make or delete the file just now. */
const patience = 100

/** Puts the new file in place; gives the backup of what it replaced, where that is another than `kept`. */
export const putInPlace = async (slot: Slot, written: Written): Promise<Kept | undefined> => {
  const { temporary } = written
  let there = slot.kept !== undefined
  try {
    for (let tries = 0; ; tries++) {
      try {
        if (there) return await replaceThere(slot, written)
        await link(temporary, pathOf(slot))
        await unlink(temporary)
        return undefined
      } catch (cause) {
        const moved = codeOf(cause) === (there ? "ENOENT" : "EEXIST")
        if (!moved && !there && isUnsupported(cause)) {
          await rename(temporary, pathOf(slot))
          return undefined
        }
        if (!moved || tries === patience) throw cause
        there = !there
      }
    }
  } catch (cause) {
    fs.rmSync(temporary, { force: true })
    throw cause
  }
}

/** Takes the file away; gives the backup of what it was, where that is another than `kept`. */
export const takeAway = async (slot: Slot): Promise<Kept | undefined> => {
  const aside = asideOf(temporaryIn(slot.folder), slot.name)
  fs.renameSync(pathOf(slot), aside)
  try {
    return await keepAside(aside, slot)
  } catch (cause) {
    // Put back, unless somebody has made another one meanwhile; then both stay.
    fs.linkSync(aside, pathOf(slot))
    fs.rmSync(aside)
    throw cause
  }
}

const contentsIn = (folder: string): ReadonlyArray<string> =>
  fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith(".md")) : []

/** What a killed process had replaced and not looked at yet becomes a backup, unless it is one, or is in place. */
export const keepAbandoned = async (folder: string, backups: string, now: number): Promise<void> => {
  for (const file of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
    const [, pid, name] = asidePattern.exec(file) ?? []
    if (pid === undefined || name === undefined || !isAgentName(name) || isRunning(Number(pid))) continue
    const aside = join(folder, file)
    const own = join(backups, name)
    const known = [join(folder, `${name}.md`), ...contentsIn(own).map((backup) => join(own, backup))]
    const content = fs.readFileSync(aside)
    const isKnown = known.some((path) => fs.existsSync(path) && fs.readFileSync(path).equals(content))
    if (isKnown) fs.rmSync(aside)
    else await keepAside(aside, { name, folder, backups, kept: undefined, now })
  }
}
