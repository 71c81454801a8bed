/** Names in `.crewkit/sessions`, and its ledger. */
import { Option } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { genesis } from "../domain/logChain.ts"
import { decodeRecord, sourceOf } from "../domain/logRecord.ts"
import { segmentPattern } from "../domain/namePatterns.ts"
import { endOf, type LogFile, openLogFile } from "./logFile.ts"
import { sha256 } from "./nodeFs.ts"

export const ledgerName = "ledger.jsonl"

/** Held, and locked, by the writer of a session; where it lies unlocked, that writer is dead. */
export const openName = (session: string): string => `${session}.open`

/** What Claude Code is given for one session: its hooks post with a token that is in there. */
export const settingsName = (session: string): string => `${session}.settings.json`

export const segmentName = (session: string, number: number): string =>
  `${session}.${String(number).padStart(4, "0")}.jsonl`

/** Names of a folder's segments in order, by session. */
export const segmentsIn = (names: ReadonlyArray<string>): ReadonlyMap<string, ReadonlyArray<string>> => {
  const sessions = new Map<string, Array<{ readonly name: string; readonly number: number }>>()
  for (const name of names) {
    const match = segmentPattern.exec(name)
    if (match?.[1] === undefined) continue
    const one = { name, number: Number(match[2]) }
    const others = sessions.get(match[1])
    if (others === undefined) sessions.set(match[1], [one])
    else others.push(one)
  }
  return new Map(
    [...sessions].map(([id, list]) => [id, list.sort((a, b) => a.number - b.number).map(({ name }) => name)])
  )
}

export const segmentsOf = (folder: string, session: string): ReadonlyArray<string> =>
  segmentsIn(fs.readdirSync(folder)).get(session) ?? []

/**
 * The last of these segments of a session, open for appending. Its chain goes on from the one before: a writer that died
 * between the two has left it empty.
 */
export const openLast = (folder: string, session: string, names: ReadonlyArray<string>): LogFile | undefined => {
  const last = names.at(-1)
  const before = names.at(-2)
  if (last === undefined) return undefined
  const first = genesis(sourceOf(session), sha256)
  return openLogFile(join(folder, last), session, before === undefined ? first : endOf(join(folder, before), first))
}

const openPattern = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.open$/

/** Sessions whose writer has not said that it is done. */
export const openedIn = (folder: string): ReadonlyArray<string> =>
  fs.readdirSync(folder).flatMap((name) => openPattern.exec(name)?.[1] ?? [])

/** The source of the first record; where a dead writer has left half of the first line, it is that of the next. */
const sourceIn = (path: string): string | undefined => {
  const fd = fs.openSync(path, "r")
  try {
    const bytes = Buffer.alloc(16 * 1024)
    const lines = bytes.toString("utf8", 0, fs.readSync(fd, bytes, 0, bytes.length, 0)).split("\n")
    return lines.map((line) => Option.getOrUndefined(decodeRecord(line))?.source).find((source) => source !== undefined)
  } finally {
    fs.closeSync(fd)
  }
}

export interface Ledger extends LogFile {
  /** UUID. */
  readonly id: string
}

/** Its id stands in its first record; a new one gets one. A last line that a dead writer left is completed. */
export const openLedger = (folder: string, time: string): Ledger => {
  const path = join(folder, ledgerName)
  const known = fs.existsSync(path) ? sourceIn(path) : undefined
  const id = known?.startsWith("urn:uuid:") === true ? known.slice("urn:uuid:".length) : crypto().randomUUID()
  const file = openLogFile(path, id)
  try {
    if (file.size() === 0) file.append({ type: "io.crewkit.ledger.created", data: {} }, time)
    const unfinished = file.complete()
    if (unfinished.torn > 0) {
      const reason = "its writer ended in the middle of a record"
      file.append({ type: "io.crewkit.log.recovered", data: { ...unfinished, reason } }, time)
    }
  } catch (cause) {
    file.close()
    throw cause
  }
  return { ...file, id }
}

const crypto = () => process.getBuiltinModule("node:crypto")

/** Whether the ledger says that a session has ended; for the rare case in which nothing else tells. */
export const isClosed = (folder: string, session: string): boolean =>
  fs.existsSync(join(folder, ledgerName)) &&
  fs
    .readFileSync(join(folder, ledgerName), "utf8")
    .split("\n")
    .some((line) => line.includes('"type":"io.crewkit.ledger.closed"') && line.includes(`"session":"${session}"`))
