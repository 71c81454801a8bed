import { Context, Effect, Layer, Ref } from "effect"
import { HttpClient, HttpClientError, HttpClientResponse } from "effect/http"

/** One request as it went out. */
export interface Sent {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** What was sent, oldest first. */
export class Exchanges extends Context.Service<Exchanges, Ref.Ref<ReadonlyArray<Sent>>>()(
  "@crewkit/cli/test/fakes/HttpClientMemory/Exchanges"
) {}

/** A server in memory: answers each request at once; undefined is a connection that breaks. */
export const layer = (answer: (sent: Sent) => Response | undefined) =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.gen(function* () {
      const exchanges = yield* Exchanges
      return HttpClient.make((request, url) =>
        Effect.gen(function* () {
          const sent = { method: request.method, path: `${url.pathname}${url.search}`, headers: { ...request.headers } }
          yield* Ref.update(exchanges, (all) => [...all, sent])
          const response = answer(sent)
          if (response === undefined) {
            return yield* new HttpClientError.HttpClientError({
              reason: new HttpClientError.TransportError({ request, description: "connection reset" })
            })
          }
          return HttpClientResponse.fromWeb(request, response)
        })
      )
    })
  ).pipe(Layer.provideMerge(Layer.effect(Exchanges, Ref.make<ReadonlyArray<Sent>>([]))))
