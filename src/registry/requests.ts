/** What handlers ask of a request, and how they answer. */
import { Effect, Option } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Problem } from "../api/errors.ts"
import { Served } from "./Served.ts"

/** The fields of a form, once each: RFC 6749 section 3.2 forbids a parameter twice. Undefined where it is no form. */
export const formOf = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase()
  if (type !== "application/x-www-form-urlencoded") return undefined
  const text = yield* Effect.orElseSucceed(request.text, () => "")
  const fields = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (fields.has(name)) return undefined
    fields.set(name, value)
  }
  return fields
})

/** The address that asks; behind a proxy, the one that the proxy saw and appended. */
export const addressOf = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const { behindProxy } = yield* Served
  const forwarded = behindProxy ? request.headers["x-forwarded-for"]?.split(",").at(-1)?.trim() : undefined
  return (forwarded ?? Option.getOrElse(request.remoteAddress, () => "unknown")).slice(0, 64)
})

export const problem = <Code extends Problem["error"]["code"]>(code: Code, message: string) => ({
  error: { code, message }
})

/** State or folder out of reach is the registry's failure; its details are for the operator, not for the caller. */
export const internal = <A, E extends { readonly message: string }, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(
    Effect.tapError((error) => Effect.flatMap(Served, ({ report }) => report(error.message))),
    Effect.mapError(() => problem("internal", "the registry could not look this up; its keeper has been told"))
  )

const status: Record<Problem["error"]["code"], number> = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  unprocessable: 422,
  too_many_requests: 429,
  internal: 500,
  not_implemented: 501
}

/** An error of the contract as a response, for where no handler of the contract speaks. */
export const problemResponse = (
  code: Problem["error"]["code"],
  message: string,
  headers: Record<string, string> = {}
) =>
  HttpServerResponse.text(JSON.stringify(problem(code, message)), {
    status: status[code],
    contentType: "application/json",
    headers
  })
