/** One HTTP exchange over `node:http` and `node:https`, with the limits of the policy; what it fails with is typed. */
import { Deferred, Effect } from "effect"
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http"
import type { LookupFunction } from "node:net"
import {
  AnswerTooLarge,
  ConnectionFailed,
  HeaderUnusable,
  type NetError,
  ProxyRefused,
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
  /** How names are looked up, where not by the operating system. */
  readonly lookup?: LookupFunction
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

/**
 * The request itself. `connected` is called once there is a connection, with TLS where there has to be.
 */
const send = (ask: Ask, agent: RequestOptions["agent"], connected: () => void): Effect.Effect<Answer, NetError> =>
  Effect.callback((resume) => {
    const secure = ask.url.protocol === "https:"
    const fail = (error: NetError) => resume(Effect.fail(error))
    const request = requestOf(ask.url)(ask.url, {
      method: ask.method,
      headers: {
        ...ask.headers,
        "accept-encoding": "identity",
        ...(ask.body === undefined ? {} : { "content-length": String(ask.body.length) })
      },
      ...(agent === undefined ? {} : { agent }),
      ...(ask.lookup === undefined ? {} : { lookup: ask.lookup })
    })
    request.on("socket", (socket) => {
      if (request.reusedSocket) connected()
      else socket.once(secure ? "secureConnect" : "connect", connected)
    })
    request.on("error", (cause) => fail(failureOf(ask, cause)))
    request.on("response", (response) => {
      connected()
      const status = response.statusCode ?? 0
      // The agent plays what a proxy said to CONNECT as if it were the answer; nobody vouches for that.
      if (secure && !("encrypted" in response.socket && response.socket.encrypted === true)) {
        fail(new ProxyRefused({ endpoint: endpointOf(ask), status }))
        request.destroy()
        return
      }
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
const sendBy = (ask: Ask, proxy: URL | undefined, connected: () => void): Effect.Effect<Answer, NetError> =>
  proxy === undefined
    ? send(ask, undefined, connected)
    : Effect.flatMap(
        Effect.promise(() => import("https-proxy-agent")),
        ({ HttpsProxyAgent }) =>
          send(ask, new HttpsProxyAgent(proxy, ask.lookup === undefined ? {} : { lookup: ask.lookup }), connected)
      )

const timedOut = (ask: Ask, phase: "connect" | "total", seconds: number) =>
  Effect.fail(new RequestTimedOut({ endpoint: endpointOf(ask), phase, seconds }))

/** Tabs and what can be seen; Node throws at anything else. */
const unusable = ({ headers }: Ask): string | undefined =>
  Object.entries(headers).find(([, value]) => !/^[\t\x20-\x7e\x80-\xff]*$/.test(value))?.[0]

/**
 * The whole limit, in slices. A process that was stopped (Ctrl+Z, a lid that was closed) finds its timers due before it
 * reads what has come meanwhile; thrown away with the time-out would be the answer to a refresh, which comes only once.
 * So time counts while we run, and of a stop no more than one slice.
 */
const wholeLimit = Effect.repeat(Effect.sleep("1 second"), { times: totalSeconds - 1 })

/** Sends one request and gathers the whole answer. Nothing is repeated, followed or cached. */
export const exchange = (ask: Ask): Effect.Effect<Answer, NetError> =>
  Effect.gen(function* () {
    if (process.env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") return yield* new TlsDisabled()
    const problem = urlProblem(ask.url)
    if (problem !== undefined) return yield* new UnsafeUrl({ what: ask.url.origin, problem })
    const header = unusable(ask)
    if (header !== undefined) return yield* new HeaderUnusable({ header })
    const proxy = proxyFor(ask.url, process.env)
    if (typeof proxy === "string") return yield* new UnsafeUrl({ what: "HTTPS_PROXY", problem: proxy })
    const connected = yield* Deferred.make<void>()
    const limit = Deferred.await(connected).pipe(
      Effect.timeoutOrElse({
        duration: `${connectSeconds} seconds`,
        orElse: () => timedOut(ask, "connect", connectSeconds)
      }),
      Effect.andThen(Effect.never)
    )
    return yield* sendBy(ask, proxy, () => Deferred.doneUnsafe(connected, Effect.void)).pipe(
      Effect.raceFirst(limit),
      Effect.raceFirst(Effect.andThen(wholeLimit, timedOut(ask, "total", totalSeconds)))
    )
  })
