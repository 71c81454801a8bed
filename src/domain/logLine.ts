/** One line of the log as the schema of it is published: every type of record that this version writes. */
import { Schema } from "effect"
import { LogEvent, semanticConventions } from "./logEvents.ts"
import { AnyRecord } from "./logRecord.ts"

const { data: _, type: __, subject: ___, ...attributes } = AnyRecord.fields

export const LogLine = Schema.Union(
  LogEvent.members.map((event) => Schema.Struct({ ...attributes, ...event.fields }))
).annotate({
  title: "One record of crewkit's session log",
  description: `CloudEvents 1.0; gen_ai.* as in OpenTelemetry's semantic conventions ${semanticConventions}`
})
