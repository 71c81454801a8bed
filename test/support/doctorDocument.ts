/** What `crewkit doctor --json` prints, success or failure. */
import { Schema } from "effect"
import { type Check, type CheckName, DoctorReport } from "../../src/domain/doctor.ts"
import type { Run } from "./program.ts"

const head = { schemaVersion: Schema.Literal(1), command: Schema.Literal("doctor") }
const warnings = Schema.Array(Schema.String)

const DoctorDocument = Schema.Union([
  Schema.Struct({ ...head, ok: Schema.Literal(true), data: DoctorReport, warnings }),
  Schema.Struct({
    ...head,
    ok: Schema.Literal(false),
    error: Schema.Struct({
      code: Schema.Literal("DoctorFailed"),
      message: Schema.String,
      next: Schema.optionalKey(Schema.String),
      docs: Schema.String,
      details: DoctorReport
    }),
    warnings
  })
])

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(DoctorDocument), { onExcessProperty: "error" })

/** The report of a run with `--json`; throws where the document is not what the schema says. */
export const reportIn = (run: Run): DoctorReport => {
  const document = decode(run.stdout)
  return document.ok ? document.data : document.error.details
}

export const checkIn = (report: DoctorReport, name: CheckName): Check => {
  const found = report.checks.find((check) => check.name === name)
  if (found === undefined) throw new Error(`no check called ${name}`)
  return found
}
