/**
 * A gate in front of a server, on a port of its own: passes every request on as it is, keeps a list of those that
 * spend a token, and lets a test hold one, either before the server has seen it or after the server has answered.
 */
import { once } from "node:events"
import * as http from "node:http"
import type { AddressInfo } from "node:net"

/** One request to a token endpoint. */
export interface TokenRequest {
  /** `refresh_token`, or the long name of the device flow. */
  readonly grant: string
  /** Milliseconds of `performance.now()` at which it was there as a whole. */
  readonly at: number
  /** What the server answered: none while it has not, or where the client was gone before it was asked. */
  answer: { readonly status: number; readonly error: string | undefined } | undefined
  /** Settles when the client's connection is gone. */
  readonly gone: Promise<void>
}

export interface Gate extends AsyncDisposable {
  readonly url: string
  readonly requests: Array<TokenRequest>
  /** Where to pass requests on to, once it is known. */
  readonly open: (target: string) => void
  /** Waited for before the server is asked; a client that is gone by then has asked nothing. */
  onRequest: ((request: TokenRequest) => Promise<void> | undefined) | undefined
  /** Waited for before the server's answer goes to the client. */
  onAnswer: ((request: TokenRequest) => Promise<void> | undefined) | undefined
  /** Called when the last byte of an answer has been handed to the system. */
  onSent: ((request: TokenRequest) => void) | undefined
  /** Answered with 401 whatever the server would say. */
  readonly refused: Set<string>
  /** What a device authorization says in place of the server's own `interval`. Seconds. */
  interval: number | undefined
  /** Settles when nothing is on its way. */
  readonly idle: () => Promise<void>
}

interface Passed {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
}

const whole = async (stream: http.IncomingMessage): Promise<Buffer> => {
  const parts: Array<Buffer> = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}

const pass = (target: URL, from: http.IncomingMessage, body: Buffer): Promise<Passed> =>
  new Promise((resolve, reject) => {
    // The name that the client asked for: issuer and links are those of the gate.
    const to = http.request(target, { method: from.method ?? "GET", headers: from.headers, agent: false })
    to.once("error", reject)
    to.once("response", (response) => {
      whole(response).then(
        (answer) => resolve({ status: response.statusCode ?? 502, headers: response.headers, body: answer }),
        reject
      )
    })
    to.end(body)
  })

const fieldOf = (text: string, name: string): string | undefined => {
  try {
    const value: Readonly<Record<string, unknown>> = JSON.parse(text)
    return typeof value[name] === "string" ? value[name] : undefined
  } catch {
    return undefined
  }
}

export const openGate = async (): Promise<Gate> => {
  let target = ""
  const running = new Set<Promise<void>>()
  const handle = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const gone = once(response, "close").then(() => undefined)
    const body = await whole(request)
    const url = new URL(request.url ?? "/", target)
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1]
    if (token !== undefined && gate.refused.has(token)) {
      response.writeHead(401, { "content-type": "application/json" })
      response.end(JSON.stringify({ error: { code: "unauthorized", message: "the access token has expired" } }))
      return
    }
    const grant = request.method === "POST" ? new URLSearchParams(body.toString()).get("grant_type") : null
    const one: TokenRequest | undefined =
      grant === null ? undefined : { grant, at: performance.now(), answer: undefined, gone }
    if (one !== undefined) {
      gate.requests.push(one)
      await gate.onRequest?.(one)
      if (response.destroyed) return
    }
    const passed = await pass(url, request, body)
    let answer = passed.body
    if (one !== undefined) {
      one.answer = { status: passed.status, error: fieldOf(answer.toString(), "error") }
      await gate.onAnswer?.(one)
    } else if (gate.interval !== undefined && fieldOf(answer.toString(), "device_code") !== undefined) {
      answer = Buffer.from(JSON.stringify({ ...JSON.parse(answer.toString()), interval: gate.interval }))
    }
    const { "content-length": _, "transfer-encoding": __, connection: ___, ...headers } = passed.headers
    response.writeHead(passed.status, headers)
    response.end(answer, () => {
      if (one !== undefined) gate.onSent?.(one)
    })
  }
  const server = http.createServer((request, response) => {
    // A client that was killed in the midst of its request has asked nothing.
    const work = handle(request, response).catch(() => void response.destroy())
    running.add(work)
    void work.then(() => running.delete(work))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  // Boundary: a server on TCP has an address of this form.
  const { port } = server.address() as AddressInfo
  const gate: Gate = {
    url: `http://127.0.0.1:${port}`,
    requests: [],
    open: (to) => (target = to),
    onRequest: undefined,
    onAnswer: undefined,
    onSent: undefined,
    refused: new Set(),
    interval: undefined,
    idle: async () => {
      while (running.size > 0) await Promise.all(running)
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    }
  }
  return gate
}

/** A promise and the way to settle it. */
export const latch = (): { readonly done: Promise<void>; readonly open: () => void } => {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { done: promise, open: () => resolve() }
}
