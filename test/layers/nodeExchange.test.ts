/** The time limits of one exchange with the clock in hand, and what only a proxy can do to it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { createServer, type Server, type Socket } from "node:net"
import { exchange } from "../../src/layers/nodeExchange.ts"

/** A TCP server on loopback, and its next connection's first bytes. */
const listening = (onData: (socket: Socket, data: string) => void) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly port: number; readonly heard: Effect.Effect<string>; readonly server: Server }>(
      (resume) => {
        const waiting: Array<(data: string) => void> = []
        const said: Array<string> = []
        const sockets = new Set<Socket>()
        const server = createServer((socket) => {
          sockets.add(socket)
          socket.on("error", () => undefined)
          socket.on("data", (data) => {
            const text = data.toString("latin1")
            said.push(text)
            for (const tell of waiting.splice(0)) tell(text)
            onData(socket, text)
          })
        })
        server.on("close", () => undefined)
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = typeof address === "object" && address !== null ? address.port : 0
          const heard = Effect.callback<string>((tell) => {
            const first = said[0]
            if (first === undefined) waiting.push((data) => tell(Effect.succeed(data)))
            else tell(Effect.succeed(first))
          })
          resume(Effect.succeed({ port, heard, server }))
        })
        server.on("connection", (socket) => socket.on("close", () => sockets.delete(socket)))
      }
    ),
    ({ server }) => Effect.sync(() => server.close())
  )

const get = (url: string) =>
  exchange({ method: "GET", url: new URL(url), headers: { authorization: "Bearer canary" }, body: undefined })

const withEnv = <A, E, R>(env: Record<string, string>, effect: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => Object.assign(process.env, env)),
    () => effect,
    () => Effect.sync(() => Object.keys(env).forEach((name) => delete process.env[name]))
  )

const silent = () => undefined

describe("time limits", () => {
  for (const [where, asked] of [
    ["", get],
    [", not even where it must not be interrupted: a renewal", (url: string) => Effect.uninterruptible(get(url))]
  ] as const) {
    it.effect(`no whole answer within 30 s: nobody waits longer${where}`, () =>
      Effect.scoped(
        Effect.gen(function* () {
          const { heard, port } = yield* listening(silent)
          const fiber = yield* Effect.forkChild(Effect.flip(asked(`http://127.0.0.1:${port}/x`)))
          yield* heard
          yield* TestClock.adjust("29999 millis")
          assert.isUndefined(fiber.pollUnsafe())
          yield* TestClock.adjust("1 millis")
          const error = yield* Fiber.join(fiber)
          assert.strictEqual(error.message, `no whole answer from GET http://127.0.0.1:${port}/x within 30 s`)
        })
      )
    )

    it.effect(`no connection within 10 s: a TLS handshake that nobody answers${where}`, () =>
      Effect.scoped(
        Effect.gen(function* () {
          const { heard, port } = yield* listening(silent)
          const fiber = yield* Effect.forkChild(Effect.flip(asked(`https://127.0.0.1:${port}/x`)))
          yield* heard
          yield* TestClock.adjust("9999 millis")
          assert.isUndefined(fiber.pollUnsafe())
          yield* TestClock.adjust("1 millis")
          const error = yield* Fiber.join(fiber)
          assert.strictEqual(error.message, `no connection for GET https://127.0.0.1:${port}/x within 10 s`)
        })
      )
    )
  }
})

describe("a proxy", () => {
  for (const status of [203, 400, 401, 302, 407, 502]) {
    it.live(`that answers CONNECT with ${status} and a body is not the registry`, () =>
      Effect.scoped(
        Effect.gen(function* () {
          const body = `{"error":"invalid_grant","issuer":"https://registry.invalid","token_endpoint":"https://evil.example/t"}`
          const proxy = yield* listening((socket) =>
            socket.end(
              `HTTP/1.1 ${status} Well\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
            )
          )
          const error = yield* withEnv(
            { HTTPS_PROXY: `http://user:canary@127.0.0.1:${proxy.port}` },
            Effect.flip(get("https://registry.invalid/x"))
          )
          assert.strictEqual(error._tag, "ProxyRefused")
          assert.include(error.message, String(status))
          assert.notInclude(error.message, "canary")
        })
      )
    )
  }

  for (const proxy of ["not a url", "socks5://127.0.0.1:1", "user:canary@proxy:port", "http://"]) {
    it.live(`named as ${JSON.stringify(proxy)} is refused with a sentence`, () =>
      Effect.gen(function* () {
        const error = yield* withEnv({ HTTPS_PROXY: proxy }, Effect.flip(get("https://registry.invalid/x")))
        assert.strictEqual(error._tag, "UnsafeUrl")
        assert.notInclude(error.message, "canary")
      })
    )
  }

  it.live("may be named without http://, as curl takes it", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const proxy = yield* listening((socket) => socket.end("HTTP/1.1 502 No\r\n\r\n"))
        const named = { HTTPS_PROXY: `127.0.0.1:${proxy.port}` }
        const error = yield* withEnv(named, Effect.flip(get("https://registry.invalid/x")))
        assert.strictEqual(error._tag, "ProxyRefused")
        assert.match(yield* proxy.heard, /^CONNECT registry\.invalid:443 /)
      })
    )
  )
})

describe("a token that cannot stand in a header", () => {
  it.live("is a typed error, not a crash", () =>
    Effect.gen(function* () {
      const headers = { authorization: "Bearer canary\nx: y" }
      const ask = { method: "GET", url: new URL("http://127.0.0.1:1/"), headers, body: undefined }
      const error = yield* Effect.flip(exchange(ask))
      assert.strictEqual(error._tag, "HeaderUnusable")
      assert.notInclude(error.message, "canary")
    })
  )
})
