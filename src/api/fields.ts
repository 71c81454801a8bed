/** Values that several calls of the contract take. */
import { Schema } from "effect"

/** RFC 3339. That its month and day exist is for the registry to see. */
export const Time = Schema.String.check(
  Schema.isPattern(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/)
)

/** Lower-case hexadecimal, of the file's bytes. */
export const Sha256 = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/))

/** Of one to so many characters, and no NUL among them: no database takes that in a text. */
export const text = (most: number) =>
  // oxlint-disable-next-line no-control-regex
  Schema.String.check(Schema.isPattern(new RegExp(`^[^\\u0000]{1,${most}}$`, "u")))

export const idempotencyHeaders = { "idempotency-key": Schema.optionalKey(Schema.String) }
