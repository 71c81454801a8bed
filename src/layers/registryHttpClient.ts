/** The client for one registry, on `effect/http`: only who calls a registry loads it. */
import { Clock, Effect, type Redacted } from "effect"
import {
  HttpClient,
  HttpClientError,
  type HttpClientRequest,
  type HttpClientResponse,
  HttpServerResponse
} from "effect/http"
import { type NetError, RegistryBusy, UnsafeUrl } from "../domain/netErrors.ts"
import { longestRetryAfter, retryPassing } from "../services/policies.ts"
import { ask, bearer, isPassing, retryAfterOf } from "./httpAsk.ts"
import type { Answer, Ask } from "./nodeExchange.ts"

/** RFC 9110 section 9.2.2; a PUT or DELETE of ours is sent once all the same. */
const isIdempotent = (method: string): boolean => method === "GET" || method === "HEAD"

const bodyOf = (request: HttpClientRequest.HttpClientRequest): Uint8Array | undefined =>
  request.body._tag === "Uint8Array" ? request.body.body : undefined

/** What `effect/http` passes on without a second try and without looking inside. */
const carried = (request: HttpClientRequest.HttpClientRequest, error: NetError) =>
  new HttpClientError.HttpClientError({
    reason: isPassing(error)
      ? new HttpClientError.TransportError({ request, cause: error, description: error.message })
      : new HttpClientError.InvalidUrlError({ request, cause: error, description: error.message })
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

/** Retries idempotent calls, attaches the token, and refuses any other origin. */
export const clientFor = (origin: string, token: Redacted.Redacted | undefined): HttpClient.HttpClient => {
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
