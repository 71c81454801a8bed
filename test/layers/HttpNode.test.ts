/** The HTTP policy against real servers on loopback. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, type Scope } from "effect"
import { HttpClientError, HttpClientRequest } from "effect/http"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { createServer, type RequestListener, type Server } from "node:http"
import * as https from "node:https"
import { type AddressInfo, connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as HttpNode from "../../src/layers/HttpNode.ts"
import { proxyFor } from "../../src/layers/proxyFor.ts"
import { Http } from "../../src/services/Http.ts"

const listening = <S extends Server | https.Server>(server: S) =>
  Effect.acquireRelease(
    Effect.callback<S>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (open) =>
      Effect.callback<void>((resume) => {
        open.closeAllConnections()
        open.close(() => resume(Effect.void))
      })
  )

const portOf = (server: { address: () => AddressInfo | string | null }): number => {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

/** A server, its origin, and what it was asked. */
const served = Effect.fnUntraced(function* (listener: RequestListener) {
  const asked: Array<{ readonly line: string; readonly authorization: string | undefined }> = []
  const server = yield* listening(
    createServer((request, response) => {
      asked.push({ line: `${request.method} ${request.url}`, authorization: request.headers.authorization })
      listener(request, response)
    })
  )
  return { origin: `http://127.0.0.1:${portOf(server)}`, asked }
})

const secret = Redacted.make("canary-token")

const live = <A, E>(effect: Effect.Effect<A, E, Http | Scope.Scope>) =>
  Effect.scoped(effect).pipe(Effect.provide(HttpNode.layer))

describe("redirects", () => {
  for (const status of [301, 302, 303, 307, 308]) {
    it.live(`${status}: refused on every kind of call, and the other side hears nothing`, () =>
      live(
        Effect.gen(function* () {
          const http = yield* Http
          const other = yield* served((_, response) => response.end("{}"))
          const { origin } = yield* served((_, response) => {
            response.writeHead(status, { location: `${other.origin}/taken` })
            response.end()
          })
          const errors = [
            yield* Effect.flip(http.get(new URL("/x", origin), secret)),
            yield* Effect.flip(http.form("POST", new URL("/x", origin), { refresh_token: secret })),
            yield* Effect.flip(http.form("DELETE", new URL("/x", origin), { refresh_token: secret }))
          ]
          assert.deepStrictEqual(new Set(errors.map(({ _tag }) => _tag)), new Set(["RedirectRefused"]))
          const client = yield* http.clientFor(origin, secret)
          const error = yield* Effect.flip(client.execute(HttpClientRequest.get(`${origin}/api/v1/agents`)))
          assert.include(error.message, "redirect")
          assert.deepStrictEqual(other.asked, [])
        })
      )
    )
  }
})

