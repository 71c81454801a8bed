/** A registry on a socket: limits on size and time, TLS, and an end that lets running requests finish. */
import { Clock, DateTime, Effect, Fiber, Layer, Option, Schedule, type Scope } from "effect"
import { Headers, HttpClientRequest, HttpMethod, HttpServerRequest, type HttpServerResponse } from "effect/http"
import * as fs from "node:fs"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { CannotListen, NotAMember, StateUnusable } from "../domain/serverErrors.ts"
import * as App from "../registry/app.ts"
import * as People from "../registry/people.ts"
import { sweepEvery } from "../registry/policy.ts"
import { memberOf } from "../registry/roles.ts"
import { Served } from "../registry/Served.ts"
import { sweep } from "../registry/tokens.ts"
import type { AgentFormat } from "../services/AgentFormat.ts"
import type { NewUser, ServeOptions } from "../services/RegistryServer.ts"
import { attempt } from "./nodeFs.ts"
import { openPlace, usable } from "./registryGround.ts"

/** Bytes of a request's body: a form of the login, a file before and after its change, and anything else. */
const maxFormBytes = 16 * 1024
const maxChangeBytes = 8 * 1024 * 1024
const maxBodyBytes = 1024 * 1024
/** Bytes of all bodies at once: what clients send together is not to fill the memory. */
const maxHeldBytes = 256 * 1024 * 1024
/** Milliseconds: a client has so long for its head, and for all of its request. */
const headTime = 10_000
const requestTime = 20_000
/** Milliseconds between two looks for clients that are too slow; Node's own half a minute would triple the limits. */
const lookEvery = 2000
/** Clients at once; each may hold a request of the size above. */
const maxClients = 512
/** Milliseconds that running requests have once the server is to stop. */
const stopTime = 5000

type App = Effect.Success<typeof App.make>["app"]

const mostOf = (url: string): number => {
  if (url.startsWith("/api/v1/auth/") || url.startsWith("/device")) return maxFormBytes
  return /^\/api\/v1\/agents\/[^/?]+\/modifications(?:\?|$)/.test(url) ? maxChangeBytes : maxBodyBytes
}

const refuse = (response: http.ServerResponse, status: number, message: string): void => {
  response.writeHead(status, {
    ...(status === 503 ? { "retry-after": "1" } : {}),
    "content-type": "application/json",
    connection: "close",
    "x-content-type-options": "nosniff"
  })
  response.end(JSON.stringify({ error: { code: "bad_request", message } }))
}

/** The whole body, or undefined once it is larger than it may be. */
const bodyOf = (request: http.IncomingMessage, most: number): Promise<Buffer | undefined> =>
  new Promise((resolve, reject) => {
    const parts: Array<Buffer> = []
    let size = 0
    request.on("data", (part: Buffer) => {
      size += part.length
      if (size <= most) parts.push(part)
      else resolve(undefined)
    })
    request.once("end", () => resolve(Buffer.concat(parts)))
    request.once("error", reject)
    request.once("close", () => resolve(undefined))
  })

const requestOf = (
  request: http.IncomingMessage,
  method: HttpMethod.HttpMethod,
  body: Buffer
): HttpServerRequest.HttpServerRequest => {
  const headers = Headers.fromInput(
    Object.entries(request.headers).map(([name, value]): readonly [string, string] => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? "")
    ])
  )
  const plain = HttpClientRequest.make(method)(`http://registry.invalid${request.url ?? "/"}`, { headers })
  const full =
    body.length === 0
      ? plain
      : HttpClientRequest.bodyUint8Array(plain, body, request.headers["content-type"] ?? "application/octet-stream")
  return HttpServerRequest.fromClientRequest(full).modify({
    remoteAddress: Option.fromUndefinedOr(request.socket.remoteAddress?.replace(/^::ffff:/, ""))
  })
}

const write = (to: http.ServerResponse, response: HttpServerResponse.HttpServerResponse, head: boolean): void => {
  const { body } = response
  const bytes = body._tag === "Uint8Array" ? body.body : new Uint8Array()
  to.writeHead(response.status, {
    ...response.headers,
    ...(body._tag === "Uint8Array" ? { "content-type": body.contentType } : {}),
    ...(response.status === 304 || response.status === 204 ? {} : { "content-length": bytes.length })
  })
  to.end(head ? undefined : bytes)
}

const makeListener = (app: App, run: (effect: ReturnType<typeof answer>) => unknown, log: ServeOptions["log"]) => {
  /** Bytes of bodies that are announced, or here. */
  let held = 0
  return (request: http.IncomingMessage, response: http.ServerResponse): void => {
    const url = request.url ?? ""
    const method = request.method ?? ""
    if (!url.startsWith("/") || url.startsWith("//") || !HttpMethod.isHttpMethod(method)) {
      return refuse(response, 400, "this is no request for a registry")
    }
    const most = mostOf(url)
    if (Number(request.headers["content-length"] ?? 0) > most) return refuse(response, 413, `at most ${most} bytes`)
    const wanted =
      request.headers["transfer-encoding"] === undefined ? Number(request.headers["content-length"] ?? 0) : most
    if (held + wanted > maxHeldBytes) return refuse(response, 503, "too much is being sent at once; try again")
    held += wanted
    response.once("close", () => (held -= wanted))
    bodyOf(request, most).then(
      (body) => {
        if (response.destroyed) return
        if (body === undefined) return refuse(response, 413, `at most ${most} bytes`)
        run(answer(app, requestOf(request, method, body), response, log))
      },
      () => response.destroy()
    )
  }
}

