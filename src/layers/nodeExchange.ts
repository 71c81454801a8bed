/** One HTTP exchange over `node:http` and `node:https`, with the limits of the policy; what it fails with is typed. */
import { Effect } from "effect"
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http"
import {
  AnswerTooLarge,
  ConnectionFailed,
  type NetError,
  RedirectRefused,
  RequestTimedOut,
  TlsDisabled,
  TlsFailed,
  UnsafeUrl
} from "../domain/netErrors.ts"
import { urlProblem } from "../domain/safeUrl.ts"
import { connectSeconds, totalSeconds } from "../services/policies.ts"
import { proxyFor } from "./proxyFor.ts"

export interface Ask {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

const mebibyte = 1024 * 1024

/** Agents come in one answer; nothing else is large. Bytes. */
const limitOf = (url: URL): number => (/^\/api\/v1\/agents(?:\/|$)/.test(url.pathname) ? 8 : 1) * mebibyte

/** How an endpoint is called in an error: without its query, which could hold anything. */
const endpointOf = ({ method, url }: Ask): string => `${method} ${url.origin}${url.pathname}`

const isTlsCode = (code: string): boolean =>
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|EPROTO)/.test(code)

const failureOf = (ask: Ask, cause: unknown): NetError => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "the connection broke"
  return isTlsCode(code)
    ? new TlsFailed({ host: ask.url.host, code })
    : new ConnectionFailed({ host: ask.url.host, code })
}

/** Loaded for the scheme that is asked for: an https client takes 10 ms to load. */
const requestOf = (url: URL): ((url: URL, options: RequestOptions) => ClientRequest) =>
  url.protocol === "https:"
    ? process.getBuiltinModule("node:https").request
    : process.getBuiltinModule("node:http").request

const headersOf = (message: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? "")
    ])
  )

const send = (ask: Ask, agent: RequestOptions["agent"]): Effect.Effect<Answer, NetError> =>
  Effect.callback((resume) => {
    const fail = (error: NetError) => resume(Effect.fail(error))
    const request = requestOf(ask.url)(ask.url, {
      method: ask.method,
      headers: {
        ...ask.headers,
        "accept-encoding": "identity",
        ...(ask.body === undefined ? {} : { "content-length": String(ask.body.length) })
      },
      ...(agent === undefined ? {} : { agent })
    })
    request.on("socket", (socket) => {
      if (!socket.connecting) return
      socket.setTimeout(connectSeconds * 1000, () => {
        fail(new RequestTimedOut({ endpoint: endpointOf(ask), phase: "connect", seconds: connectSeconds }))
        request.destroy()
      })
      socket.once(ask.url.protocol === "https:" ? "secureConnect" : "connect", () => socket.setTimeout(0))
    })
    request.on("error", (cause) => fail(failureOf(ask, cause)))
    request.on("response", (response) => {
      const status = response.statusCode ?? 0
      if (status >= 300 && status < 400 && status !== 304) {
        fail(new RedirectRefused({ endpoint: endpointOf(ask), status }))
        request.destroy()
        return
      }
      const chunks: Array<Buffer> = []
      let size = 0
      response.on("data", (chunk: Buffer) => {
        size += chunk.length
        if (size <= limitOf(ask.url)) return void chunks.push(chunk)
        fail(new AnswerTooLarge({ endpoint: endpointOf(ask), limit: limitOf(ask.url) }))
        request.destroy()
      })
      response.on("error", (cause) => fail(failureOf(ask, cause)))
      response.on("end", () => {
        resume(Effect.succeed({ status, headers: headersOf(response), body: Buffer.concat(chunks) }))
      })
    })
    request.end(ask.body)
    return Effect.sync(() => request.destroy())
  })

/** The agent of a proxy is loaded where one is named, which is rare. */
const sendBy = (ask: Ask, proxy: string | undefined): Effect.Effect<Answer, NetError> =>
  proxy === undefined
    ? send(ask, undefined)
    : Effect.flatMap(
        Effect.promise(() => import("https-proxy-agent")),
        ({ HttpsProxyAgent }) => send(ask, new HttpsProxyAgent(proxy))
      )

/**
 * The whole limit, in slices. A process that was stopped (Ctrl+Z, a lid that was closed) finds its timers due before it
 * reads what has come meanwhile; thrown away with the time-out would be the answer to a refresh, which comes only once.
 * So time counts while we run, and of a stop no more than one slice.
 */
const wholeLimit = Effect.repeat(Effect.sleep("1 second"), { times: totalSeconds - 1 })

/** Sends one request and gathers the whole answer. Nothing is repeated, followed or cached. */
export const exchange = (ask: Ask): Effect.Effect<Answer, NetError> =>
  Effect.suspend(() => {
    if (process.env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") return Effect.fail(new TlsDisabled())
    const problem = urlProblem(ask.url)
    if (problem !== undefined) return Effect.fail(new UnsafeUrl({ what: ask.url.origin, problem }))
    const tooLong = new RequestTimedOut({ endpoint: endpointOf(ask), phase: "total", seconds: totalSeconds })
    return Effect.raceFirst(
      sendBy(ask, proxyFor(ask.url, process.env)),
      Effect.andThen(wholeLimit, Effect.fail(tooLong))
    )
  })
