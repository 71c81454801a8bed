/** A served registry as one effect from request to response: the contract, the device page, errors and headers. */
import { Cause, Effect, Layer } from "effect"
import { HttpRouter, HttpServer, HttpServerError, HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiBuilder, HttpApiError } from "effect/http-api"
import { RegistryApi } from "../api/RegistryApi.ts"
import type { AgentFormat } from "../services/AgentFormat.ts"
import * as Agents from "./agentsHandlers.ts"
import * as Auth from "./authHandlers.ts"
import * as NotImplemented from "./notImplemented.ts"
import * as DevicePage from "./page/routes.ts"
import { problemResponse } from "./requests.ts"
import { Served } from "./Served.ts"
import * as Sessions from "./sessionsHandlers.ts"

const routes = Layer.mergeAll(
  HttpApiBuilder.layer(RegistryApi).pipe(
    Layer.provide([Agents.layer(Sessions.modify), Auth.layer, Sessions.layer, NotImplemented.unserved]),
    Layer.provide(Auth.authenticated)
  ),
  DevicePage.layer
)

const isSecretPath = (path: string): boolean => path.startsWith("/api/v1/auth/") || path.startsWith("/device")

/** Seconds. */
const year = 365 * 24 * 3600

const headersFor = (path: string, status: number, secure: boolean): Record<string, string> => ({
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  // RFC 6749 section 5.1 asks for both where a token may be in the answer.
  ...(isSecretPath(path)
    ? { "cache-control": "no-store", pragma: "no-cache" }
    : { "cache-control": "private, no-cache" }),
  ...(secure ? { "strict-transport-security": `max-age=${year}` } : {}),
  ...(status === 401 ? { "www-authenticate": 'Bearer realm="crewkit"' } : {})
})

const isNoRoute = (error: unknown): boolean =>
  HttpServerError.isHttpServerError(error) && error.reason._tag === "RouteNotFound"

/** The part of a request that does not decode, `query` say; its value is not repeated. */
const wrongPart = (error: unknown): string | undefined => {
  if (HttpApiError.HttpApiSchemaError.is(error)) return error.kind.toLowerCase()
  return HttpServerError.isHttpServerError(error) && error.reason._tag === "RequestParseError" ? "body" : undefined
}

export const make = Effect.gen(function* () {
  const ground = yield* Effect.context<Auth.Ground | AgentFormat>()
  const { report, secure } = yield* Served
  const handler = yield* HttpRouter.toHttpEffect(
    routes.pipe(Layer.provide(Layer.succeedContext(ground)), Layer.provide(HttpServer.layerServices))
  )
  const app = Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const path = request.url.split("?")[0] ?? ""
    const response = yield* handler.pipe(
      Effect.scoped,
      Effect.catchCause((cause) => {
        if (Cause.hasInterruptsOnly(cause)) return Effect.interrupt
        const error = Cause.squash(cause)
        if (isNoRoute(error)) return Effect.succeed(problemResponse("not_found", "there is nothing at this address"))
        const part = wrongPart(error)
        if (part !== undefined) {
          return Effect.succeed(
            problemResponse("bad_request", `the ${part} of the request is not what this call takes`)
          )
        }
        return Effect.as(
          report(`${request.method} ${path}: ${error instanceof Error ? error.message : String(error)}`),
          problemResponse("internal", "the registry made a mistake; its keeper has been told")
        )
      })
    )
    // What a handler set itself stays.
    return HttpServerResponse.setHeaders(response, {
      ...headersFor(path, response.status, secure),
      ...response.headers
    })
  })
  return { app }
})
