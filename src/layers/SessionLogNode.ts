/** The session log on disk. Who writes what in which order, and why, is in `docs/session-log.md`. */
import { Clock, DateTime, Effect, Layer, Schedule, Semaphore } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import type { LogEvent, Outcome, SessionStarted } from "../domain/logEvents.ts"
import { LogBusy } from "../domain/logErrors.ts"
import { checkpointText, noteOf, originOf, vkeyOf } from "../domain/signedNote.ts"
import { LogKeys } from "../services/LogKeys.ts"
import { lockWaitSeconds, sealRecords, sealSeconds, waitForLock } from "../services/policies.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { type LogWriteError, type OpenSession, SessionLog } from "../services/SessionLog.ts"
import { localFolder } from "./localFolder.ts"
import { type LogFile, openLogFile } from "./logFile.ts"
import {
  isClosed,
  type Ledger,
  openedIn,
  openLast,
  openLedger,
  openName,
  segmentName,
  segmentsOf,
  settingsName
} from "./logFolder.ts"
import { lockFile } from "./nativeLock.ts"
import { attempt, syncFolder } from "./nodeFs.ts"

/** Bytes after which a session goes on in a new segment. */
const segmentBytes = 16 * 1024 * 1024

const noWait = Schedule.recurs(0)

/** Seconds, with a fraction, of a clock that nobody sets. */
const monotonic = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e9)

/** The file that a session writes at the moment, and how many segments it has. */
interface Segments {
  file: LogFile
  count: number
}

