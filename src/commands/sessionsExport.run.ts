import { Effect, Schema, Stream } from "effect"
import { UsageError } from "../domain/errors.ts"
import type { ExportFormat } from "../domain/exportFormats.ts"
import { csvHead, csvLine, jsonLine, otlpLine } from "../domain/exportText.ts"
import { LogLine } from "../domain/logLine.ts"
import { counted, good, linesOf } from "../domain/text.ts"
import { Invocation } from "../services/Invocation.ts"
import { Output } from "../services/Output.ts"
import { type SessionFacts, SessionRecords } from "../services/SessionRecords.ts"
import { TextFile } from "../services/TextFile.ts"
import { between } from "./sessionShown.ts"

const SessionsExport = Schema.Struct({
  format: Schema.String,
  sessions: Schema.Int,
  records: Schema.Int,
  /** Absolute. */
  file: Schema.String
})

/** Records in one request of OTLP. */
const requestRecords = 500

export const data = SessionsExport
export const line = { name: "session-log", schema: LogLine }

export const run = Effect.fn("sessions export")(function* (input: {
  readonly format: ExportFormat
  readonly output: string
  readonly since: string
  readonly until: string
}) {
  const { json } = yield* Invocation
  if (json && input.output === "") {
    return yield* new UsageError({
      problem: "--json prints one document, and so there is no room for an export beside it",
      next: `crewkit sessions export --format ${input.format} --output FILE --json`
    })
  }
  const output = yield* Output
  const records = yield* SessionRecords
  const { test } = yield* between(input)
  // Oldest first, as they were written.
  const sessions = (yield* records.list).filter(test).toReversed()
  let count = 0
  const textOf = (session: SessionFacts) => {
    const about = {
      session: session.id,
      version: session.started?.crewkit ?? "unknown",
      org: session.started?.org ?? "unknown",
      project: session.started?.project ?? "unknown"
    }
    return records.records(session).pipe(
      Stream.grouped(requestRecords),
      Stream.map((part) => {
        count += part.length
        if (input.format === "otlp") return otlpLine(about, part)
        return part.map(input.format === "csv" ? csvLine : jsonLine).join("")
      })
    )
  }
  const text = Stream.fromIterable(sessions).pipe(Stream.flatMap(textOf), (all) =>
    input.format === "csv" ? Stream.concat(Stream.make(csvHead), all) : all
  )
  if (input.output === "") {
    // The result, part by part; --json has been refused above.
    return yield* Stream.runForEach(text, (part) =>
      output.result(Schema.String, part, linesOf(part.replaceAll("\r\n", "\n")))
    )
  }
  const file = yield* (yield* TextFile).write(input.output, text)
  yield* output.summary(SessionsExport, { format: input.format, sessions: sessions.length, records: count, file }, [
    [good("✓ "), `${counted(count, "record")} of ${counted(sessions.length, "session")} written to ${file}`]
  ])
})
