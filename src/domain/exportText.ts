/** Records of the session log in the forms of others. */
import { DateTime, Option, type Schema } from "effect"
import { semanticConventions } from "./logEvents.ts"
import type { AnyRecord } from "./logRecord.ts"
import { safeJson } from "./sanitize.ts"

type Json = Schema.Json

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const at = (value: Json | undefined, ...path: ReadonlyArray<string>): Json | undefined => {
  let current = value
  for (const key of path) current = isObject(current) && Object.hasOwn(current, key) ? current[key] : undefined
  return current
}

export const jsonLine = (record: AnyRecord): string => `${safeJson(record)}\n`

/** RFC 4180; what a spreadsheet would take for a formula gets an apostrophe in front. */
const cell = (value: Json | undefined): string => {
  const text = value === undefined || value === null ? "" : typeof value === "object" ? safeJson(value) : String(value)
  const safe = typeof value === "string" && /^[=+\-@\t\r\n|%]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const columns: ReadonlyArray<readonly [name: string, of: (record: AnyRecord) => Json | undefined]> = [
  ["session", ({ source }) => source.replace("urn:uuid:", "")],
  ["seq", ({ seq }) => seq],
  ["time", ({ time }) => time],
  ["type", ({ type }) => type],
  ["subject", ({ subject }) => subject],
  ["agent", ({ data }) => at(data, "agent")],
  ["by", ({ data }) => at(data, "by", "kind")],
  ["tool", ({ data }) => at(data, "by", "gen_ai.tool.name")],
  ["sub_agent", ({ data }) => at(data, "by", "gen_ai.agent.name") ?? at(data, "gen_ai.agent.name")],
  ["added", ({ data }) => (at(data, "agent") === undefined ? undefined : at(data, "added"))],
  ["removed", ({ data }) => (at(data, "agent") === undefined ? undefined : at(data, "removed"))],
  ["sha256_before", ({ data }) => at(data, "before", "sha256")],
  ["sha256_after", ({ data }) => at(data, "after", "sha256")],
  ["backup", ({ data }) => at(data, "backup")],
  ["data", ({ data }) => data]
]

export const csvHead = `${columns.map(([name]) => name).join(",")}\r\n`

export const csvLine = (record: AnyRecord): string => `${columns.map(([, of]) => cell(of(record))).join(",")}\r\n`

/** A value as in the OTLP/JSON encoding, where 64-bit integers are strings. */
const anyValue = (value: Json): Json => {
  switch (typeof value) {
    case "string":
      return { stringValue: value }
    case "boolean":
      return { boolValue: value }
    case "number":
      return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
    default:
      break
  }
  if (value === null) return {}
  return Array.isArray(value)
    ? { arrayValue: { values: value.map(anyValue) } }
    : { kvlistValue: { values: attributes(Object.entries(value)) } }
}

const attributes = (pairs: ReadonlyArray<readonly [string, Json | undefined]>): ReadonlyArray<Json> =>
  pairs.flatMap(([key, value]) => (value === undefined ? [] : [{ key, value: anyValue(value) }]))

const nanos = (time: string): string =>
  Option.match(DateTime.make(time), {
    onNone: () => "0",
    onSome: (at) => `${DateTime.toEpochMillis(at)}000000`
  })

const genAi = (data: Json): ReadonlyArray<readonly [string, Json]> =>
  [data, at(data, "by")].flatMap((part) =>
    isObject(part) ? Object.entries(part).filter(([key]) => key.startsWith("gen_ai.")) : []
  )

const logRecord = (record: AnyRecord): Json => ({
  timeUnixNano: nanos(record.time),
  observedTimeUnixNano: nanos(record.time),
  severityNumber: 9,
  severityText: "INFO",
  eventName: record.type,
  body: anyValue(record.data),
  attributes: attributes([
    ["cloudevents.event_id", record.id],
    ["cloudevents.event_source", record.source],
    ["cloudevents.event_spec_version", record.specversion],
    ["cloudevents.event_type", record.type],
    ["cloudevents.event_subject", record.subject],
    ["crewkit.session_log.seq", record.seq],
    ["crewkit.session_log.prev", record.prev],
    ...genAi(record.data)
  ])
})

const schemaUrl = `https://opentelemetry.io/schemas/${semanticConventions}`

/** One `ExportLogsServiceRequest` a line, as OpenTelemetry's file exporter writes them. */
export const otlpLine = (
  about: { readonly session: string; readonly version: string; readonly org: string; readonly project: string },
  records: ReadonlyArray<AnyRecord>
): string =>
  `${safeJson({
    resourceLogs: [
      {
        resource: {
          attributes: attributes([
            ["service.name", "crewkit"],
            ["service.version", about.version],
            ["crewkit.session.id", about.session],
            ["crewkit.org", about.org],
            ["crewkit.project", about.project]
          ])
        },
        scopeLogs: [{ scope: { name: "io.crewkit.session-log" }, logRecords: records.map(logRecord), schemaUrl }],
        schemaUrl
      }
    ]
  })}\n`
