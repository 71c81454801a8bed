/** Names in `.crewkit/sessions`, and its ledger. */
import { Option } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { decodeRecord } from "../domain/logRecord.ts"
import { type LogFile, openLogFile } from "./logFile.ts"

export const ledgerName = "ledger.jsonl"

/** Held, and locked, by the writer of a session; where it lies unlocked, that writer is dead. */
export const openName = (session: string): string => `${session}.open`

/** What Claude Code is given for one session: its hooks post with a token that is in there. */
export const settingsName = (session: string): string => `${session}.settings.json`

const segmentPattern = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{4,})\.jsonl$/

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

/** Sessions whose writer has not said that it is done. */
export const openedIn = (folder: string): ReadonlyArray<string> =>
  fs.readdirSync(folder).flatMap((name) => (name.endsWith(".open") ? [name.slice(0, -".open".length)] : []))

const firstLine = (path: string): string | undefined => {
  const fd = fs.openSync(path, "r")
  try {
    const bytes = Buffer.alloc(4096)
    const text = bytes.toString("utf8", 0, fs.readSync(fd, bytes, 0, bytes.length, 0))
    return text.includes("\n") ? text.slice(0, text.indexOf("\n")) : undefined
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
  const first = fs.existsSync(path) ? firstLine(path) : undefined
  const known = first === undefined ? undefined : Option.getOrUndefined(decodeRecord(first))?.source
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
  fs
    .readFileSync(join(folder, ledgerName), "utf8")
    .split("\n")
    .some((line) => line.includes('"type":"io.crewkit.ledger.closed"') && line.includes(`"session":"${session}"`))
