/** The built registry: the whole login by HTTP and HTML forms, and how it starts and ends. */
import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync, statSync } from "node:fs"
import type { IncomingMessage } from "node:http"
import { get } from "node:https"
import { connect } from "node:net"
import { dirname, join } from "node:path"
import { openssl, skipUnless } from "../support/needs.ts"
import { documentOf, examples, launcher, node, runProgram, scratch } from "../support/program.ts"
import { FormBrowser, servable, serveRegistry } from "../support/registryServer.ts"

const form = (fields: Record<string, string>): RequestInit => ({ method: "POST", body: new URLSearchParams(fields) })

const client_id = "crewkit-cli"
const device_grant = "urn:ietf:params:oauth:grant-type:device_code"

const ask = async (url: string, init: RequestInit) => {
  const response = await fetch(url, init)
  const text = await response.text()
  const body: Record<string, string> = text === "" ? {} : JSON.parse(text)
  return { status: response.status, headers: response.headers, body, text }
}

describe.skipIf(!servable)("registry serve", () => {
  it("logs a member in by the device flow, and out again", async () => {
    await using registry = await serveRegistry()
    const api = `${registry.url}/api/v1`
    const begun = await ask(`${api}/auth/device`, form({ client_id }))
    assert.strictEqual(begun.status, 200)
    assert.match(begun.body["user_code"] ?? "", /^[A-Z]{4}-[A-Z]{4}$/)
    assert.strictEqual(begun.headers.get("cache-control"), "no-store")
    const { device_code = "", user_code = "" } = begun.body
    const poll = form({ grant_type: device_grant, device_code, client_id })
    assert.strictEqual((await ask(`${api}/auth/token`, poll)).body["error"], "authorization_pending")
    assert.strictEqual(await registry.approve(user_code, "kofi@acme.example"), "Approved")
    const granted = await ask(`${api}/auth/token`, poll)
    assert.strictEqual(granted.status, 200)
    const { access_token = "", refresh_token = "" } = granted.body
    const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } })
    const me = await ask(`${api}/auth/me`, bearer(access_token))
    assert.include(me.text, '"role":"junior"')
    assert.include(me.text, '"organization":"acme"')
    const agents = await ask(`${api}/agents/effective?project_slug=web-shop`, bearer(access_token))
    assert.strictEqual(agents.status, 200)
    assert.include(agents.text, '"name":"junior"')
    const etag = agents.headers.get("etag") ?? ""
    const again = await ask(`${api}/agents/effective?project_slug=web-shop`, {
      headers: { authorization: `Bearer ${access_token}`, "if-none-match": etag }
    })
    assert.strictEqual(again.status, 304)
    const refreshed = await ask(`${api}/auth/token`, form({ grant_type: "refresh_token", refresh_token, client_id }))
    const newest = refreshed.body["refresh_token"] ?? ""
    assert.notStrictEqual(newest, refresh_token)
    const out = await ask(`${api}/auth/logout`, {
      method: "DELETE",
      body: new URLSearchParams({ refresh_token: newest })
    })
    assert.deepStrictEqual(out.body, { message: "logged out" })
    for (const token of [access_token, refreshed.body["access_token"] ?? "", "", "nonsense"]) {
      const refused = await ask(`${api}/auth/me`, bearer(token))
      assert.strictEqual(refused.status, 401)
      assert.include(refused.text, '"code":"unauthorized"')
      assert.match(refused.headers.get("www-authenticate") ?? "", /^Bearer/)
    }
    // Nothing of what was handed out is in the state.
    const folder = dirname(registry.state)
    for (const secret of [device_code, user_code.replace("-", ""), access_token, refresh_token, newest]) {
      for (const name of readdirSync(folder)) {
        assert.isFalse(readFileSync(join(folder, name)).includes(secret), `${name} has a secret in it`)
      }
    }
    assert.strictEqual(statSync(registry.state).mode & 0o777, 0o600)
    assert.strictEqual(statSync(folder).mode & 0o777, 0o700)
  })

  it("says what it is and answers every wrong request as the contract says", async () => {
    await using registry = await serveRegistry()
    const metadata = await ask(`${registry.url}/.well-known/oauth-authorization-server`, {})
    assert.include(metadata.text, `"issuer":"${registry.url}"`)
    assert.include(metadata.text, `"token_endpoint":"${registry.url}/api/v1/auth/token"`)
    const cases: ReadonlyArray<readonly [string, RequestInit, number, string]> = [
      ["/nowhere", {}, 404, "not_found"],
      ["/api/v1/agents?project_slug=web-shop", {}, 401, "unauthorized"],
      ["/api/v1/sessions?project_slug=web-shop", {}, 401, "unauthorized"],
      ["/api/v1/auth/device", { method: "POST", body: "{}" }, 400, "invalid_request"],
      ["/api/v1/auth/device", form({ client_id: "<b>" }), 400, "invalid_client"],
      ["/api/v1/auth/token", form({ client_id, grant_type: "password" }), 400, "unsupported_grant_type"],
      ["/api/v1/auth/token", form({ client_id, grant_type: device_grant }), 400, "invalid_request"],
      ["/api/v1/auth/refresh", form({ client_id, refresh_token: "x" }), 400, "invalid_grant"],
      ["/api/v1/auth/device", form({ client_id: "x".repeat(20_000) }), 413, "bad_request"]
    ]
    for (const [path, init, status, code] of cases) {
      const answer = await ask(`${registry.url}${path}`, init)
      assert.strictEqual(answer.status, status, path)
      assert.include(answer.text, code, path)
      assert.strictEqual(answer.headers.get("x-content-type-options"), "nosniff", path)
    }
    const unknown = await ask(`${registry.url}/api/v1/auth/revoke`, form({ token: "ckrt_nothing" }))
    assert.strictEqual(unknown.status, 200)
  })

  it("takes no form from elsewhere, and keeps scripts and frames out", async () => {
    await using registry = await serveRegistry()
    const browser = new FormBrowser(registry.url)
    const page = await browser.open("/device?user_code=bcdf-ghjk")
    assert.include(page.html, 'value="BCDF-GHJK"')
    assert.notInclude(page.html, "<script")
    const policy = page.headers.get("content-security-policy") ?? ""
    for (const part of ["default-src 'none'", "style-src 'sha256-", "form-action 'self'", "frame-ancestors 'none'"]) {
      assert.include(policy, part)
    }
    assert.match(page.headers.get("set-cookie") ?? "", /HttpOnly; SameSite=Strict; Max-Age=600$/)
    const body = { user_code: "BCDF-GHJK" }
    for (const headers of [{}, { origin: "https://evil.example" }, { origin: "null" }, { origin: registry.url }]) {
      const refused = await fetch(`${registry.url}/device`, { ...form(body), headers, redirect: "manual" })
      assert.strictEqual(refused.status, 403)
    }
    const forged = await browser.submit(page, "/device", { ...body, csrf: "0".repeat(64) })
    assert.strictEqual(forged.status, 403)
  })

  it("ends at once on SIGTERM and SIGINT, and keeps its users", async () => {
    await using registry = await serveRegistry()
    const stopped = await registry.stop("SIGTERM")
    assert.strictEqual(stopped.code, 143)
    const [line = ""] = stopped.stdout.split("\n")
    assert.deepInclude(JSON.parse(line), { schemaVersion: 1, command: "registry serve", ok: true })
    const again = await serveRegistry({ state: registry.state })
    assert.strictEqual((await again.stop("SIGINT")).code, 130)
  })

  it("refreshes once for 32 at once, and keeps what it answered when it is killed", async () => {
    for (const grace of ["0", "30"]) {
      await using registry = await serveRegistry({ args: ["--grace", grace] })
      const { body: begun } = await ask(`${registry.url}/api/v1/auth/device`, form({ client_id }))
      await registry.approve(begun["user_code"] ?? "")
      const device_code = begun["device_code"] ?? ""
      const login = await ask(
        `${registry.url}/api/v1/auth/token`,
        form({ grant_type: device_grant, device_code, client_id })
      )
      const refresh = (url: string, token: string | undefined) =>
        ask(`${url}/api/v1/auth/refresh`, form({ grant_type: "refresh_token", refresh_token: token ?? "", client_id }))
      const old = login.body["refresh_token"]
      const answers = await Promise.all(Array.from({ length: 32 }, () => refresh(registry.url, old)))
      const good = answers.filter(({ status }) => status === 200)
      assert.strictEqual(good.length, grace === "0" ? 1 : 32)
      assert.strictEqual(new Set(good.map(({ text }) => text)).size, 1)
      if (grace === "0") continue
      assert.strictEqual((await registry.stop("SIGKILL")).signal, "SIGKILL")
      await using again = await serveRegistry({ state: registry.state })
      assert.strictEqual((await refresh(again.url, old)).text, good[0]?.text)
      assert.strictEqual((await refresh(again.url, good[0]?.body["refresh_token"])).status, 200)
    }
  })

  it("prints an invite once, and none for somebody whom the organization does not list", async () => {
    using place = scratch()
    const env = { XDG_DATA_HOME: place.beside("data") }
    const add = (email: string) =>
      runProgram(
        process.execPath,
        [launcher, "registry", "user", "add", email, "--org", "acme", "--root", examples, "--json"],
        { cwd: place.project, env: { ...place.env, ...env } }
      )
    const added = await add("Ada@acme.example")
    assert.strictEqual(added.code, 0, added.stderr)
    assert.match(JSON.stringify(documentOf(added).data), /"invite":"crewkit-invite-[\w-]{43}"/)
    const refused = await add("mallory@elsewhere.example")
    assert.strictEqual(refused.code, 1)
    assert.strictEqual(documentOf(refused).error?.code, "NotAMember")
  })

  it("takes no request that is too large, however it is sent, and goes on", async () => {
    await using registry = await serveRegistry()
    const { hostname, port } = new URL(registry.url)
    const raw = (text: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(Number(port), hostname)
        let answer = ""
        socket.on("data", (data: Buffer) => (answer += data.toString("latin1")))
        socket.on("error", () => resolve(answer))
        socket.on("close", () => resolve(answer))
        socket.write(text)
      })
    const head = "POST /api/v1/auth/device HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    const chunk = `${(1024).toString(16)}\r\n${"x".repeat(1024)}\r\n`
    assert.match(await raw(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(20)}`), /^HTTP\/1.1 413 /)
    assert.match(await raw(`${head}Content-Length: 99999999\r\n\r\n`), /^HTTP\/1.1 413 /)
    const change =
      "POST /api/v1/agents/reviewer/modifications HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "
    assert.match(await raw(`${change}9000000\r\n\r\n`), /^HTTP\/1.1 413 /)
    const small = await raw(`${change}2000000\r\n\r\n${"x".repeat(2_000_000)}`)
    assert.match(small, /^HTTP\/1.1 401 /)
    assert.match(await raw(`GET /device HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(20_000)}\r\n\r\n`), /^HTTP\/1.1 431 /)
    assert.match(await raw("GET http://elsewhere.example/device HTTP/1.1\r\nHost: x\r\n\r\n"), /^HTTP\/1.1 400 /)
    assert.match(await raw("GET //device HTTP/1.1\r\nHost: x\r\n\r\n"), /^HTTP\/1.1 400 /)
    const bad = await ask(`${registry.url}/api/v1/agents/%E0%A4%A/effective_config?project_slug=a`, {})
    assert.isBelow(bad.status, 500)
    assert.strictEqual((await ask(`${registry.url}/api/v1/auth/device`, form({ client_id }))).status, 200)
  })

  const { skip, suffix } = skipUnless([openssl])
  it.skipIf(skip)(`serves over TLS, with cookies for TLS alone${suffix}`, async () => {
    using place = scratch()
    const [cert, key] = [place.path("cert.pem"), place.path("key.pem")]
    execFileSync(
      openssl.path ?? "",
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
        .split(" ")
        .concat("-keyout", key, "-out", cert),
      { stdio: "ignore" }
    )
    const tls = ["--tls-cert", cert, "--tls-key", key, "--public-url", "https://localhost:8443"]
    await using registry = await serveRegistry({ args: tls })
    const { headers, status } = await new Promise<IncomingMessage & { status: number | undefined }>(
      (resolve, reject) => {
        const url = new URL("/device", registry.url.replace("127.0.0.1", "localhost"))
        get(
          url,
          { ca: readFileSync(cert), lookup: (_, __, done) => done(null, [{ address: "127.0.0.1", family: 4 }]) },
          (response) => {
            response.resume()
            resolve(Object.assign(response, { status: response.statusCode }))
          }
        ).on("error", reject)
      }
    )
    assert.strictEqual(status, 200)
    assert.match(headers["set-cookie"]?.[0] ?? "", /^__Host-crewkit=.*; Secure$/)
    assert.isDefined(headers["strict-transport-security"])
    const wrong = await place.crewkit([
      "registry",
      "serve",
      "--root",
      examples,
      "--tls-cert",
      key,
      "--tls-key",
      cert,
      "--listen",
      "127.0.0.1:0",
      "--json"
    ])
    assert.strictEqual(wrong.code, 1)
  })

  it("writes an access log without secrets where it is asked to", async () => {
    await using registry = await serveRegistry({ text: true, args: ["--debug"] })
    await ask(`${registry.url}/api/v1/auth/device?secret=hunter2`, form({ client_id }))
    const { stderr } = await registry.stop()
    assert.match(stderr, /POST \/api\/v1\/auth\/device 200 \d+ ms/)
    assert.notInclude(stderr, "hunter2")
  })
})

/** Whether the Node that runs the program has SQLite. */
const programServes =
  execFileSync(node, ["-p", "process.getBuiltinModule('node:sqlite') !== undefined"], {
    stdio: ["ignore", "pipe", "ignore"]
  })
    .toString()
    .trim() === "true"

describe("registry serve, refused", () => {
  const serve = async (...args: ReadonlyArray<string>) => {
    using place = scratch()
    return await place.crewkit(["registry", "serve", "--root", examples, "--json", ...args])
  }

  it("does not listen for other machines without encryption", async () => {
    for (const host of ["0.0.0.0:0", "[::]:0", "192.0.2.1:8787", "example.com:80"]) {
      const run = await serve("--listen", host)
      assert.strictEqual(run.code, 2, host)
      assert.include(documentOf(run).error?.next ?? "", "--tls-cert")
    }
    assert.include(documentOf(await serve("--listen", "0.0.0.0:0", "--behind-proxy")).error?.next ?? "", "--public-url")
    assert.strictEqual((await serve("--public-url", "http://agents.example.com")).code, 2)
    assert.strictEqual((await serve("--tls-cert", "cert.pem")).code, 2)
    assert.strictEqual((await serve("--listen", "nonsense")).code, 2)
    assert.strictEqual((await serve("--grace", "3600")).code, 2)
  })

  it("says what is wrong with a database, and nothing of its password", async () => {
    const secret = "hunter2secret"
    const unreachable = await serve("--database-url", `postgres://u:${secret}@127.0.0.1:1/db`, "--debug")
    assert.strictEqual(unreachable.code, 1)
    assert.strictEqual(documentOf(unreachable).error?.code, "StateUnusable")
    assert.include(documentOf(unreachable).error?.message ?? "", "postgres://127.0.0.1:1/db cannot be used")
    using place = scratch()
    place.write("url", `postgres://u:${secret}@db.example.com/db\n`)
    const unencrypted = await serve("--database-url-file", place.path("url"))
    assert.strictEqual(documentOf(unencrypted).error?.code, "DatabaseUrlInvalid")
    assert.include(documentOf(unencrypted).error?.message ?? "", "?sslmode=require")
    const mistyped = await serve("--database-url", `${secret}://u:${secret}@host/db`)
    const twice = await serve("--database-url", `postgres://u:${secret}@localhost/db`, "--state", "state.sqlite")
    for (const run of [unencrypted, mistyped, twice]) assert.strictEqual(run.code, 2)
    for (const run of [unreachable, unencrypted, mistyped, twice]) {
      assert.notInclude(`${run.stdout}${run.stderr}`, secret)
    }
  })

  it.skipIf(programServes)("says on an older Node which one it needs", async () => {
    const run = await serve()
    assert.strictEqual(run.code, 1)
    const error = documentOf(run).error
    assert.strictEqual(error?.code, "SqliteMissing")
    assert.include(error?.next ?? "", "22.13")
  })
})
