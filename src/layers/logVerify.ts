/** The check of a whole log: the mark, the ledger, every session. What it found, in words. */
import { Effect, Option, Result } from "effect"
import { join } from "node:path"
import type { Fault } from "../domain/logErrors.ts"
import type { LedgerSession } from "../domain/logLedger.ts"
import { ledgerOrigin, notesIn } from "../domain/logAnchor.ts"
import type { SignedNote, VerifierKey } from "../domain/signedNote.ts"
import type { Mark } from "../services/LogKeys.ts"
import type { Anchor, Verdict } from "../services/SessionRecords.ts"
import { ledgerName, openName, segmentName, segmentsIn } from "./logFolder.ts"
import { type LedgerRead, readLedger, sizeOf } from "./logLedgerFile.ts"
import { type CheckingKey, checkingKey, signatureOf } from "./logSeals.ts"
import { walk, type Walked } from "./logWalk.ts"
import { isLocked } from "./nativeLock.ts"
import { listIfThere } from "./nodeFs.ts"

/** What the keychain told, or why it could not be asked. */
export interface Known {
  readonly mark: Result.Result<Option.Option<Mark>, string>
  readonly key: Result.Result<Option.Option<VerifierKey>, string>
}

const short = (id: string): string => id.slice(0, 8)

/** The ledger against what the keychain remembers of it. */
const againstMark = (ledger: LedgerRead, mark: Mark): Fault | undefined => {
  if (ledger.id !== mark.ledger) {
    const problem = `another ledger stands here: the keychain knows ${mark.ledger}, with ${mark.size} records`
    return { kind: "rewritten", file: ledgerName, problem }
  }
  if (ledger.size < mark.size) {
    const problem = `the keychain remembers ${mark.size} records of the ledger, and ${ledger.size} are there: it was rolled back or cut off`
    return { kind: "rolled-back", file: ledgerName, problem }
  }
  if (ledger.heads.get(mark.size) === mark.head) return undefined
  const seq = mark.size - 1
  const problem = `record ${seq} is not the one that the keychain remembers: the ledger was rewritten`
  return { kind: "rewritten", file: ledgerName, seq, problem }
}

interface SignedAnchor extends SignedNote {
  readonly commit: string
}

const anchorsOf = (anchors: ReadonlyArray<Anchor>): ReadonlyArray<SignedAnchor> =>
  anchors.flatMap(({ commit, text }) => notesIn(text).map((note) => ({ ...note, commit })))

/** Keys by their text; each is made once. */
const keyRing = () => {
  const keys = new Map<string, CheckingKey | undefined>()
  return (text: string): CheckingKey | undefined => {
    if (!keys.has(text)) keys.set(text, checkingKey(text))
    return keys.get(text)
  }
}

/** What is wrong with the keys that the ledger names for a session. */
const keyFault = (
  session: LedgerSession,
  own: CheckingKey | undefined,
  covered: number,
  ring: (text: string) => CheckingKey | undefined
): Fault | undefined => {
  const { pinned } = session
  if (pinned?.key === undefined) return undefined
  const wrong = (at: { readonly seq: number; readonly line: number }, problem: string): Fault => ({
    kind: "bad-signature",
    file: ledgerName,
    session: session.id,
    seq: at.seq,
    line: at.line,
    problem
  })
  const key = ring(pinned.key)
  if (key === undefined) return wrong(pinned, "what it names is no verifier key, or has the id of another one")
  if (own !== undefined && key.text !== own.text && pinned.seq >= covered) {
    return wrong(pinned, `session ${short(session.id)} is sealed with ${key.key.name}, which is not this machine's key`)
  }
  const other = session.seals.find((seal) => seal.key !== undefined && seal.key !== pinned.key)
  return other === undefined
    ? undefined
    : wrong(other, `session ${short(session.id)} began with ${key.key.name} and goes on with another key`)
}

/** Sentences of a session that is whole. */
const notesOf = (id: string, walked: Walked): ReadonlyArray<string> =>
  [...walked.unknownKeys].map(
    (name) => `session ${short(id)}: the seals of ${name} could not be checked, for its key is not known here`
  )

/** Sessions named in one sentence. */
const shown = 3

