/** One exchange as the calls of a login and those of a registry have it in common. */
import { Effect, Redacted } from "effect"
import type { NetError } from "../domain/netErrors.ts"
import { type Answer, type Ask, exchange } from "./nodeExchange.ts"
import { withoutEcho } from "./withoutEcho.ts"

export const isPassing = (error: NetError): boolean =>
  error._tag === "ConnectionFailed" && !["ENOTFOUND", "CERT_HAS_EXPIRED"].includes(error.code)

/** `Retry-After` in seconds: RFC 9110 section 10.2.3 has it as a number or a date. */
export const retryAfterOf = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined
  if (/^\d{1,9}$/.test(header)) return Number(header)
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000))
}

/** RFC 6750 section 2.1. */
export const bearer = (token: Redacted.Redacted | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${Redacted.value(token)}` }

const isSecret = (value: string | Redacted.Redacted | undefined): value is Redacted.Redacted =>
  Redacted.isRedacted(value)

/** One exchange; what a refusal repeats of the request's own secrets is taken out of it. */
export const ask = (request: Ask, secrets: ReadonlyArray<string | Redacted.Redacted | undefined>) =>
  Effect.map(exchange(request), (answer): Answer =>
    answer.status < 400 ? answer : { ...answer, body: withoutEcho(answer.body, secrets.filter(isSecret)) }
  )
