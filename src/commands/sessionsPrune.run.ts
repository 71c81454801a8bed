import { Clock, Effect, Schema } from "effect"
import { UsageError } from "../domain/errors.ts"
import { counted, faint, good, type Line, sizeText, warn } from "../domain/text.ts"
import { parseSpan, parseTime } from "../domain/when.ts"
import { ContentStore } from "../services/ContentStore.ts"
import { Delivery } from "../services/Delivery.ts"
import { Output } from "../services/Output.ts"
import { SessionLog } from "../services/SessionLog.ts"
import { type SessionFacts, SessionRecords } from "../services/SessionRecords.ts"
import { agreed } from "./agreed.ts"
import { contentsInUse } from "./contentsInUse.ts"
import { SessionShown, sessionLines, shown } from "./sessionShown.ts"

const SessionsPruned = Schema.Struct({
  sessions: Schema.Array(SessionShown),
  /** Of their log. */
  bytes: Schema.Int,
  /** Bytes of contents that were dropped with them. */
  contents: Schema.optionalKey(Schema.Int),
  /** False with --dry-run, or where the person said no. */
  done: Schema.Boolean
})

/** Sessions that are listed one by one. */
const mostShown = 20

export const data = SessionsPruned

export const run = Effect.fn("sessions prune")(function* (input: {
  readonly olderThan: string
  readonly keep: number
  readonly dryRun: boolean
}) {
  const next = "crewkit sessions prune --older-than 90d, or --keep 100; --dry-run only tells"
  if ((input.olderThan === "") === input.keep < 0) {
    return yield* new UsageError({
      problem: "say which sessions are to go: --older-than or --keep, one of the two",
      next
    })
  }
  const span = parseSpan(input.olderThan)
  if (input.olderThan !== "" && span === undefined) {
    return yield* new UsageError({ problem: `--older-than ${input.olderThan} is no span`, next })
  }
  const output = yield* Output
  const now = yield* Clock.currentTimeMillis
  const ended = (yield* (yield* SessionRecords).list).filter(({ state }) => state === "ended")
  const isOld = ({ startedAt }: SessionFacts): boolean => (parseTime(startedAt, now) ?? now) < now - (span ?? 0)
  const going = span === undefined ? ended.slice(input.keep) : ended.filter(isOld)
  const bytes = going.reduce((sum, session) => sum + session.bytes, 0)
  const value = { sessions: going.map(shown), bytes }
  if (going.length === 0) {
    return yield* output.result(SessionsPruned, { ...value, done: false }, [["nothing to prune"]])
  }
  const what = `${counted(going.length, "session")} (${sizeText(bytes)})`
  const untold = yield* (yield* Delivery).untold
  const lost = going.filter(({ id }) => untold.has(id))
  const list: ReadonlyArray<Line> = [
    ...going.slice(0, mostShown).flatMap(sessionLines),
    ...(going.length > mostShown ? [[faint(`and ${going.length - mostShown} more`)]] : [])
  ]
  if (lost.length > 0) {
    const next = "crewkit sessions push tells it first"
    yield* output.warn(`the registry has not heard all of ${counted(lost.length, "session")} of these; ${next}`)
  }
  if (input.dryRun) {
    return yield* output.result(SessionsPruned, { ...value, done: false }, [...list, [`${what} would be deleted`]])
  }
  yield* output.note(list)
  const question = `Delete the log of ${what}? The ledger keeps that they were.`
  if (!(yield* agreed(question, `delete ${what}`, "--yes, or --dry-run"))) {
    return yield* output.summary(SessionsPruned, { ...value, done: false }, [[warn("nothing was deleted")]])
  }
  const reason = span === undefined ? `all but the newest ${input.keep}` : `older than ${input.olderThan}`
  const { remove } = yield* SessionLog
  const idsOf = (sessions: ReadonlyArray<SessionFacts>) => sessions.map(({ id }) => id)
  yield* remove(idsOf(lost), `${reason}; the registry has not heard all of it`)
  yield* remove(idsOf(going.filter(({ id }) => !untold.has(id))), reason)
  const freed = yield* (yield* ContentStore).prune(yield* contentsInUse)
  yield* output.summary(SessionsPruned, { ...value, contents: freed, done: true }, [
    [good("✓ "), `${what} deleted${freed === 0 ? "" : `, and ${sizeText(freed)} of contents that nothing names now`}`],
    [faint("  the ledger keeps when they were, how long their log was, and its hash")]
  ])
})
