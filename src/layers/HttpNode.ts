import { Clock, Effect, Layer, Redacted } from "effect"
import { Http, type HttpAnswer } from "../services/Http.ts"
import { retryPassing } from "../services/policies.ts"
import { ask, bearer, isPassing, retryAfterOf } from "./httpAsk.ts"
import type { Answer } from "./nodeExchange.ts"

const answerOf = (answer: Answer, now: number): HttpAnswer => ({
  status: answer.status,
  contentType: answer.headers["content-type"] ?? "",
  text: Redacted.make(new TextDecoder().decode(answer.body)),
  retryAfter: retryAfterOf(answer.headers["retry-after"], now)
})

const encodeForm = (fields: Readonly<Record<string, string | Redacted.Redacted>>): Uint8Array =>
  new TextEncoder().encode(
    new URLSearchParams(
      Object.entries(fields).map(([name, value]): [string, string] => [
        name,
        typeof value === "string" ? value : Redacted.value(value)
      ])
    ).toString()
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
    clientFor: (origin, token) =>
      Effect.map(
        Effect.promise(() => import("./registryHttpClient.ts")),
        (module) => module.clientFor(origin, token)
      )
  })
)
