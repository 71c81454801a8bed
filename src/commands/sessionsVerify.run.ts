import { Effect, Schema } from "effect"
import { UsageError } from "../domain/errors.ts"
import { type Fault, LogBroken, LogFaults } from "../domain/logErrors.ts"
import { bad, counted, faint, good, type Line, warn } from "../domain/text.ts"
import { GitNotes } from "../services/GitNotes.ts"
import { Output } from "../services/Output.ts"
import { SessionRecords } from "../services/SessionRecords.ts"

const Verified = Schema.Struct({
  sessions: Schema.Int,
  records: Schema.Int,
  bytes: Schema.Int,
  seals: Schema.Int,
  /** Anchors that git has; compared with where all sessions are checked. */
  anchors: Schema.Int,
  unsealed: Schema.Array(Schema.String),
  notes: Schema.Array(Schema.String)
})

const place = ({ line, seq }: Fault): string =>
  [...(seq === undefined ? [] : [`record ${seq}`]), ...(line === undefined ? [] : [`line ${line}`])].join(", ")

const faultLines = (fault: Fault): ReadonlyArray<Line> => [
  [bad("✗ "), bad(fault.kind), place(fault) === "" ? "" : `  ${place(fault)}`],
  [faint("  "), fault.file],
  [`  ${fault.problem}`]
]

export const data = Verified
export const failures = { LogBroken: LogFaults }

export const run = Effect.fn("sessions verify")(function* (input: { readonly id: string; readonly all: boolean }) {
  if (input.all && input.id !== "") {
    return yield* new UsageError({
      problem: "--all and one session do not go together",
      next: "leave one of the two out"
    })
  }
  const output = yield* Output
  const records = yield* SessionRecords
  const session = input.id === "" ? undefined : input.id
  const anchors = session === undefined ? yield* (yield* GitNotes).all : []
  const verdict = yield* output.withSpinner("checking the session log", records.verify(session, anchors))
  const { bytes, faults, notes, seals, sessions, unsealed } = verdict
  if (faults.length > 0) {
    yield* output.text([...faults.flatMap(faultLines), ...notes.map((note): Line => [faint(`  ${note}`)])])
    return yield* new LogBroken({ faults })
  }
  const told = anchors.length === 0 ? "" : `, ${counted(anchors.length, "anchor")} in git`
  const whole: ReadonlyArray<Line> =
    verdict.records === 0
      ? [["there is no session log in this project yet; crewkit code starts one"]]
      : [
          [good("✓ "), "the session log is whole"],
          [
            faint(
              `  ${counted(sessions, "session")}, ${counted(verdict.records, "record")}, ${counted(seals, "seal")}${told}`
            )
          ]
        ]
  yield* output.result(
    Verified,
    { sessions, records: verdict.records, bytes, seals, anchors: anchors.length, unsealed, notes },
    [
      ...whole,
      ...unsealed.map((text): Line => [warn("  unsealed  "), text]),
      ...notes.map((text): Line => [faint("  note  "), text])
    ]
  )
})
