/**
 * A registry that takes sessions and modifications, and knows a repeated call by its key. It keeps every byte that it
 * was sent, and fails as a test wants it to: before it has done anything, or after.
 */
import { randomUUID } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

export interface Taken {
  readonly kind: "create" | "modify" | "end"
  readonly key: string
  /** The registry's id of the session. */
  readonly session: string
  readonly agent: string | undefined
  readonly body: Readonly<Record<string, unknown>>
}

/** `lost`: nothing was done, the connection breaks. `unanswered`: it was done, and the connection breaks. */
export type Trouble =
  | "lost"
  | "unanswered"
  | { readonly status: number; readonly headers?: Record<string, string> }
  | { readonly wait: number }

export interface Called {
  readonly kind: Taken["kind"]
  readonly key: string
  readonly agent: string | undefined
  /** How many calls came before, of all kinds. */
  readonly count: number
}

export interface TakingRegistry extends AsyncDisposable {
  readonly origin: string
  /** What was done, once each, in order. */
  readonly taken: Array<Taken>
  /** Everything that was sent: method, path, headers, body. */
  readonly raw: Array<string>
  trouble: (called: Called) => Trouble | undefined
  /** Nothing listens, until it is told to again. */
  readonly down: () => Promise<void>
  readonly up: () => Promise<void>
}

const kinds: ReadonlyArray<readonly [RegExp, Taken["kind"]]> = [
  [/^POST \/api\/v1\/sessions$/, "create"],
  [/^POST \/api\/v1\/agents\/([^/]+)\/modifications$/, "modify"],
  [/^PATCH \/api\/v1\/sessions\/([^/]+)$/, "end"]
]

const whole = async (request: IncomingMessage): Promise<string> => {
  let body = ""
  for await (const chunk of request) body += String(chunk)
  return body
}

const sessionAnswer = (id: string) => ({
  session: { id, total_turns: 0, total_cost: 0, outcome: null, started_at: "2026-01-01T00:00:00Z", ended_at: null }
})

const problem = (message: string) => JSON.stringify({ error: { code: "trouble", message } })

export const startTakingRegistry = async (): Promise<TakingRegistry> => {
  /** Request and answer by key. */
  const answers = new Map<string, { readonly request: string; readonly answer: string }>()
  let count = 0

  const reply = (
    response: ServerResponse,
    status: number,
    body: string,
    headers: Record<string, string> = {}
  ): void => {
    response.writeHead(status, { "content-type": "application/json", ...headers })
    response.end(body)
  }

  const done = (kind: Taken["kind"], name: string, key: string, text: string): string => {
    const body: Readonly<Record<string, unknown>> = JSON.parse(text)
    const session = kind === "create" ? randomUUID() : kind === "end" ? name : String(body["session_id"])
    registry.taken.push({ kind, key, session, agent: kind === "modify" ? name : undefined, body })
    if (kind !== "modify") return JSON.stringify(sessionAnswer(session))
    const { change_type, file_path } = body
    const made = { id: randomUUID(), agent_name: name, file_path, change_type, created_at: "2026-01-01T00:00:00Z" }
    return JSON.stringify({ modification: made })
  }

  const summaryOf = (id: string): string => {
    const mine = registry.taken.filter(({ kind, session }) => kind === "modify" && session === id)
    const modifications = mine.map(({ agent, body, key }) => ({
      id: key,
      agent_name: agent,
      file_path: body["file_path"],
      change_type: body["change_type"],
      sha256_after: body["sha256_after"],
      occurred_at: body["occurred_at"],
      created_at: "2026-01-01T00:00:00Z"
    }))
    return JSON.stringify({ ...sessionAnswer(id), modifications, duration: null, cost_per_turn: null })
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await whole(request)
    const path = `${request.method} ${request.url}`
    registry.raw.push(`${path}\n${JSON.stringify(request.headers)}\n${text}`)
    const summary = /^GET \/api\/v1\/sessions\/([^/]+)\/summary$/.exec(path)?.[1]
    if (summary !== undefined) return reply(response, 200, summaryOf(summary))
    const [pattern, kind] = kinds.find(([form]) => form.test(path)) ?? []
    if (pattern === undefined || kind === undefined) return reply(response, 404, problem("unknown"))
    if (request.headers.authorization !== "Bearer a-token") return reply(response, 401, problem("no token"))
    const name = pattern.exec(path)?.[1] ?? ""
    const key = String(request.headers["idempotency-key"])
    const agent = kind === "modify" ? name : undefined
    const trouble = registry.trouble({ kind, key, agent, count: count++ })
    if (trouble === "lost") return void response.destroy()
    if (typeof trouble === "object" && "status" in trouble) {
      return reply(response, trouble.status, problem(`status ${trouble.status}`), trouble.headers)
    }
    const known = answers.get(`${kind} ${key}`)
    if (known !== undefined && known.request !== text) return reply(response, 409, problem("another request"))
    const answer = known?.answer ?? done(kind, name, key, text)
    answers.set(`${kind} ${key}`, { request: text, answer })
    if (trouble === "unanswered") return void response.destroy()
    if (typeof trouble === "object") await new Promise((resolve) => setTimeout(resolve, trouble.wait))
    // As an older registry might.
    reply(response, kind === "end" ? 200 : 201, answer)
  }

  const open = () => createServer((request, response) => void handle(request, response).catch(() => response.destroy()))
  let server = open()
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  await listen(0)
  // Boundary: a server that listens on TCP has an address of this form.
  const { port } = server.address() as AddressInfo
  const registry: TakingRegistry = {
    origin: `http://127.0.0.1:${port}`,
    taken: [],
    raw: [],
    trouble: () => undefined,
    down: close,
    up: () => {
      server = open()
      return listen(port)
    },
    [Symbol.asyncDispose]: close
  }
  return registry
}
