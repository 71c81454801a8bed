/**
 * A server that answers anything at all: 2,000 generated answers (FAULTS=all; 400 else) over every endpoint that the
 * client calls. Each ends in a value or in a typed error whose sentence is safe to print; never in a crash.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Redacted, Schema } from "effect"
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Slug } from "../../src/domain/AgentName.ts"
import { fixedEndpoints } from "../../src/domain/oauth.ts"
import { sanitize } from "../../src/domain/sanitize.ts"
import * as AuthorizationServerHttp from "../../src/layers/AuthorizationServerHttp.ts"
import * as HttpNode from "../../src/layers/HttpNode.ts"
import { makeRegistryClient } from "../../src/layers/registryClient.ts"
import { AuthorizationServer } from "../../src/services/AuthorizationServer.ts"
import { Http } from "../../src/services/Http.ts"

const many = process.env["FAULTS"] === "all" ? 2000 : 400

/** Mulberry32: the same answers in every run. */
const randomFrom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
}
type Random = () => number

const pick = <A>(random: Random, all: ReadonlyArray<A>): A => {
  const found = all[Math.floor(random() * all.length)]
  if (found === undefined) throw new Error("nothing to pick from")
  return found
}

const nasty = [
  "\u001b]0;pwned\u0007",
  "\u001b[2J\u001b[31mred",
  "\u009b31m",
  "a\u0000b",
  "\u202eevil\u2066",
  "\u200b\u200d\ufeff",
  "\u{e0041}\u{e0042}",
  "\ud800 lone",
  "\r\nSet-Cookie: x=1",
  "../../etc/passwd",
  "__proto__",
  "file:///etc/passwd",
  "javascript:alert(1)",
  "http://evil.example/",
  "x".repeat(70_000),
  "",
  "canary-secret-in-the-answer"
]

/** Every key that some endpoint's answer has, so that hostile values stand where somebody looks. */
const keys =
  "issuer token_endpoint device_authorization_endpoint revocation_endpoint device_code user_code verification_uri verification_uri_complete expires_in interval access_token refresh_token token_type user id name email platform_role agents role refused remarks error agent_name config sources instructions frontmatter provenance version mode code message".split(
    " "
  )

const deep = (levels: number): string => "[".repeat(levels) + "]".repeat(levels)

const value = (random: Random, depth: number): unknown =>
  pick(random, [
    () => pick(random, nasty),
    () => pick(random, [0, -1, 1e308, 1e12, 0.1, -0, 3600]),
    () => null,
    () => random() < 0.5,
    () => (depth > 3 ? [] : Array.from({ length: Math.floor(random() * 4) }, () => value(random, depth + 1))),
    () => (depth > 3 ? {} : objectOf(random, depth + 1))
  ])()

function objectOf(random: Random, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Array.from({ length: 1 + Math.floor(random() * 8) }, () => [pick(random, keys), value(random, depth)])
  )
}

/** Right in everything but one or two places. */
const nearlyRight = (random: Random, path: string, origin: string): unknown => {
  const right: Record<string, unknown> = path.includes(".well-known")
    ? { issuer: origin, token_endpoint: `${origin}/t`, device_authorization_endpoint: `${origin}/d` }
    : path.endsWith("/device")
      ? { device_code: "d", user_code: "BCDF-GHJK", verification_uri: `${origin}/device`, expires_in: 600, interval: 5 }
      : path.endsWith("/me")
        ? { user: { id: "1", name: "Ada", email: "a@b.example", platform_role: "member" } }
        : path.includes("/agents")
          ? {
              agents: [
                {
                  agent_name: "x",
                  config: { version: "1", instructions: "Do.", frontmatter: { name: "x", description: "d" } },
                  sources: { base: true, organization: false, project: false }
                }
              ],
              role: { name: "senior", mode: "autonomous", prompt_prefix: "", tools_removed: [] }
            }
          : { access_token: "a", refresh_token: "r", token_type: "Bearer", expires_in: 3600 }
  const spoil = (target: Record<string, unknown>): void => {
    const key = pick(random, Object.keys(target))
    const old = target[key]
    const inner = Array.isArray(old) ? old[0] : old
    if (typeof inner === "object" && inner !== null && random() < 0.7) spoil(Object.assign(inner))
    else target[key] = value(random, 0)
  }
  spoil(right)
  return right
}

const bodyOf = (random: Random, path: string, origin: string): string | Buffer =>
  pick(random, [
    () => JSON.stringify(nearlyRight(random, path, origin)),
    () => JSON.stringify(nearlyRight(random, path, origin)),
    () => JSON.stringify(objectOf(random, 0)),
    () => JSON.stringify(value(random, 0)) ?? "",
    () => JSON.stringify(nearlyRight(random, path, origin)).slice(0, Math.floor(random() * 60)),
    () => deep(20_000),
    () => `{"agents":${deep(5000)}}`,
    () => Buffer.from(Array.from({ length: 200 }, () => Math.floor(random() * 256))),
    () => `<html>${pick(random, nasty)}</html>`,
    () => "x".repeat(1_100_000),
    () => `{"a":"${"y".repeat(9_000_000)}"}`
  ])()

