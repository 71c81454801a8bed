import { Clock, Context, Effect, Layer, Redacted, Ref } from "effect"
import { ConnectionFailed, type NetError } from "../../src/domain/netErrors.ts"
import { Http, type HttpAnswer } from "../../src/services/Http.ts"

/** One request as it went out, and when (milliseconds of the test's clock). */
export interface Asked {
  readonly at: number
  readonly method: string
  readonly url: string
  readonly fields: Readonly<Record<string, string>>
  readonly token: string | undefined
}

/** What was asked, oldest first. */
export class Requests extends Context.Service<Requests, Ref.Ref<ReadonlyArray<Asked>>>()(
  "@crewkit/cli/test/fakes/HttpScripted/Requests"
) {}

export const json = (status: number, body: unknown): HttpAnswer => ({
  status,
  contentType: "application/json",
  text: Redacted.make(typeof body === "string" ? body : JSON.stringify(body)),
  retryAfter: undefined
})

/** A connection that breaks. */
export const broken = new ConnectionFailed({ host: "registry.example", code: "ECONNRESET" })

const plain = (value: string | Redacted.Redacted): string => (typeof value === "string" ? value : Redacted.value(value))

/** A server of which only the answers are known; `count` is how many requests came before. */
export const layer = (answer: (asked: Asked, count: number) => HttpAnswer | NetError) =>
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
      return Http.of({
        get: (url, token) =>
          ask({
            method: "GET",
            url: url.href,
            fields: {},
            token: token === undefined ? undefined : Redacted.value(token)
          }),
        form: (method, url, fields) =>
          ask({
            method,
            url: url.href,
            fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)])),
            token: undefined
          }),
        clientFor: () => Effect.die("no client in this test")
      })
    })
  ).pipe(Layer.provideMerge(Layer.effect(Requests, Ref.make<ReadonlyArray<Asked>>([]))))