describe("where a token goes", () => {
  it.live("to its own origin alone: another port is another origin, and hears nothing", () =>
    live(
      Effect.gen(function* () {
        const http = yield* Http
        const mine = yield* served((_, response) => response.end("{}"))
        const other = yield* served((_, response) => response.end("{}"))
        const client = yield* http.clientFor(mine.origin, secret)
        yield* client.execute(HttpClientRequest.get(`${mine.origin}/api/v1/agents`))
        yield* Effect.flip(client.execute(HttpClientRequest.get(`${other.origin}/api/v1/agents`)))
        assert.deepStrictEqual(
          mine.asked.map(({ authorization }) => authorization),
          ["Bearer canary-token"]
        )
        assert.deepStrictEqual(other.asked, [])
      })
    )
  )

  for (const url of ["http://registry.example/", "ftp://127.0.0.1/", "file:///etc/passwd", "https://a:b@127.0.0.1/"]) {
    it.live(`never to ${url}`, () =>
      live(
        Effect.gen(function* () {
          const error = yield* Effect.flip((yield* Http).get(new URL(url), secret))
          assert.strictEqual(error._tag, "UnsafeUrl")
        })
      )
    )
  }

  it.live("never while certificates are not checked", () =>
    live(
      Effect.gen(function* () {
        const { asked, origin } = yield* served((_, response) => response.end("{}"))
        process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0"
        const error = yield* Effect.flip((yield* Http).get(new URL(origin), secret)).pipe(
          Effect.ensuring(Effect.sync(() => delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"]))
        )
        assert.strictEqual(error._tag, "TlsDisabled")
        assert.deepStrictEqual(asked, [])
      })
    )
  )
})

describe("limits", () => {
  it.live("an answer of more than a mebibyte is cut off, for agents of more than eight", () =>
    live(
      Effect.gen(function* () {
        const http = yield* Http
        const mebibyte = "x".repeat(1024 * 1024)
        const { origin } = yield* served((_, response) => {
          for (let count = 0; count < 9; count++) response.write(mebibyte)
          response.end()
        })
        const small = yield* Effect.flip(http.get(new URL("/api/v1/auth/me", origin)))
        const large = yield* Effect.flip(http.get(new URL("/api/v1/agents/effective", origin)))
        assert.deepStrictEqual([small, large].map(String), [
          `AnswerTooLarge: the answer of GET ${origin}/api/v1/auth/me is larger than 1 MiB`,
          `AnswerTooLarge: the answer of GET ${origin}/api/v1/agents/effective is larger than 8 MiB`
        ])
      })
    )
  )

  it.live("an idempotent call is repeated after a broken connection; a form is sent once", () =>
    live(
      Effect.gen(function* () {
        const http = yield* Http
        const { asked, origin } = yield* served((request, response) => {
          if (asked.length < 3) request.socket.destroy()
          else response.end("{}")
        })
        assert.strictEqual((yield* http.get(new URL("/get", origin))).status, 200)
        asked.length = 0
        const error = yield* Effect.flip(http.form("POST", new URL("/form", origin), {}))
        assert.strictEqual(error._tag, "ConnectionFailed")
        assert.deepStrictEqual(
          asked.map(({ line }) => line),
          ["POST /form"]
        )
      })
    )
  )

  it.live("Retry-After is waited for where it is short; where it is long the person is told", () =>
    live(
      Effect.gen(function* () {
        const http = yield* Http
        const seen: Array<number> = []
        const { origin } = yield* served((_, response) => {
          seen.push(performance.now())
          if (seen.length === 1) response.writeHead(429, { "retry-after": "1" })
          response.end("{}")
        })
        const client = yield* http.clientFor(origin, undefined)
        const answer = yield* client.execute(HttpClientRequest.get(`${origin}/api/v1/agents`))
        assert.strictEqual(answer.status, 200)
        assert.isAtLeast((seen[1] ?? 0) - (seen[0] ?? 0), 990)
        const busy = yield* served((_, response) => {
          response.writeHead(503, { "retry-after": "3600" })
          response.end()
        })
        const error = yield* Effect.flip(
          (yield* http.clientFor(busy.origin, undefined)).execute(HttpClientRequest.get(`${busy.origin}/api/v1/agents`))
        )
        assert.isTrue(HttpClientError.isHttpClientError(error))
        assert.include(error.message, "3600 s")
        assert.strictEqual(busy.asked.length, 1)
      })
    )
  )

  it.live("nothing listens: said with its host", () =>
    live(
      Effect.gen(function* () {
        const error = yield* Effect.flip((yield* Http).form("POST", new URL("http://127.0.0.1:1/"), {}))
        assert.strictEqual(error.message, "127.0.0.1:1 cannot be reached (nothing listens there)")
      })
    )
  )
})

describe("certificates and proxies", () => {
  const certificate = Effect.acquireRelease(
    Effect.sync(() => {
      const folder = fs.mkdtempSync(join(tmpdir(), "crewkit-test-"))
      const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")]
      const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
      const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
      execFileSync("openssl", ["req", ...kind, "-keyout", key, "-out", cert, ...subject], { stdio: "ignore" })
      return { folder, key: fs.readFileSync(key), cert: fs.readFileSync(cert) }
    }),
    ({ folder }) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
  )

  it.live("a certificate that nobody vouches for is an error of its own, with the way out", () =>
    live(
      Effect.gen(function* () {
        const { cert, key } = yield* certificate
        const server = yield* listening(https.createServer({ key, cert }, (_, response) => response.end("{}")))
        const error = yield* Effect.flip((yield* Http).get(new URL(`https://127.0.0.1:${portOf(server)}/`), secret))
        assert.strictEqual(error._tag, "TlsFailed")
        assert.include("next" in error ? error.next : "", "NODE_EXTRA_CA_CERTS")
      })
    )
  )

  it.live("HTTPS goes through the proxy that the environment names, as a tunnel that sees no token", () =>
    live(
      Effect.gen(function* () {
        const { cert, key } = yield* certificate
        const server = yield* listening(https.createServer({ key, cert }, (_, response) => response.end("{}")))
        const heads: Array<string> = []
        const proxy = yield* listening(createServer())
        proxy.on("connect", (request, socket) => {
          heads.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`)
          const upstream = connect(portOf(server), "127.0.0.1", () => {
            socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
            upstream.pipe(socket)
            socket.pipe(upstream)
          })
          upstream.on("error", () => socket.destroy())
          socket.on("error", () => upstream.destroy())
        })
        process.env["HTTPS_PROXY"] = `http://127.0.0.1:${portOf(proxy)}`
        const error = yield* Effect.flip((yield* Http).get(new URL("https://registry.invalid/x"), secret)).pipe(
          Effect.ensuring(Effect.sync(() => delete process.env["HTTPS_PROXY"]))
        )
        // The name is looked up by the proxy; what comes back is not the certificate of that name.
        assert.strictEqual(error._tag, "TlsFailed")
        assert.match(heads[0] ?? "", /^CONNECT registry\.invalid:443 /)
        assert.notInclude(heads.join(), "canary")
      })
    )
  )

  for (const [url, env, expected] of [
    ["https://a.example/", {}, undefined],
    ["https://a.example/", { HTTPS_PROXY: "http://p:1" }, "http://p:1/"],
    ["https://a.example/", { https_proxy: "http://p:1" }, "http://p:1/"],
    ["https://a.example/", { ALL_PROXY: "http://q:1" }, "http://q:1/"],
    ["http://127.0.0.1:8787/", { HTTPS_PROXY: "http://p:1" }, undefined],
    ["https://a.example/", { HTTPS_PROXY: "http://p:1", NO_PROXY: "b.example, .a.example" }, undefined],
    ["https://x.a.example/", { HTTPS_PROXY: "http://p:1", NO_PROXY: "a.example" }, undefined],
    ["https://xa.example/", { HTTPS_PROXY: "http://p:1", NO_PROXY: "a.example" }, "http://p:1/"],
    ["https://a.example/", { HTTPS_PROXY: "http://p:1", NO_PROXY: "a.example:8443" }, "http://p:1/"],
    ["https://a.example:8443/", { HTTPS_PROXY: "http://p:1", NO_PROXY: "a.example:8443" }, undefined],
    ["https://a.example/", { HTTPS_PROXY: "http://p:1", NO_PROXY: "*" }, undefined]
  ] as const) {
    it(`proxy for ${url} with ${JSON.stringify(env)}: ${expected ?? "none"}`, () => {
      const proxy = proxyFor(new URL(url), env)
      assert.strictEqual(proxy instanceof URL ? proxy.href : proxy, expected)
    })
  }
})