const answer = (random: Random, path: string, origin: string, response: ServerResponse): void => {
  const status = pick(random, [200, 200, 200, 200, 201, 204, 304, 400, 401, 403, 404, 418, 422, 302, 999])
  const type = pick(random, ["application/json", "text/html", "application/json; charset=utf-16", ""])
  const headers: Record<string, string> = {
    ...(type === "" ? {} : { "content-type": type }),
    ...(random() < 0.2 ? { etag: pick(random, ['"a"', "not quoted", "x".repeat(2000)]) } : {}),
    ...(random() < 0.1 ? { "content-encoding": "gzip" } : {}),
    ...(status === 302 ? { location: pick(random, [`${origin}/again`, "http://evil.example/", "//x"]) } : {})
  }
  const body = bodyOf(random, path, origin)
  if (random() < 0.06) {
    response.writeHead(status, { ...headers, "content-length": "99999999" })
    response.write(body)
    setTimeout(() => response.destroy(), 5)
  } else if (random() < 0.04) {
    response.socket?.end(
      pick(random, ["HTTP/1.1 200 OK\r\nbad header\r\n\r\n", "garbage\r\n", "HTTP/1.1 99999\r\n\r\n"])
    )
  } else {
    response.writeHead(status, headers)
    response.end(status === 204 || status === 304 ? undefined : body)
  }
}

const isTagged = Schema.is(Schema.Struct({ _tag: Schema.String, message: Schema.String }))
// oxlint-disable-next-line no-control-regex -- what must not reach a terminal
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

const hostile = Effect.acquireRelease(
  Effect.callback<{ readonly origin: string; readonly seed: (next: number) => void; readonly close: () => void }>(
    (resume) => {
      let random = randomFrom(0)
      const server = createServer((request, response) => {
        request.resume()
        answer(random, new URL(request.url ?? "/", "http://x").pathname, origin, response)
      })
      let origin = ""
      server.listen(0, "127.0.0.1", () => {
        // Boundary: a listening TCP server has an AddressInfo.
        origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
        resume(
          Effect.succeed({
            origin,
            seed: (next) => {
              random = randomFrom(next)
            },
            close: () => {
              server.closeAllConnections()
              server.close()
            }
          })
        )
      })
    }
  ),
  ({ close }) => Effect.sync(close)
)

describe("hostile answers", () => {
  it.live(
    `${many} of them: a value or a typed error each, no crash, nothing unsafe to print, no secret in an error`,
    () =>
      Effect.gen(function* () {
        const { origin, seed } = yield* hostile
        const server = yield* AuthorizationServer
        const http = yield* Http
        const client = yield* makeRegistryClient({
          httpClient: yield* http.clientFor(origin, Redacted.make("canary-of-mine")),
          label: origin,
          baseUrl: origin
        })
        const endpoints = fixedEndpoints(origin)
        const token = Redacted.make("canary-of-mine")
        const calls: ReadonlyArray<() => Effect.Effect<unknown, unknown>> = [
          () => server.discover(origin),
          () => server.authorizeDevice(endpoints),
          () => server.refresh(endpoints.refresh, "crewkit-cli", token),
          () => server.revoke({ method: "DELETE", url: new URL("/api/v1/auth/logout", origin) }, "crewkit-cli", token),
          () => server.me(origin, token),
          () => client.effective({ project: Slug.make("web"), role: undefined, etag: '"a"' }),
          () => client.effective({ project: Slug.make("web"), role: Slug.make("senior"), etag: undefined })
        ]
        const outcomes: Record<string, number> = {}
        for (let round = 0; round < many; round++) {
          seed(round)
          const call = calls[round % calls.length]
          if (call === undefined) continue
          const exit = yield* Effect.exit(call())
          if (Exit.isSuccess(exit)) {
            outcomes["value"] = (outcomes["value"] ?? 0) + 1
            continue
          }
          assert.isTrue(Cause.hasFails(exit.cause), `round ${round}: ${Cause.pretty(exit.cause).slice(0, 500)}`)
          const error = Cause.squash(exit.cause)
          assert.isTrue(isTagged(error), `round ${round}: not typed: ${String(error).slice(0, 300)}`)
          if (!isTagged(error)) continue
          outcomes[error._tag] = (outcomes[error._tag] ?? 0) + 1
          assert.notMatch(sanitize(error.message), unsafe, `round ${round}`)
          assert.isBelow(error.message.length, 1000, `round ${round}: ${error.message.slice(0, 200)}`)
          const whole = `${error.message}${JSON.stringify(error)}${Cause.pretty(exit.cause)}`
          assert.notInclude(whole, "canary-of-mine", `round ${round}`)
        }
        process.stdout.write(`${many} hostile answers: ${JSON.stringify(outcomes)}\n`)
        assert.isAbove(outcomes["value"] ?? 0, 0)
        assert.isAbove(outcomes["ResponseInvalid"] ?? 0, 0)
      }).pipe(Effect.scoped, Effect.provide(AuthorizationServerHttp.layer.pipe(Layer.provideMerge(HttpNode.layer)))),
    600_000
  )
})