export const layer = Layer.effect(
  SessionLog,
  Effect.gen(function* () {
    const config = yield* ProjectConfig
    const keys = yield* LogKeys
    const now = Effect.map(Clock.currentTimeMillis, (millis) => DateTime.formatIso(DateTime.makeUnsafe(millis)))

    const write = (file: LogFile, event: LogEvent) =>
      Effect.flatMap(now, (time) => attempt("write", file.path, () => file.append(event, time)))

    /** The ledger, locked against other writers for as long as the work takes. */
    const withLedger = <A, E>(
      folder: string,
      work: (ledger: Ledger) => Effect.Effect<A, E>
    ): Effect.Effect<A, E | LogWriteError> =>
      Effect.scoped(
        Effect.gen(function* () {
          if (!(yield* lockFile(join(folder, "ledger.lock"), waitForLock))) {
            return yield* new LogBusy({ seconds: lockWaitSeconds })
          }
          const time = yield* now
          const ledger = yield* Effect.acquireRelease(
            attempt("open", join(folder, "ledger.jsonl"), () => openLedger(folder, time)),
            ({ close }) => Effect.sync(close)
          )
          return yield* work(ledger)
        })
      )

    /** One more record of the ledger, on the disk when this returns. */
    const enter = (folder: string, event: LogEvent) =>
      withLedger(folder, (ledger) =>
        Effect.gen(function* () {
          yield* write(ledger, event)
          yield* attempt("flush", ledger.path, ledger.flush)
          const { head, seq } = ledger.state()
          return { ledger: ledger.id, size: seq, head }
        })
      )

    /**
     * Seals what stands in the file, and has the ledger and the keychain remember it. The note and its record are
     * made in one go, so that no other record comes between what is sealed and its seal.
     */
    const seal = Effect.fnUntraced(function* (
      folder: string,
      id: string,
      current: () => LogFile,
      closed?: { readonly outcome: Outcome; readonly recovered?: true }
    ) {
      const signer = yield* Effect.result(keys.signer)
      const time = yield* now
      // From here on until it is flushed nothing waits, so the file stays the one that is written to.
      const file = current()
      const { head, size } = yield* attempt("write", file.path, () => {
        if (signer._tag === "Failure") {
          file.append({ type: "io.crewkit.log.sealed", data: { unsealed: signer.failure.message } }, time)
        } else {
          const { key, sign } = signer.success
          const { head, seq } = file.state()
          const text = checkpointText({ origin: originOf(id), size: seq, head })
          file.append({ type: "io.crewkit.log.sealed", data: { note: noteOf(text, key, sign(text)) } }, time)
        }
        file.flush()
        const sealed = file.state()
        return { head: sealed.head, size: sealed.seq }
      })
      const key = signer._tag === "Success" ? { key: vkeyOf(signer.success.key) } : {}
      const sealing = { session: id, ...key, size, head }
      const mark = yield* enter(
        folder,
        closed === undefined
          ? { type: "io.crewkit.ledger.sealed", data: sealing }
          : { type: "io.crewkit.ledger.closed", data: { ...sealing, ...closed } }
      )
      if (signer._tag === "Failure") return
      const { root } = yield* config.resolved
      const real = attempt("follow", root, () => fs.realpathSync(root))
      yield* Effect.ignore(Effect.flatMap(real, (path) => keys.raise(path, mark)))
    })

    const forget = (folder: string, id: string) =>
      attempt("remove", join(folder, openName(id)), () => {
        for (const name of [settingsName(id), openName(id)]) fs.rmSync(join(folder, name), { force: true })
      })

    /** Completes what a dead writer left: its last line, a record that says so, a seal, its end in the ledger. */
    const recover = (folder: string, id: string) =>
      Effect.scoped(
        Effect.gen(function* () {
          // Alive, or somebody else is quicker.
          if (!(yield* lockFile(join(folder, openName(id)), noWait))) return
          const names = yield* attempt("list", folder, () => segmentsOf(folder, id))
          if (yield* attempt("read", folder, () => isClosed(folder, id))) return yield* forget(folder, id)
          const file = yield* Effect.acquireRelease(
            attempt("open", folder, () => openLast(folder, id, names)),
            (open) => Effect.sync(() => open?.close())
          )
          if (file === undefined) {
            const nothing = {
              session: id,
              size: 0,
              head: "0".repeat(64),
              outcome: "abandoned",
              recovered: true
            } as const
            yield* enter(folder, { type: "io.crewkit.ledger.closed", data: nothing })
            return yield* forget(folder, id)
          }
          const unfinished = yield* attempt("write", file.path, file.complete)
          const reason = "its writer ended without recording an end"
          yield* write(file, { type: "io.crewkit.log.recovered", data: { ...unfinished, reason } })
          yield* seal(folder, id, () => file, { outcome: "abandoned", recovered: true })
          yield* forget(folder, id)
        })
      )

    /** A new session's id, with the lock that says that its writer lives. */
    const claimed = Effect.fnUntraced(function* (folder: string) {
      // Whoever looks for dead writers may have been quicker to lock a file that was just made; then it is another one.
      for (let tries = 0; tries < 8; tries++) {
        const id = process.getBuiltinModule("node:crypto").randomUUID()
        if (yield* lockFile(join(folder, openName(id)), noWait)) return id
      }
      return yield* new LogBusy({ seconds: 0 })
    })

    const open = Effect.fn("SessionLog.open")(function* (started: SessionStarted) {
      const folder = yield* localFolder(config, "sessions")
      // What cannot be completed now is left for the next one, and is no reason to record nothing.
      const opened = yield* attempt("list", folder, () => openedIn(folder))
      for (const dead of opened) yield* Effect.ignore(recover(folder, dead))
      const began = yield* monotonic
      // Meanwhile: it takes as long as all the rest.
      yield* Effect.forkScoped(Effect.ignore(keys.signer))
      const id = yield* claimed(folder)
      yield* enter(folder, { type: "io.crewkit.ledger.opened", data: { session: id, kind: started.kind } })
      const path = join(folder, segmentName(id, 1))
      const segments: Segments = { file: yield* attempt("open", path, () => openLogFile(path, id)), count: 1 }
      yield* Effect.addFinalizer(() => Effect.sync(() => segments.file.close()))
      yield* write(segments.file, { type: "io.crewkit.session.started", data: started })
      yield* attempt("flush", folder, () => syncFolder(folder))

      /** Goes on in a new file; the chain does not notice. */
      const rotate = (time: string): void => {
        const { file } = segments
        const name = segmentName(id, segments.count + 1)
        file.append({ type: "io.crewkit.log.rotated", data: { next: name } }, time)
        file.flush()
        segments.file = openLogFile(join(folder, name), id, file.state())
        segments.count += 1
        file.close()
        syncFolder(folder)
      }

      const one = yield* Semaphore.make(1)
      let sealed = 0
      let asked = 0
      const sealNow = seal(folder, id, () => segments.file).pipe(
        Effect.tap(() => Effect.sync(() => (sealed = segments.file.state().seq))),
        (sealing) => one.withPermit(sealing)
      )
      const scope = yield* Effect.scope
      const background = Effect.suspend(() =>
        segments.file.state().seq > sealed ? Effect.ignore(sealNow) : Effect.void
      )
      yield* background.pipe(Effect.delay(`${sealSeconds} seconds`), Effect.forever, Effect.forkIn(scope))

      const session: OpenSession = {
        id,
        append: Effect.fnUntraced(function* (event) {
          const time = yield* now
          const seq = yield* attempt("write", segments.file.path, () => {
            if (segments.file.size() > segmentBytes) rotate(time)
            return segments.file.append(event, time)
          })
          if (seq - asked >= sealRecords) {
            asked = seq
            yield* Effect.forkIn(background, scope)
          }
          return seq
        }),
        seal: sealNow,
        end: Effect.fnUntraced(function* ({ changes, exitCode, outcome }) {
          const duration = Math.round(((yield* monotonic) - began) * 1000)
          yield* write(segments.file, {
            type: "io.crewkit.session.ended",
            data: { outcome, ...(exitCode === undefined ? {} : { exit_code: exitCode }), duration, changes }
          })
          yield* one.withPermit(seal(folder, id, () => segments.file, { outcome }))
          yield* forget(folder, id)
        })
      }
      return session
    })

    const removeOne = Effect.fnUntraced(function* (folder: string, id: string, reason: string) {
      const names = yield* attempt("list", folder, () => segmentsOf(folder, id))
      const end = yield* attempt("read", folder, () => {
        const file = openLast(folder, id, names)
        if (file === undefined) return undefined
        file.close()
        return { ...file.state(), bytes: names.reduce((sum, name) => sum + fs.statSync(join(folder, name)).size, 0) }
      })
      if (end === undefined) return
      const { bytes, head, seq } = end
      const data = { session: id, size: seq, head, segments: names.length, bytes, reason }
      const mark = yield* enter(folder, { type: "io.crewkit.ledger.deleted", data })
      const { root } = yield* config.resolved
      // A deletion that the keychain knows of is one of ours.
      yield* Effect.ignore(keys.raise(fs.realpathSync(root), mark))
      yield* attempt("remove", folder, () => names.forEach((name) => fs.rmSync(join(folder, name), { force: true })))
    })

    return SessionLog.of({
      open,
      remove: Effect.fn("SessionLog.remove")(function* (sessions, reason) {
        const folder = yield* localFolder(config, "sessions")
        const running = new Set(yield* attempt("list", folder, () => openedIn(folder)))
        for (const id of sessions) if (!running.has(id)) yield* removeOne(folder, id, reason)
      })
    })
  })
)
