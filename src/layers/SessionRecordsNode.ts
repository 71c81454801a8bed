/** Lists, finds, reads and checks what the session log holds. */
import { Effect, Layer, Option, Result, Stream } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { SessionUnknown } from "../domain/logErrors.ts"
import { type AnyRecord, decodeRecord } from "../domain/logRecord.ts"
import { nearest } from "../domain/nearest.ts"
import { LogKeys } from "../services/LogKeys.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { type SessionFacts, SessionRecords } from "../services/SessionRecords.ts"
import { segmentsIn } from "./logFolder.ts"
import { readLedger } from "./logLedgerFile.ts"
import { LineBytes, LogReader, typeOf } from "./logScan.ts"
import { type Known, verifyLog } from "./logVerify.ts"
import { attempt, listIfThere } from "./nodeFs.ts"
import { factsOf } from "./recordedFacts.ts"

/** Newest first. */
const byTime = (one: SessionFacts, other: SessionFacts): number =>
  one.startedAt === other.startedAt ? (one.id < other.id ? 1 : -1) : one.startedAt < other.startedAt ? 1 : -1

/** One chunk of a file's records. */
const recordsIn = (reader: LogReader, wanted: ((type: string) => boolean) | undefined): ReadonlyArray<AnyRecord> => {
  const line = new LineBytes()
  const records: Array<AnyRecord> = []
  while (reader.next(line)) {
    if (wanted !== undefined && !wanted(typeOf(line.bytes) ?? "")) continue
    const record = decodeRecord(line.text())
    if (Option.isSome(record)) records.push(record.value)
  }
  return records
}

/** What was meant by the beginning of an id, or by the word `last`: as many letters as were typed, and eight at least. */
const guessOf = (id: string, ids: ReadonlyArray<string>) => {
  if (id.length < 3 || ids.length === 0) return {}
  const guess = nearest(id, ["last", ...ids.map((one) => one.slice(0, Math.max(id.length, 8)))])
  return guess === undefined ? {} : { nearest: guess }
}

const oneMatch = <A>(all: ReadonlyArray<A>, idOf: (one: A) => string, id: string) => {
  const wanted = id.toLowerCase()
  const matches = all.filter((one) => idOf(one) === wanted || (wanted.length >= 4 && idOf(one).startsWith(wanted)))
  const [first] = id === "last" ? all : matches
  if (first === undefined) return Effect.fail(new SessionUnknown({ id, ...guessOf(id, all.map(idOf)) }))
  if (id !== "last" && matches.length > 1) return Effect.fail(new SessionUnknown({ id, several: matches.length }))
  return Effect.succeed(first)
}

const make = (config: ProjectConfig["Service"], keys: LogKeys["Service"]): SessionRecords["Service"] => {
  const folderOf = Effect.map(config.resolved, ({ root }) => join(root, ".crewkit", "sessions"))

  const list = Effect.gen(function* () {
    const folder = yield* folderOf
    const sessions = segmentsIn(yield* listIfThere(folder))
    if (sessions.size === 0) return []
    const ledger = yield* readLedger(folder, new Set())
    const all: Array<SessionFacts> = []
    for (const [id, segments] of sessions) all.push(yield* factsOf(folder, id, segments, ledger.sessions.get(id)))
    return all.sort(byTime)
  })

  /** The id that is meant, of a session that may be there or may be missing. */
  const idOf = Effect.fnUntraced(function* (folder: string, id: string) {
    const ledger = yield* readLedger(folder, new Set())
    const entered = [...ledger.sessions.values()]
      .sort((a, b) => (a.openedAt < b.openedAt ? 1 : -1))
      .map((one) => one.id)
    const others = [...segmentsIn(yield* listIfThere(folder)).keys()].filter((one) => !ledger.sessions.has(one))
    return yield* oneMatch([...entered, ...others], (one) => one, id)
  })

  const known = Effect.gen(function* () {
    const { root } = yield* config.resolved
    const messageOf = <A, E extends { readonly message: string }>(asked: Effect.Effect<A, E>) =>
      Effect.result(Effect.mapError(asked, ({ message }) => message))
    const real = yield* Effect.orElseSucceed(
      attempt("look at", root, () => fs.realpathSync(root)),
      () => root
    )
    const mark = yield* messageOf(keys.mark(real))
    // A keychain that did not answer once is not asked again.
    const key = Result.isFailure(mark) ? Result.fail(mark.failure) : yield* messageOf(keys.known)
    return { mark, key } satisfies Known
  })

  return {
    list,
    find: Effect.fn("SessionRecords.find")(function* (id: string) {
      return yield* oneMatch(yield* list, (session) => session.id, id)
    }),
    records: (session, wanted) =>
      Stream.unwrap(
        Effect.map(folderOf, (folder) =>
          Stream.fromIterable(session.segments).pipe(
            Stream.flatMap((name) => {
              const path = join(folder, name)
              const reader = Effect.acquireRelease(
                attempt("read", path, () => new LogReader(path)),
                (open) => Effect.sync(() => open.close())
              )
              return Stream.unwrap(
                Effect.map(reader, (open) =>
                  Stream.paginate(open, () =>
                    attempt("read", path, () =>
                      open.fill()
                        ? ([recordsIn(open, wanted), Option.some(open)] as const)
                        : ([[], Option.none<LogReader>()] as const)
                    )
                  )
                )
              )
            })
          )
        )
      ),
    verify: Effect.fn("SessionRecords.verify")(function* (id, anchors = []) {
      const folder = yield* folderOf
      const session = id === undefined ? undefined : yield* idOf(folder, id)
      return yield* verifyLog({ folder, session, known: yield* known, anchors })
    })
  }
}

export const layer = Layer.effect(
  SessionRecords,
  Effect.gen(function* () {
    return make(yield* ProjectConfig, yield* LogKeys)
  })
)
