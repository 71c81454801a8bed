/**
 * Records sessions until it is killed, and says of each record that it is in the log, once that is so:
 * `node logWriter.ts FOLDER [SESSIONS]`. With a number it records so many sessions and ends.
 */
import { Effect, Layer } from "effect"
import { createHash } from "node:crypto"
import { writeSync } from "node:fs"
import type { LogEvent } from "../../src/domain/logEvents.ts"
import { SessionLog } from "../../src/services/SessionLog.ts"
import { edited, started } from "../support/logMaker.ts"
import { logIn } from "./logLives.ts"

const [folder = "", sessions = "Infinity"] = process.argv.slice(2)

/** Bytes of a record: most are small, some go over many pages, so that a kill can cut them; a few fill a segment. */
const sizeOf = (count: number): number => (count % 7 === 3 ? 40_000 + Math.floor(Math.random() * 400_000) : 10)

const eventAt = (count: number): LogEvent => edited(`${process.pid}-${count}-${"x".repeat(sizeOf(count))}`)

const say = (session: string, seq: number, event: LogEvent): void => {
  const hash = createHash("sha256").update(JSON.stringify(event.data)).digest("hex")
  writeSync(1, `${session} ${seq} ${hash}\n`)
}

const one = Effect.scoped(
  Effect.gen(function* () {
    const log = yield* SessionLog
    const session = yield* log.open(started)
    const records = Math.floor(Math.random() * 60)
    for (let count = 0; count < records; count++) {
      const event = eventAt(count)
      say(session.id, yield* session.append(event), event)
      if (count % 10 === 9) yield* session.seal
    }
    yield* session.end({ outcome: "success", changes: records })
  })
)

writeSync(1, "ready\n")
await Effect.runPromise(
  Effect.gen(function* () {
    for (let count = 0; count < Number(sessions); count++) yield* one
  }).pipe(Effect.provide(Layer.fresh(logIn(folder))))
)
