import { Clock, Effect, Layer, Redacted } from "effect"
import {
  HttpClient,
  HttpClientError,
  type HttpClientRequest,
  type HttpClientResponse,
  HttpServerResponse
} from "effect/http"
import { type NetError, RegistryBusy, UnsafeUrl } from "../domain/netErrors.ts"
import { Http, type HttpAnswer } from "../services/Http.ts"
import { longestRetryAfter, retryPassing } from "../services/policies.ts"
import { type Answer, type Ask, exchange } from "./nodeExchange.ts"
import { withoutEcho } from "./withoutEcho.ts"

/** RFC 9110 section 9.2.2; a PUT or DELETE of ours is sent once all the same. */
const isIdempotent = (method: string): boolean => method === "GET" || method === "HEAD"

const isPassing = (error: NetError): boolean =>
  error._tag === "ConnectionFailed" && !["ENOTFOUND", "CERT_HAS_EXPIRED"].includes(error.code)

/** `Retry-After` in seconds: RFC 9110 section 10.2.3 has it as a number or a date. */
const retryAfterOf = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined
  if (/^\d{1,9}$/.test(header)) return Number(header)
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000))
}

const bodyOf = (request: HttpClientRequest.HttpClientRequest): Uint8Array | undefined =>
  request.body._tag === "Uint8Array" ? request.body.body : undefined

/** What `effect/http` passes on without a second try and without looking inside. */
const carried = (request: HttpClientRequest.HttpClientRequest, error: NetError) =>
  new HttpClientError.HttpClientError({
    reason: isPassing(error)
      ? new HttpClientError.TransportError({ request, cause: error, description: error.message })
      : new HttpClientError.InvalidUrlError({ request, cause: error, description: error.message })
  })

const answerOf = (answer: Answer, now: number): HttpAnswer => ({
  status: answer.status,
  contentType: answer.headers["content-type"] ?? "",
  text: Redacted.make(new TextDecoder().decode(answer.body)),
  retryAfter: retryAfterOf(answer.headers["retry-after"], now)
})

const responseOf = (
  { body, headers, status }: Answer,
  request: HttpClientRequest.HttpClientRequest
): HttpClientResponse.HttpClientResponse => {
  const { "content-length": _, "transfer-encoding": __, ...rest } = headers
  const type = rest["content-type"] ?? "application/octet-stream"
  return HttpServerResponse.toClientResponse(
    HttpServerResponse.uint8Array(body, { status, headers: rest, contentType: type }),
    { request }
  )
}

/** RFC 6750 section 2.1. */
const bearer = (token: Redacted.Redacted | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${Redacted.value(token)}` }

const encodeForm = (fields: Readonly<Record<string, string | Redacted.Redacted>>): Uint8Array =>
  new TextEncoder().encode(
    new URLSearchParams(
      Object.entries(fields).map(([name, value]): [string, string] => [
        name,
        typeof value === "string" ? value : Redacted.value(value)
      ])
    ).toString()
  )

const isSecret = (value: string | Redacted.Redacted | undefined): value is Redacted.Redacted =>
  Redacted.isRedacted(value)

/** One exchange; what a refusal repeats of the request's own secrets is taken out of it. */
const ask = (request: Ask, secrets: ReadonlyArray<string | Redacted.Redacted | undefined>) =>
  Effect.map(exchange(request), (answer): Answer =>
    answer.status < 400 ? answer : { ...answer, body: withoutEcho(answer.body, secrets.filter(isSecret)) }
  )

export const layer = Layer.succeed(
  Http,
  Http.of({
    get: (url, token) =>
      ask({ method: "GET", url, headers: { accept: "application/json", ...bearer(token) }, body: undefined }, [
        token
      ]).pipe(
        Effect.retry({ while: isPassing, schedule: retryPassing }),
        Effect.zipWith(Clock.currentTimeMillis, answerOf)
      ),
    form: (method, url, fields) =>
      ask(
        {
          method,
          url,
          headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
          body: encodeForm(fields)
        },
        Object.values(fields)
      ).pipe(Effect.zipWith(Clock.currentTimeMillis, answerOf)),
    clientFor: (origin, token) => {
      const once = HttpClient.make((request, url) =>
        Effect.gen(function* () {
          if (url.origin !== origin) {
            const problem = `it is not ${origin}, the registry that was asked for`
            return yield* carried(request, new UnsafeUrl({ what: url.origin, problem }))
          }
          const headers = {
            ...request.headers,
            ...bearer(token)
          }
          const sent: Ask = { method: request.method, url, headers, body: bodyOf(request) }
          const answer = yield* Effect.mapError(ask(sent, [token]), (error) => carried(request, error))
          const seconds = retryAfterOf(answer.headers["retry-after"], yield* Clock.currentTimeMillis)
          if (seconds !== undefined && seconds > longestRetryAfter && [429, 503].includes(answer.status)) {
            return yield* carried(request, new RegistryBusy({ endpoint: `${request.method} ${url.pathname}`, seconds }))
          }
          return responseOf(answer, request)
        })
      )
      const repeated = HttpClient.retryTransient(once, { schedule: retryPassing })
      return HttpClient.make((request) => (isIdempotent(request.method) ? repeated : once).execute(request)).pipe(
        HttpClient.transform((send) => Effect.provideService(send, HttpClient.TracerPropagationEnabled, false))
      )
    }
  })
)