/** Never interrupted by a client that went away: what it asked for may have been decided already. */
const answer = (
  app: App,
  request: HttpServerRequest.HttpServerRequest,
  to: http.ServerResponse,
  log: ServeOptions["log"]
) =>
  Effect.gen(function* () {
    const start = yield* Clock.currentTimeMillis
    const response = yield* app
    yield* Effect.sync(() => write(to, response, request.method === "HEAD"))
    // The path alone: a query may hold a code.
    const path = request.url.split("?")[0] ?? ""
    yield* log(`${request.method} ${path} ${response.status} ${(yield* Clock.currentTimeMillis) - start} ms`)
  }).pipe(
    Effect.provideService(HttpServerRequest.HttpServerRequest, request),
    Effect.onError(() => Effect.sync(() => to.destroy()))
  )

/** Any of the loopback addresses stands in a URL as it was asked for. */
const urlOf = (secure: boolean, host: string, port: number): string => {
  const shown = host.includes(":") ? `[${host}]` : host
  const usual = port === (secure ? 443 : 80)
  return `${secure ? "https" : "http"}://${shown}${usual ? "" : `:${port}`}`
}

const makeServer = Effect.fnUntraced(function* (tls: ServeOptions["tls"]) {
  const limits = {
    headersTimeout: headTime,
    requestTimeout: requestTime,
    connectionsCheckingInterval: lookEvery,
    keepAliveTimeout: 5000,
    maxHeaderSize: 16_384
  }
  if (tls === undefined) return http.createServer(limits)
  const cert = yield* attempt("read", tls.cert, () => fs.readFileSync(tls.cert))
  const key = yield* attempt("read", tls.key, () => fs.readFileSync(tls.key))
  return yield* Effect.try({
    try: () => process.getBuiltinModule("node:https").createServer({ ...limits, cert, key, minVersion: "TLSv1.2" }),
    catch: (cause) =>
      new CannotListen({ address: tls.cert, code: cause instanceof Error ? cause.message : String(cause) })
  })
})

const bind = (server: http.Server, host: string, port: number) =>
  Effect.acquireRelease(
    Effect.callback<AddressInfo, CannotListen>((resume) => {
      server.once("error", (error: NodeJS.ErrnoException) =>
        resume(Effect.fail(new CannotListen({ address: `${host}:${port}`, code: error.code ?? error.message })))
      )
      server.maxConnections = maxClients
      server.listen(port, host, () => {
        const address = server.address()
        if (address !== null && typeof address === "object") resume(Effect.succeed(address))
      })
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), stopTime).unref()
      })
  )

export const listen = Effect.fn("RegistryServer.listen")(function* (options: ServeOptions) {
  const { ground, shown } = yield* openPlace(options)
  const scope = yield* Effect.scope
  const server = yield* makeServer(options.tls)
  const built = yield* Layer.buildWithScope(ground, scope)
  yield* Effect.provide(usable(shown), built)
  const { port } = yield* bind(server, options.host, options.port)
  const url = urlOf(options.tls !== undefined, options.host, port)
  const publicUrl = options.publicUrl ?? url
  const served = Layer.succeed(Served, {
    publicUrl,
    secure: publicUrl.startsWith("https:"),
    graceSeconds: options.graceSeconds,
    behindProxy: options.behindProxy,
    report: options.report
  })
  const services = yield* Effect.context<AgentFormat | Scope.Scope>()
  const { app } = yield* App.make.pipe(Effect.provide(served), Effect.provide(built))
  const run = Effect.runForkWith(services)
  const running = new Set<Fiber.Fiber<unknown, unknown>>()
  server.on(
    "request",
    makeListener(
      app,
      (effect) => {
        const fiber = run(effect)
        running.add(fiber)
        fiber.addObserver(() => running.delete(fiber))
      },
      options.log
    )
  )
  yield* Effect.addFinalizer(() => Effect.suspend(() => Fiber.awaitAll(running)))
  yield* sweep().pipe(
    Effect.catch((error) => options.report(error.message)),
    Effect.repeat(Schedule.spaced(sweepEvery)),
    Effect.provide(built),
    Effect.forkScoped
  )
  return { url, publicUrl, state: shown }
})

export const addUser = Effect.fn("RegistryServer.addUser")(function* (user: NewUser) {
  const { ground, shown } = yield* openPlace(user)
  return yield* Effect.gen(function* () {
    yield* usable(shown)
    const member = yield* memberOf(user.org, user.email)
    if (Option.isNone(member)) return yield* new NotAMember({ email: user.email, org: user.org })
    const name = user.name ?? member.value.name
    const added = yield* People.addUser({ email: user.email, name, org: user.org }).pipe(
      Effect.mapError((error) => new StateUnusable({ file: shown, reason: error.message }))
    )
    return {
      invite: added.invite,
      expiresAt: DateTime.formatIso(DateTime.makeUnsafe(added.expiresAt)),
      name,
      role: member.value.role,
      known: added.known
    }
  }).pipe(Effect.provide(ground), Effect.scoped)
})
