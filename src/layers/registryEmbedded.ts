/** The registry's own handlers inside this process: an `HttpClient` without a socket. */
import { Effect, Layer } from "effect"
import { HttpClient, HttpRouter, HttpServer, HttpServerRequest, HttpServerResponse } from "effect/http"
import type { AgentFormat } from "../services/AgentFormat.ts"
import type { Caller } from "../api/Caller.ts"
import type { ContentFolder } from "../registry/ContentFolder.ts"
import * as Routes from "../registry/http.ts"
import { makeRegistryClient } from "./registryClient.ts"

/** No request leaves the process; the origin only completes the URLs. */
const baseUrl = "http://registry.invalid"

export const makeEmbeddedClient = Effect.fnUntraced(function* (label: string) {
  const services = yield* Effect.context<Caller | ContentFolder | AgentFormat>()
  const handler = yield* HttpRouter.toHttpEffect(
    Routes.layer.pipe(Layer.provide(Layer.succeedContext(services)), Layer.provide(HttpServer.layerServices))
  )
  const httpClient = HttpClient.make((request) =>
    handler.pipe(
      Effect.map((response) => HttpServerResponse.toClientResponse(response, { request })),
      Effect.provideService(HttpServerRequest.HttpServerRequest, HttpServerRequest.fromClientRequest(request)),
      Effect.scoped,
      Effect.orDie
    )
  )
  return yield* makeRegistryClient({ httpClient, label, baseUrl })
})
