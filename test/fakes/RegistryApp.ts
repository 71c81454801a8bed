/** A served registry without a socket, its clock the test's; its state in a scratch file where nothing else is said. */
import { Context, Effect, Layer, Option, Redacted, Ref } from "effect"
import { Headers, HttpClientRequest, type HttpMethod, HttpServerRequest, HttpServerResponse } from "effect/http"
import type { AgentFormat } from "../../src/services/AgentFormat.ts"
import * as AgentFormatYaml from "../../src/layers/AgentFormatYaml.ts"
import * as ContentFolderNode from "../../src/layers/ContentFolderNode.ts"
import * as SecretsNode from "../../src/layers/SecretsNode.ts"
import * as App from "../../src/registry/app.ts"
import type { Ground } from "../../src/registry/authHandlers.ts"
import { PasswordHash } from "../../src/registry/PasswordHash.ts"
import { RateLimits } from "../../src/registry/RateLimits.ts"
import { Served } from "../../src/registry/Served.ts"
import { prepare } from "../../src/registry/stateTables.ts"
import { type Database, sqlite } from "./StateDatabase.ts"
import { Scratch } from "./Scratch.ts"

export const origin = "https://agents.example.com"

/** What the registry told its keeper. */
export class Reports extends Context.Service<Reports, Ref.Ref<ReadonlyArray<string>>>()(
  "@crewkit/cli/test/fakes/RegistryApp/Reports"
) {}

/** Slow hashes are tested by themselves; here they would only be slow. */
const passwords = Layer.succeed(PasswordHash, {
  hash: (password) => Effect.succeed(`plain ${Redacted.value(password)}`),
  verify: (password, stored) => Effect.succeed(stored === `plain ${Redacted.value(password)}`)
})

export interface Options {
  readonly graceSeconds?: number
  readonly behindProxy?: boolean
  readonly database?: Database
}

export const layer = ({ behindProxy = false, database = sqlite, graceSeconds = 30 }: Options = {}) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const scratch = yield* Scratch
      const reports = yield* Ref.make<ReadonlyArray<string>>([])
      scratch.write("registry/agents/plain.md", "---\nname: plain\ndescription: Plain.\n---\nYou are plain.\n")
      scratch.write(
        "registry/orgs/acme/org.yml",
        "name: Acme\nmembers:\n  - { name: Ada Park, email: ada@acme.example, role: senior }\n  - { email: kofi@acme.example, role: junior }\n"
      )
      const ground = Layer.mergeAll(
        Layer.succeed(Reports, reports),
        Layer.succeed(Served, {
          publicUrl: origin,
          secure: true,
          graceSeconds,
          behindProxy,
          report: (text) => Ref.update(reports, (all) => [...all, text])
        }),
        database.layer(scratch.path("state/registry.sqlite")),
        SecretsNode.layer,
        passwords,
        AgentFormatYaml.layer,
        ContentFolderNode.layer({
          folder: scratch.path("registry"),
          label: "registry",
          index: scratch.path("index.json")
        })
      )
      return RateLimits.layer.pipe(Layer.provideMerge(ground))
    })
  ).pipe(Layer.provideMerge(Scratch.layer))

export interface Answer {
  readonly status: number
  readonly headers: Headers.Headers
  readonly text: string
  readonly json: Record<string, unknown>
}

export interface Ask {
  readonly form?: Record<string, string>
  /** A JSON body. */
  readonly body?: unknown
  readonly headers?: Record<string, string>
  readonly address?: string
}

const jsonOf = (text: string): Record<string, unknown> => (text.startsWith("{") ? JSON.parse(text) : {})

/** The registry as a function from request to answer. */
export const app = Effect.gen(function* () {
  yield* prepare()
  const { app: handler } = yield* App.make
  const services = yield* Effect.context<Ground | AgentFormat>()
  return (method: HttpMethod.HttpMethod, path: string, { address = "192.0.2.1", body, form, headers = {} }: Ask = {}) =>
    Effect.gen(function* () {
      const plain = HttpClientRequest.make(method)(`${origin}${path}`, { headers: Headers.fromInput(headers) })
      const request =
        form !== undefined
          ? HttpClientRequest.bodyText(
              plain,
              new URLSearchParams(form).toString(),
              headers["content-type"] ?? "application/x-www-form-urlencoded"
            )
          : body === undefined
            ? plain
            : HttpClientRequest.bodyText(plain, JSON.stringify(body), "application/json")
      const response = yield* Effect.provideService(
        handler,
        HttpServerRequest.HttpServerRequest,
        HttpServerRequest.fromClientRequest(request).modify({ remoteAddress: Option.some(address) })
      )
      const client = HttpServerResponse.toClientResponse(response, { request })
      const text = yield* client.text
      const answer: Answer = { status: response.status, headers: response.headers, text, json: jsonOf(text) }
      return answer
    }).pipe(Effect.provide(services))
})

export type RegistryApp = Effect.Success<typeof app>
