/** What is known of a session from the first and the last lines of its log, and from the ledger. */
import { Effect, Option } from "effect"
import { join } from "node:path"
import { decodeEvent, decodeRecord } from "../domain/logRecord.ts"
import type { LedgerSession } from "../domain/logLedger.ts"
import type { SessionFacts } from "../services/SessionRecords.ts"
import { openName } from "./logFolder.ts"
import { eachLine, opened, sizeOf } from "./logLedgerFile.ts"
import { LineBytes, typeOf } from "./logScan.ts"
import { isLocked } from "./nativeLock.ts"
import { attempt } from "./nodeFs.ts"

export const isChange = (type: string): boolean => type.startsWith("io.crewkit.agent.")

/** The event and the time of a line; none where it is no record of a type we know. */
const eventOf = (text: string) =>
  Option.flatMap(decodeRecord(text), (record) => Option.map(decodeEvent(record), (event) => ({ event, record })))

const firstOf = Effect.fnUntraced(function* (path: string) {
  const reader = yield* opened(path)
  const line = new LineBytes()
  return yield* attempt("read", path, () => {
    while (!reader.next(line)) if (!reader.fill()) return Option.none()
    return eventOf(line.text())
  })
}, Effect.scoped)

/** Goes over all lines; where the end tells, only the last segment's. */
const endOf = Effect.fnUntraced(function* (path: string) {
  const reader = yield* opened(path)
  let ended: ReturnType<typeof eventOf> = Option.none()
  let changes = 0
  yield* eachLine(reader, path, (line) => {
    const type = typeOf(line.bytes)
    if (type === "io.crewkit.session.ended") ended = eventOf(line.text())
    else if (type !== undefined && isChange(type)) changes += 1
    return true
  })
  return { ended, changes }
}, Effect.scoped)

export const factsOf = Effect.fnUntraced(function* (
  folder: string,
  id: string,
  segments: ReadonlyArray<string>,
  entry: LedgerSession | undefined
) {
  const paths = segments.map((name) => join(folder, name))
  const first = Option.getOrUndefined(yield* firstOf(paths[0] ?? folder))
  const started = first?.event.type === "io.crewkit.session.started" ? first.event.data : undefined
  const last = yield* endOf(paths.at(-1) ?? folder)
  const end = Option.getOrUndefined(last.ended)
  const ended = end?.event.type === "io.crewkit.session.ended" ? end.event.data : undefined
  let counted = last.changes
  if (ended === undefined) {
    for (const path of paths.slice(0, -1)) counted += (yield* endOf(path)).changes
  }
  const closed = entry?.closed
  const lives =
    closed === undefined &&
    ended === undefined &&
    (yield* Effect.orElseSucceed(isLocked(join(folder, openName(id))), () => false))
  const outcome = ended?.outcome ?? closed?.outcome
  const facts: SessionFacts = {
    id,
    startedAt: first?.record.time ?? entry?.openedAt ?? "",
    ...(end === undefined ? {} : { endedAt: end.record.time }),
    ...(ended === undefined ? {} : { duration: ended.duration }),
    state: lives ? "running" : closed !== undefined || ended !== undefined ? "ended" : "cut off",
    ...(outcome === undefined ? {} : { outcome }),
    ...(ended?.exit_code === undefined ? {} : { exitCode: ended.exit_code }),
    changes: ended?.changes ?? counted,
    ...(started === undefined ? {} : { started }),
    segments,
    bytes: paths.reduce((sum, path) => sum + sizeOf(path), 0)
  }
  return facts
})
