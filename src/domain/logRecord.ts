/**
 * One line of the log: JSON whose first members are `seq`, `prev` and `type`, in this order and without white space,
 * so that a chain can be checked without parsing it. `prev` is the SHA-256 of the bytes of the line before, without
 * its newline; of the first line, that of its source.
 */
import { Schema } from "effect"
import { LogEvent, Sha256 } from "./logEvents.ts"

/** `urn:uuid:…`: the session, or the project's ledger. */
export const sourceOf = (id: string): string => `urn:uuid:${id}`

const attributes = {
  seq: Schema.Int,
  prev: Sha256,
  time: Schema.String,
  specversion: Schema.Literal("1.0"),
  id: Schema.String,
  source: Schema.String
}

/** A record of any type, also of a later version. */
export const AnyRecord = Schema.Struct({
  ...attributes,
  type: Schema.String,
  subject: Schema.optionalKey(Schema.String),
  data: Schema.Json
})
export type AnyRecord = typeof AnyRecord.Type

export const decodeRecord = Schema.decodeUnknownOption(Schema.fromJsonString(AnyRecord))
export const decodeEvent = Schema.decodeUnknownOption(LogEvent)

/** What the next line begins with. */
export const startOf = (seq: number, prev: string): string => `{"seq":${seq},"prev":"${prev}","type":"`

/** One line without its newline. `time` is RFC 3339. */
export const lineOf = (seq: number, prev: string, time: string, source: string, event: LogEvent): string =>
  JSON.stringify({
    seq,
    prev,
    type: event.type,
    time,
    specversion: "1.0",
    id: String(seq),
    source,
    ...(event.subject === undefined ? {} : { subject: event.subject }),
    data: event.data
  })
