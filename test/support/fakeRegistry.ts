/**
 * A small registry that answers everything right, and as it is told where a test says so: by name of the endpoint.
 * It holds no state but what it was asked.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** Every endpoint that the client calls. The last three are named by the metadata of a standard server. */
export const endpoints = [
  "metadata",
  "openid",
  "device",
  "token",
  "refresh",
  "logout",
  "me",
  "effective",
  "list",
  "config",
  "oauthToken",
  "oauthRevoke"
] as const
export type Endpoint = (typeof endpoints)[number]

export interface Asked {
  readonly endpoint: Endpoint | undefined
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

export interface Reply {
  readonly status: number
  readonly body?: string
  readonly headers?: Record<string, string>
}

export interface Issued {
  readonly access: string
  readonly refresh: string
  readonly device: string
  /** Of the access token, and of the device code where it is not ten minutes. Seconds. */
  readonly lifetime: number
  readonly codeLifetime?: number
}

export interface FakeRegistry extends AsyncDisposable {
  readonly origin: string
  readonly asked: Array<Asked>
  /** What a login brings from here on. */
  issued: Issued
  /** Metadata as a standard authorization server has them; else 404, and the contract's paths hold. */
  standard: boolean
  /** The bulk call; else 404, and the agents are asked for one by one. */
  bulk: boolean
  /** Another answer than the right one. */
  override: (asked: Asked) => Reply | undefined
}

const paths: ReadonlyArray<readonly [RegExp, Endpoint]> = [
  [/^GET \/\.well-known\/oauth-authorization-server$/, "metadata"],
  [/^GET \/\.well-known\/openid-configuration$/, "openid"],
  [/^POST \/api\/v1\/auth\/device$/, "device"],
  [/^POST \/api\/v1\/auth\/token$/, "token"],
  [/^POST \/api\/v1\/auth\/refresh$/, "refresh"],
  [/^DELETE \/api\/v1\/auth\/logout$/, "logout"],
  [/^GET \/api\/v1\/auth\/me$/, "me"],
  [/^GET \/api\/v1\/agents\/effective$/, "effective"],
  [/^GET \/api\/v1\/agents$/, "list"],
  [/^GET \/api\/v1\/agents\/[^/]+\/effective_config$/, "config"],
  [/^POST \/oauth\/token$/, "oauthToken"],
  [/^POST \/oauth\/revoke$/, "oauthRevoke"]
]

const agent = {
  agent_name: "reviewer",
  config: {
    version: "1",
    instructions: "You review.",
    frontmatter: { name: "reviewer", description: "Reviews changes" }
  },
  sources: { base: true, organization: false, project: false }
}

const role = { name: "senior", mode: "autonomous", prompt_prefix: "", tools_removed: [] }

const json = (status: number, body: object, headers: Record<string, string> = {}): Reply => ({
  status,
  body: JSON.stringify(body),
  headers: { "content-type": "application/json", ...headers }
})

const rightAnswer = (endpoint: Endpoint | undefined, registry: FakeRegistry): Reply => {
  const { issued, origin } = registry
  const tokens = json(200, {
    access_token: issued.access,
    refresh_token: issued.refresh,
    token_type: "Bearer",
    expires_in: issued.lifetime
  })
  switch (endpoint) {
    case "metadata":
      if (!registry.standard) return json(404, { error: "unknown" })
      return json(200, {
        issuer: origin,
        device_authorization_endpoint: `${origin}/api/v1/auth/device`,
        token_endpoint: `${origin}/oauth/token`,
        revocation_endpoint: `${origin}/oauth/revoke`
      })
    case "device":
      return json(200, {
        device_code: issued.device,
        user_code: "BCDF-GHJK",
        verification_uri: `${origin}/device`,
        expires_in: issued.codeLifetime ?? 600,
        interval: 1
      })
    case "token":
    case "refresh":
    case "oauthToken":
      return tokens
    case "logout":
      return json(200, { message: "revoked" })
    case "oauthRevoke":
      return { status: 200 }
    case "me":
      return json(200, { user: { id: "1", name: "Ada", email: "ada@acme.example", platform_role: "member" } })
    case "effective":
      return registry.bulk ? json(200, { agents: [agent], role }, { etag: '"1"' }) : json(404, { error: "unknown" })
    case "list":
      return json(200, { agents: [{ name: "reviewer", source: "base" }] })
    case "config":
      return json(200, agent)
    default:
      return json(404, { error: "unknown" })
  }
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = ""
  for await (const chunk of request) body += String(chunk)
  return body
}

export const startFakeRegistry = async (): Promise<FakeRegistry> => {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { headers, method = "", url = "" } = request
    const path = `${method} ${url.split("?")[0] ?? ""}`
    const asked: Asked = {
      endpoint: paths.find(([pattern]) => pattern.test(path))?.[1],
      method,
      url,
      headers,
      body: await bodyOf(request)
    }
    registry.asked.push(asked)
    const reply = registry.override(asked) ?? rightAnswer(asked.endpoint, registry)
    response.writeHead(reply.status, reply.headers)
    response.end(reply.body)
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  // Boundary: a server that listens on TCP has an address of this form.
  const { port } = server.address() as AddressInfo
  const registry: FakeRegistry = {
    origin: `http://127.0.0.1:${port}`,
    asked: [],
    issued: { access: "access-1", refresh: "refresh-1", device: "device-1", lifetime: 3600 },
    standard: false,
    bulk: true,
    override: () => undefined,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      })
  }
  return registry
}
