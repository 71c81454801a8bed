/** The registry as the doctor sees it: asked without a token, never approved, a folder looked into. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { createServer, type RequestListener, type Server } from "node:http"
import * as https from "node:https"
import { RegistryNotApproved } from "../../../src/domain/authErrors.ts"
import { ConfigMissing } from "../../../src/domain/errors.ts"
import type { Place } from "../../../src/layers/doctor/place.ts"
import { registry } from "../../../src/layers/doctor/registryChecks.ts"
import { RegistryTarget } from "../../../src/services/RegistryTarget.ts"
import { environment } from "../../fakes/environment.ts"
import { Scratch } from "../../fakes/Scratch.ts"
import { openssl, skipUnless } from "../../support/needs.ts"
import { placeIn } from "./place.ts"

const listening = (server: Server | https.Server) =>
  Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
      })
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  )

const target = (origin: string, approved: boolean) => {
  const key = { origin, account: "default" }
  return Layer.succeed(
    RegistryTarget,
    RegistryTarget.of({
      named: Effect.succeed(key),
      approved: approved ? Effect.succeed(key) : Effect.fail(new RegistryNotApproved({ origin, project: "/p" }))
    })
  )
}

const look = Effect.fnUntraced(function* (place: Place, origin = "", approved = true) {
  yield* environment({ HTTPS_PROXY: undefined, NODE_TLS_REJECT_UNAUTHORIZED: undefined })
  const [one, clock] = yield* Effect.provide(registry(place).run, target(origin, approved))
  return { one, clock }
})

/** What one request finds, and what the server saw of it. */
const asked = Effect.fnUntraced(function* (listener: RequestListener, approved = true, offline = false) {
  const heads: Array<string> = []
  const port = yield* listening(
    createServer((request, response) => {
      heads.push(`${request.method} ${request.url} ${request.headers.authorization ?? "no token"}`)
      listener(request, response)
    })
  )
  const origin = `http://127.0.0.1:${port}`
  const place = placeIn("/p", { value: origin, kind: "https" }, offline)
  return { ...(yield* look(place, origin, approved)), heads, origin }
})

describe("a registry on a server", () => {
  it.live("that answers passes, with its status, and gets no token", () =>
    Effect.gen(function* () {
      const { clock, heads, one, origin } = yield* asked((_, response) => response.end("{}"))
      assert.strictEqual(one?.status, "pass")
      assert.match(one?.text ?? "", new RegExp(`^${origin} answers in \\d+ ms \\(HTTP 200\\)$`))
      assert.strictEqual(clock?.status, "pass")
      assert.deepStrictEqual(heads, ["GET /.well-known/oauth-authorization-server no token"])
    })
  )

  it.live("says its version where it does, and what time it is", () =>
    Effect.gen(function* () {
      const { clock, one } = yield* asked((_, response) => {
        response.setHeader("x-crewkit-version", "1.2.3")
        response.setHeader("date", "Thu, 15 Jan 2026 00:00:00 GMT")
        response.end("{}")
      })
      assert.include(one?.text ?? "", " 1.2.3 answers")
      assert.strictEqual(clock?.status, "warn")
      assert.include(clock?.next ?? "", "set the clock")
    })
  )

  for (const [status, verdict] of [
    [404, "pass"],
    [429, "warn"],
    [503, "fail"],
    [302, "fail"]
  ] as const) {
    it.live(`that answers ${status}: ${verdict}`, () =>
      Effect.gen(function* () {
        const { one } = yield* asked((_, response) => {
          response.writeHead(status, { location: "http://127.0.0.1:9/" })
          response.end()
        })
        assert.strictEqual(one?.status, verdict)
      })
    )
  }

  it.live("that is not approved is not asked at all", () =>
    Effect.gen(function* () {
      const { heads, one } = yield* asked((_, response) => response.end("{}"), false)
      assert.strictEqual(one?.status, "warn")
      assert.include(one?.text ?? "", "not approved yet")
      assert.include(one?.next ?? "", "crewkit auth login")
      assert.deepStrictEqual(heads, [])
    })
  )

  it.live("is not asked with --offline, nor where certificates are not checked", () =>
    Effect.gen(function* () {
      const { heads, one } = yield* asked((_, response) => response.end("{}"), true, true)
      assert.deepStrictEqual([one?.text, heads], ["not asked: --offline", []])
      yield* environment({ NODE_TLS_REJECT_UNAUTHORIZED: "0" })
      const place = placeIn("/p", { value: "https://registry.example", kind: "https" })
      const [tls] = yield* Effect.provide(registry(place).run, target("https://registry.example", true))
      assert.strictEqual(tls?.text, "not asked: see network")
    })
  )

  it.live("where nothing listens fails with the reason", () =>
    Effect.gen(function* () {
      const place = placeIn("/p", { value: "http://127.0.0.1:9", kind: "https" })
      const { clock, one } = yield* look(place, "http://127.0.0.1:9")
      assert.strictEqual(one?.status, "fail")
      assert.include(one?.text ?? "", "nothing listens there")
      assert.strictEqual(clock?.status, "skip")
    })
  )

  const { skip, suffix } = skipUnless([openssl])
  it.live.skipIf(skip)(`whose certificate nobody vouches for has its own sentence${suffix}`, () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      const [key, cert] = [scratch.path("key.pem"), scratch.path("cert.pem")]
      const kind = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=127.0.0.1"
      execFileSync(openssl.path ?? "", [...kind.split(" "), "-keyout", key, "-out", cert], { stdio: "ignore" })
      const options = { key: fs.readFileSync(key), cert: fs.readFileSync(cert) }
      const port = yield* listening(https.createServer(options, (_, response) => response.end("{}")))
      const origin = `https://127.0.0.1:${port}`
      const { one } = yield* look(placeIn("/p", { value: origin, kind: "https" }), origin)
      assert.strictEqual(one?.status, "fail")
      assert.include(one?.text ?? "", "cannot be trusted")
      assert.include(one?.next ?? "", "NODE_EXTRA_CA_CERTS")
    }).pipe(Effect.provide(Scratch.layer))
  )
})

describe("a registry in a folder", () => {
  const inFolder = Effect.fnUntraced(function* (files: ReadonlyArray<string>) {
    const scratch = yield* Scratch
    for (const file of files) scratch.write(`registry/${file}`, "text")
    return (yield* look(placeIn(scratch.root))).one
  }, Effect.provide(Scratch.layer))

  for (const [what, files, status, words] of [
    ["with agents of every tier", ["agents/a.md", "orgs/acme/projects/web-shop/agents/b.md"], "pass", "2 agent files"],
    ["with agents of others only", ["orgs/other/agents/a.md"], "warn", "has no agent for this project"],
    ["of another kind", ["readme.txt"], "fail", "neither agents/ nor orgs/"],
    ["that is missing", [], "fail", "there is no folder"]
  ] as const) {
    it.live(`${what}: ${status}`, () =>
      Effect.gen(function* () {
        const one = yield* inFolder(files)
        assert.strictEqual(one?.status, status)
        assert.include(one?.text ?? "", words)
      })
    )
  }

  it.live("is not looked at where the configuration cannot be read, or nobody named one", () =>
    Effect.gen(function* () {
      const broken = { ...placeIn("/p"), registry: Result.fail(new ConfigMissing({ directory: "/p" })) }
      assert.strictEqual((yield* look(broken)).one?.text, "not looked at: see config")
      const nobody = placeIn("/p", { kind: "https", by: "default", root: undefined })
      assert.strictEqual((yield* look(nobody)).one?.status, "skip")
    })
  )
})
