/**
 * Error bodies of the registry contract. Our own registry answers `{"error": {"code", "message", …}}`; two older forms
 * are read as well: `{"error": "text"}` and RFC 6749 section 5.2 (`error`, `error_description`).
 */
import { Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"

const errorOf = <Code extends string>(code: Code, status: number) =>
  Schema.Struct({
    error: Schema.Struct({
      code: Schema.Literal(code),
      message: Schema.String,
      details: Schema.optionalKey(Schema.Json),
      request_id: Schema.optionalKey(Schema.String)
    })
  }).pipe(HttpApiSchema.status(status))

const BadRequest = errorOf("bad_request", 400)
const Unauthorized = errorOf("unauthorized", 401)
const Forbidden = errorOf("forbidden", 403)
const NotFound = errorOf("not_found", 404)
const Conflict = errorOf("conflict", 409)
const Unprocessable = errorOf("unprocessable", 422)
const TooManyRequests = errorOf("too_many_requests", 429)
const Internal = errorOf("internal", 500)
const NotImplemented = errorOf("not_implemented", 501)

/** What every call of the contract can answer beside its success. */
export const commonErrors = [
  BadRequest,
  Unauthorized,
  Forbidden,
  NotFound,
  Conflict,
  Unprocessable,
  TooManyRequests,
  Internal,
  NotImplemented
] as const

/** What a call with a token answers where the token is no good, or cannot be looked up. */
export const authenticationErrors = [Unauthorized, Forbidden, Internal] as const

export type Problem = (typeof commonErrors)[number]["Type"]

/** An OAuth endpoint's error: RFC 6749 section 5.2 and RFC 8628 section 3.5. */
export const OAuthError = Schema.Struct({
  error: Schema.Literals([
    "authorization_pending",
    "slow_down",
    "access_denied",
    "expired_token",
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope"
  ]),
  error_description: Schema.optionalKey(Schema.String),
  error_uri: Schema.optionalKey(Schema.String)
}).pipe(HttpApiSchema.status(400))

/** Any of the three forms, as a client reads them. */
export const AnyErrorBody = Schema.Struct({
  error: Schema.Union([
    Schema.String,
    Schema.Struct({ code: Schema.optionalKey(Schema.String), message: Schema.optionalKey(Schema.String) })
  ]),
  error_description: Schema.optionalKey(Schema.String)
})

/** The sentence in an error body of any form. */
export const messageOf = (body: typeof AnyErrorBody.Type): string =>
  typeof body.error === "string"
    ? (body.error_description ?? body.error)
    : (body.error.message ?? body.error.code ?? "no reason given")