/** One sentence for each reason: without a keychain it is the same one in every session. */
const unsealedIn = (whole: ReadonlyArray<readonly [id: string, walked: Walked]>): ReadonlyArray<string> => {
  const reasons = new Set(whole.flatMap(([, { unsigned }]) => [...unsigned.keys()]))
  return [...reasons].map((reason) => {
    const those = whole.filter(([, { unsigned }]) => unsigned.has(reason))
    const count = those.reduce((sum, [, { unsigned }]) => sum + (unsigned.get(reason) ?? 0), 0)
    const seals = those.reduce((sum, [, walked]) => sum + walked.seals, 0)
    const names = those.slice(0, shown).map(([id]) => short(id))
    const more = those.length > shown ? ` and ${those.length - shown} more` : ""
    const what = those.length === 1 ? "session" : "sessions"
    return `${what} ${names.join(", ")}${more}: ${count} of ${seals} seals are not signed: ${reason}`
  })
}

export interface Asked {
  readonly folder: string
  /** All, where undefined. */
  readonly session: string | undefined
  readonly known: Known
  readonly anchors: ReadonlyArray<Anchor>
}

const once = Effect.fnUntraced(function* ({ anchors, folder, known, session: only }: Asked) {
  const names = yield* listIfThere(folder)
  const listed = segmentsIn(names)
  const mark = Option.getOrUndefined(Result.getOrElse(known.mark, Option.none<Mark>))
  const ownKey = Option.getOrUndefined(Result.getOrElse(known.key, Option.none<VerifierKey>))
  const own = ownKey === undefined ? undefined : checkingKey(ownKey)
  const signed = anchorsOf(anchors)
  const sizes = [...(mark === undefined ? [] : [mark.size]), ...signed.map(({ checkpoint }) => checkpoint.size)]
  const ledger = yield* readLedger(folder, new Set(sizes))
  const ring = keyRing()
  const faults: Array<Fault> = []
  const whole: Array<readonly [id: string, walked: Walked]> = []
  const notes: Array<string> = []
  const counts = { sessions: 0, records: ledger.size, bytes: ledger.bytes, seals: 0 }

  // The ledger
  if (ledger.id === undefined && ledger.fault === undefined) {
    if (mark !== undefined) {
      const problem = `the ledger is gone: the keychain remembers ${mark.size} records of it`
      faults.push({ kind: "missing", file: ledgerName, problem })
    } else if (listed.size > 0) {
      faults.push({ kind: "missing", file: ledgerName, problem: "the ledger is gone, and segments are there" })
    }
  } else {
    const fault = ledger.fault ?? (mark === undefined ? undefined : againstMark(ledger, mark))
    if (fault !== undefined) faults.push(fault)
    if (ledger.unfinished) notes.push("the ledger ends in an unfinished record; whoever writes next completes it")
  }
  if (faults.length === 0) {
    for (const entry of ledger.sessions.values()) {
      const fault = keyFault(entry, own, mark?.size ?? 0, ring)
      if (fault !== undefined) {
        faults.push(fault)
        break
      }
    }
  }

  // Anchors
  const keys = new Set([...ledger.sessions.values()].flatMap(({ pinned }) => pinned?.key ?? []))
  const knownKeys = [...keys].flatMap((text) => ring(text) ?? []).concat(own ?? [])
  for (const { checkpoint, commit, ...note } of signed) {
    if (ledger.id === undefined || checkpoint.origin !== ledgerOrigin(ledger.id)) {
      notes.push(`the anchor at commit ${short(commit)} is that of another ledger (${checkpoint.origin})`)
    } else if (!knownKeys.some((key) => signatureOf({ ...note, checkpoint }, key) === "signed")) {
      notes.push(`the anchor at commit ${short(commit)} is not signed by a key of this log, and tells nothing`)
    } else if (
      ledger.heads.get(checkpoint.size) !== checkpoint.head &&
      faults.every(({ file }) => file !== ledgerName)
    ) {
      const problem = `git remembers ${checkpoint.size} records of the ledger (commit ${short(commit)}), and they are not what is there`
      faults.push({ kind: "rolled-back", file: ledgerName, problem })
    }
  }

  // Sessions
  const wanted = (id: string): boolean => only === undefined || id === only
  if (faults.every(({ kind }) => kind !== "missing")) {
    for (const [id, files] of listed) {
      if (!wanted(id) || ledger.sessions.has(id)) continue
      const problem = "the ledger does not know this session"
      faults.push({ kind: "unknown-segment", file: files[0] ?? segmentName(id, 1), session: id, problem })
    }
    for (const name of names) {
      const isOurs = name === ledgerName || segmentsIn([name]).size > 0
      if (isOurs || !name.endsWith(".jsonl") || only !== undefined) continue
      faults.push({ kind: "unknown-segment", file: name, problem: "this is no segment of any session" })
    }
  }
  const deleted: Array<LedgerSession> = []
  const ids = new Set([...ledger.sessions.keys(), ...(ledger.id === undefined ? listed.keys() : [])])
  for (const id of ids) {
    if (!wanted(id)) continue
    const entry = ledger.sessions.get(id)
    // Listed anew: since the first look a session may have begun, or gone on in another segment.
    const files = segmentsIn(yield* listIfThere(folder)).get(id) ?? []
    if (entry?.deleted !== undefined) {
      deleted.push(entry)
      if (files.length > 0) notes.push(`session ${short(id)} was pruned, and some of it is still there`)
      continue
    }
    const most = Math.max(0, ...(entry?.seals ?? []).slice(-1).map(({ size }) => size))
    if (files.length === 0) {
      if (most > 0) {
        const problem = `the session is gone: the ledger sealed ${most} records of it`
        faults.push({ kind: "missing", file: segmentName(id, 1), session: id, problem })
      } else if (entry?.closed === undefined) {
        notes.push(`session ${short(id)} is entered in the ledger and has not begun`)
      }
      continue
    }
    const key = entry?.pinned?.key === undefined ? own : ring(entry.pinned.key)
    const walked = yield* walk(folder, id, files, entry?.seals ?? [], key)
    counts.sessions += 1
    counts.records += walked.records
    counts.bytes += walked.bytes
    counts.seals += walked.seals
    if (walked.fault !== undefined) {
      faults.push(walked.fault)
      continue
    }
    whole.push([id, walked])
    notes.push(...notesOf(id, walked))
    if (entry?.closed !== undefined) continue
    const lives = yield* Effect.orElseSucceed(isLocked(join(folder, openName(id))), () => false)
    const rest = walked.unsealed > 0 ? `, and ${walked.unsealed} of its records are not sealed yet` : ""
    notes.push(
      `session ${short(id)} ${lives ? "is running" : "was cut off; the next session says so in the log"}${rest}`
    )
  }

  if (deleted.length > 0 && only === undefined) {
    const last = deleted.toSorted((a, b) => ((a.deleted?.at ?? "") < (b.deleted?.at ?? "") ? 1 : -1))[0]
    notes.push(
      `${deleted.length} pruned by the ledger's own word, the last on ${last?.deleted?.at.slice(0, 10) ?? "?"}`
    )
    const foreign = mark === undefined ? 0 : deleted.filter(({ deleted: it }) => (it?.seq ?? 0) >= mark.size).length
    if (foreign > 0) {
      notes.push(`${foreign} of them unknown to the keychain, which crewkit tells of each: ask who pruned`)
    }
  }
  const verdict: Verdict = {
    ...counts,
    unsealed: unsealedIn(whole),
    notes: [...keychainNotes(known, ledger, mark), ...notes],
    faults,
    ...(ledger.id === undefined ? {} : { ledger: { ledger: ledger.id, size: ledger.size, head: ledger.head } })
  }
  return verdict
})

/** What could not be checked for want of the keychain. */
const keychainNotes = (known: Known, ledger: LedgerRead, mark: Mark | undefined): ReadonlyArray<string> => {
  if (ledger.id === undefined) return []
  if (Result.isFailure(known.mark)) {
    return [
      `the keychain could not be asked, so nobody can tell whether the log was rolled back: ${known.mark.failure}`
    ]
  }
  if (mark === undefined) {
    return ["the keychain remembers nothing of this ledger, so nobody can tell whether it was rolled back"]
  }
  return []
}

/**
 * Whoever writes meanwhile is no fault: where one is found and the ledger has grown, all is looked at again.
 */
export const verifyLog = Effect.fnUntraced(function* (asked: Asked) {
  const path = join(asked.folder, ledgerName)
  for (let tries = 2; ; tries--) {
    const before = sizeOf(path)
    const verdict = yield* once(asked)
    if (verdict.faults.length === 0 || tries === 0 || sizeOf(path) === before) return verdict
  }
})
