/** A server of which only the answers are known. */
import { Clock, Context, Effect, Layer, Redacted, Ref } from "effect"
import { HttpClient, HttpClientError, HttpServerResponse } from "effect/http"
import { ConnectionFailed, type NetError } from "../domain/netErrors.ts"
import { Http, type HttpAnswer } from "../services/Http.ts"

/** One request as it went out. */
export interface Asked {
  /** Milliseconds of the test's clock. */
  readonly at: number
  readonly method: string
  readonly url: string
  /** Of a form; secrets are readable here. Empty for all other requests. */
  readonly fields: Readonly<Record<string, string>>
  /** The access token; readable here. */
  readonly token: string | undefined
}

/** What was asked, oldest first. */
export class Requests extends Context.Service<Requests, Ref.Ref<ReadonlyArray<Asked>>>()(
  "@crewkit/cli/testing/HttpScripted/Requests"
) {}

/** An answer in JSON; a text stays as it is. */
export const json = (status: number, body: unknown): HttpAnswer => ({
  status,
  contentType: "application/json",
  text: Redacted.make(typeof body === "string" ? body : JSON.stringify(body)),
  retryAfter: undefined
})

/** A connection that breaks. */
export const broken: NetError = new ConnectionFailed({ host: "registry.example", code: "ECONNRESET" })

const plain = (value: string | Redacted.Redacted): string => (typeof value === "string" ? value : Redacted.value(value))

/**
 * `answer` gives what the server answers, or the failure of the connection; `count` is how many requests came before.
 * The client of `clientFor` asks the same server. Nothing is sent, nothing is repeated, and nobody waits.
 */
export const layer = (answer: (asked: Asked, count: number) => HttpAnswer | NetError): Layer.Layer<Http | Requests> =>
  Layer.effect(
    Http,
    Effect.gen(function* () {
      const requests = yield* Requests
      const ask = Effect.fnUntraced(function* (asked: Omit<Asked, "at">) {
        const at = yield* Clock.currentTimeMillis
        const before = yield* Ref.getAndUpdate(requests, (all) => [...all, { ...asked, at }])
        const found = answer({ ...asked, at }, before.length)
        return "status" in found && "text" in found ? found : yield* found
      })
      const tokenOf = (token: Redacted.Redacted | undefined) =>
        token === undefined ? undefined : Redacted.value(token)
      return Http.of({
        get: (url, token) => ask({ method: "GET", url: url.href, fields: {}, token: tokenOf(token) }),
        form: (method, url, fields) =>
          ask({
            method,
            url: url.href,
            fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)])),
            token: undefined
          }),
        clientFor: (_, token) =>
          Effect.succeed(
            HttpClient.make((request, url) =>
              ask({ method: request.method, url: url.href, fields: {}, token: tokenOf(token) }).pipe(
                Effect.mapError(
                  (cause) =>
                    new HttpClientError.HttpClientError({
                      reason: new HttpClientError.TransportError({ request, cause, description: cause.message })
                    })
                ),
                Effect.map(({ contentType, status, text }) =>
                  HttpServerResponse.toClientResponse(
                    HttpServerResponse.text(Redacted.value(text), { status, contentType }),
                    { request }
                  )
                )
              )
            )
          )
      })
    })
  ).pipe(Layer.provideMerge(Layer.effect(Requests, Ref.make<ReadonlyArray<Asked>>([]))))
