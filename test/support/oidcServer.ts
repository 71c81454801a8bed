/**
 * The certified authorization server of npm `oidc-provider` with a registry's agents beside it: a server that is none of
 * ours, without grace and without an `interval`. Its own development pages sign a person in.
 */
import { once } from "node:events"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { Provider } from "oidc-provider"
import { FormBrowser, type Page } from "./registryServer.ts"

export interface OidcServer extends AsyncDisposable {
  /** Where it listens; `issuer` is what it is called. */
  readonly url: string
  /** Approves the login with this code, or says no. */
  readonly approve: (userCode: string, decision?: "approve" | "deny") => Promise<void>
  /** Whether a refresh token could still be spent. */
  readonly isAlive: (refreshToken: string) => Promise<boolean>
}

const agents = {
  agents: [
    {
      agent_name: "helper",
      config: {
        version: "1",
        instructions: "You help.",
        frontmatter: { name: "helper", description: "Helps" }
      },
      sources: { base: true, organization: false, project: false }
    }
  ],
  role: { name: "senior", mode: "autonomous", prompt_prefix: "", tools_removed: [] }
}
const etag = '"one"'

const say = (response: http.ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { "content-type": "application/json", etag })
  response.end(JSON.stringify(body))
}

/** The one form of a page, sent with these fields. */
const submitOnly = (browser: FormBrowser, page: Page, fields: Record<string, string>): Promise<Page> => {
  const action = /<form[^>]*action="([^"]+)"/.exec(page.html)?.[1]
  if (action === undefined) throw new Error(`no form on a page titled ${page.title}: ${page.html.slice(0, 400)}`)
  return browser.submit(page, action, fields)
}

export const serveOidc = async (issuer: string): Promise<OidcServer> => {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "crewkit-cli",
        token_endpoint_auth_method: "none",
        application_type: "native",
        grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
        response_types: [],
        redirect_uris: []
      }
    ],
    features: { deviceFlow: { enabled: true }, revocation: { enabled: true }, devInteractions: { enabled: true } },
    rotateRefreshToken: true,
    revokeGrantPolicy: () => true,
    scopes: ["openid", "offline_access"],
    ttl: { AccessToken: 3600, DeviceCode: 600, Grant: 86_400, RefreshToken: 86_400, Interaction: 600, Session: 86_400 },
    cookies: { keys: ["of the test alone"] },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) })
  })
  const callback = provider.callback()
  const effective = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? ""
    const found = await provider.AccessToken.find(token)
    if (found?.isValid !== true)
      return say(response, 401, { error: { code: "unauthorized", message: "no such token" } })
    if (request.headers["if-none-match"] !== etag) return say(response, 200, agents)
    response.writeHead(304, { etag }).end()
  }
  const server = http.createServer((request, response) => {
    const path = (request.url ?? "").split("?")[0] ?? ""
    if (path === "/api/v1/agents/effective") void effective(request, response)
    else if (path.startsWith("/api/")) say(response, 404, { error: { code: "not_found", message: "there is none" } })
    else void callback(request, response)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  // Boundary: a server on TCP has an address of this form.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    approve: async (userCode, decision = "approve") => {
      const browser = new FormBrowser(issuer)
      const shown = await submitOnly(browser, await browser.open("/device"), { user_code: userCode })
      if (decision === "deny") {
        await submitOnly(browser, shown, { abort: "yes" })
        return
      }
      const signIn = await submitOnly(browser, shown, {})
      const consent = await submitOnly(browser, signIn, { login: "ada", password: "any" })
      const done = await submitOnly(browser, consent, {})
      if (done.status !== 200 || done.html.includes("<form"))
        throw new Error(`not approved: ${done.html.slice(0, 400)}`)
    },
    isAlive: async (token) => (await provider.RefreshToken.find(token))?.isValid === true,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    }
  }
}
