import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Result, Schema } from "effect"
import { HttpClient, HttpRouter, HttpServer, HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { RegistryApi } from "../../src/api/RegistryApi.ts"
import { bodyOf } from "../../src/domain/Agent.ts"
import { AgentName, Slug } from "../../src/domain/AgentName.ts"
import * as AgentFormatYaml from "../../src/layers/AgentFormatYaml.ts"
import * as ContentFolderNode from "../../src/layers/ContentFolderNode.ts"
import { makeEmbeddedClient } from "../../src/layers/registryEmbedded.ts"
import { composeAll } from "../../src/registry/effective.ts"
import { ContentFolder } from "../../src/registry/ContentFolder.ts"
import * as Routes from "../../src/registry/http.ts"
import * as CallerMemory from "../fakes/CallerMemory.ts"
import { Scratch } from "../fakes/Scratch.ts"

const webShop = Slug.make("web-shop")

const services = Layer.mergeAll(
  AgentFormatYaml.layer,
  CallerMemory.layer("jo@example.com"),
  Layer.unwrap(
    Effect.map(Scratch, (scratch) =>
      ContentFolderNode.layer({
        folder: scratch.path("registry"),
        label: "registry",
        index: scratch.path("index.json")
      })
    )
  )
).pipe(Layer.provideMerge(Scratch.layer))

const filled = Effect.map(Scratch, (scratch) => {
  scratch.write(
    "registry/agents/code-reviewer.md",
    "---\nname: code-reviewer\ndescription: Reviews.\ntools: Read, Bash(git diff:*)\n---\nYou review.\n"
  )
  scratch.write(
    "registry/orgs/acme/agents/code-reviewer.md",
    '---\ntools: ["Read"]\nx-own: {a: [1, null, "---"]}\n---\nOf the organization.\n\nTwo paragraphs.\n'
  )
  scratch.write("registry/agents/plain.md", "---\nname: plain\n---\n")
  scratch.write("registry/agents/broken.md", "---\nname: broken\n")
  scratch.write("registry/orgs/acme/org.yml", "members:\n  - { email: jo@example.com, role: junior }\n")
  return scratch
})

const embedded = Effect.map(
  makeEmbeddedClient("registry"),
  (client) =>
    (ask: { readonly etag?: string; readonly role?: string } = {}) =>
      client.effective({
        project: webShop,
        role: ask.role === undefined ? undefined : Slug.make(ask.role),
        etag: ask.etag
      })
)

/** The whole contract against the registry's handlers, without a socket. */
const contract = Effect.gen(function* () {
  const own = yield* Effect.context<Layer.Success<typeof services>>()
  const handler = yield* HttpRouter.toHttpEffect(
    Routes.layer.pipe(Layer.provide(Layer.succeedContext(own)), Layer.provide(HttpServer.layerServices))
  )
  return yield* HttpApiClient.makeWith(RegistryApi, {
    baseUrl: "http://registry.invalid",
    httpClient: HttpClient.make((request) =>
      handler.pipe(
        Effect.map((response) => HttpServerResponse.toClientResponse(response, { request })),
        Effect.provideService(HttpServerRequest.HttpServerRequest, HttpServerRequest.fromClientRequest(request)),
        Effect.scoped,
        Effect.orDie
      )
    )
  })
})

const decodeBody = Schema.decodeUnknownOption(Schema.Struct({ error: Schema.Struct({ code: Schema.String }) }))

/** The code of the error body with which a call fails. */
const codeOf = <A, E>(call: Effect.Effect<A, E>) =>
  Effect.map(Effect.flip(call), (error) =>
    Option.match(decodeBody(error), { onNone: () => String(error), onSome: (body) => body.error.code })
  )

describe("the registry inside the process", () => {
  it.effect("gives the agents over the wire just as it composed them", () =>
    Effect.gen(function* () {
      yield* filled
      const answer = yield* (yield* embedded)()
      const folder = yield* ContentFolder
      const { agents } = yield* composeAll(yield* folder.snapshot(Slug.make("acme"), webShop))
      assert.strictEqual(answer?.agents.length, 2)
      assert.deepStrictEqual(
        answer?.agents.map(({ fields, name, parts, tiers, version }) => ({ name, version, tiers, fields, parts })),
        agents.map(({ agent: { fields, parts }, name, tiers, version }) => ({ name, version, tiers, fields, parts }))
      )
      assert.strictEqual(
        bodyOf({ fields: [], parts: answer?.agents[0]?.parts ?? [] }),
        "You review.\n\nOf the organization.\n\nTwo paragraphs.\n"
      )
    }).pipe(Effect.provide(services))
  )

  it.effect("says the caller's role and what it refused", () =>
    Effect.gen(function* () {
      yield* filled
      const answer = yield* (yield* embedded)()
      assert.strictEqual(answer?.role.name, "junior")
      assert.strictEqual(answer?.role.mode, "coaching")
      assert.deepStrictEqual(
        answer?.refused.map(({ file, line }) => `${file}:${line ?? ""}`),
        ["agents/broken.md:1"]
      )
    }).pipe(Effect.provide(services))
  )

  it.effect("answers a second time that nothing has changed, until something has", () =>
    Effect.gen(function* () {
      const scratch = yield* filled
      const ask = yield* embedded
      const first = yield* ask()
      assert.isDefined(first)
      assert.isUndefined(yield* ask({ etag: first.etag }))
      assert.isDefined(yield* ask({ etag: '"other"' }))
      scratch.write("registry/agents/plain.md", "---\nname: plain\n---\nMore.\n")
      const second = yield* ask({ etag: first.etag })
      assert.isDefined(second)
      assert.notStrictEqual(second.etag, first.etag)
    }).pipe(Effect.provide(services))
  )

  it.effect("refuses a role that would be a raise with 403, and an unknown one with 422", () =>
    Effect.gen(function* () {
      yield* filled
      const ask = yield* embedded
      for (const [role, status] of [
        ["senior", 403],
        ["wizard", 422]
      ] as const) {
        const error = yield* Effect.flip(ask({ role }))
        assert.strictEqual(error._tag === "RegistryRefused" ? error.status : error._tag, status)
      }
    }).pipe(Effect.provide(services))
  )

  it.effect("says with 500 that its own files are in disorder", () =>
    Effect.gen(function* () {
      const scratch = yield* filled
      scratch.write("registry/roles/junior.yml", "mode: free\n")
      const error = yield* Effect.flip((yield* embedded)())
      assert.strictEqual(error._tag === "RegistryRefused" ? error.status : error._tag, 500)
      assert.include(error.message, "roles/junior.yml")
    }).pipe(Effect.provide(services))
  )
})

describe("the contract, served from a folder", () => {
  it.effect("lists the agents with the tier that says most about them", () =>
    Effect.gen(function* () {
      yield* filled
      const client = yield* contract
      const { agents } = yield* client.agents.list({ query: { project_slug: webShop } })
      assert.deepStrictEqual(
        agents.map(({ name, source }) => [name, source]),
        [
          ["code-reviewer", "organization"],
          ["plain", "base"]
        ]
      )
    }).pipe(Effect.provide(services))
  )

  it.effect("gives one agent, and 404 for one that is not there or is refused", () =>
    Effect.gen(function* () {
      yield* filled
      const client = yield* contract
      const one = (name: string) =>
        client.agents.effectiveConfig({ params: { name: AgentName.make(name) }, query: { project_slug: webShop } })
      const found = yield* one("code-reviewer")
      assert.deepStrictEqual(found.sources, { base: true, organization: true, project: false })
      assert.deepStrictEqual(found.config.tools, ["Read"])
      assert.isTrue(found.config.coaching_mode)
      assert.strictEqual(yield* codeOf(one("nobody")), "not_found")
      assert.strictEqual(yield* codeOf(one("broken")), "not_found")
    }).pipe(Effect.provide(services))
  )

  it.effect("says 501 to everything that it does not serve yet", () =>
    Effect.gen(function* () {
      yield* filled
      const client = yield* contract
      const id = "7b0c2f6e-6a3a-4c1f-9d53-0b7d8c1f5a11"
      const agent_name = AgentName.make("code-reviewer")
      const slug = "swift-amber-falcon"
      const calls: Record<string, Effect.Effect<unknown, unknown>> = {
        "sessions.create": client.sessions.create({ payload: { project_slug: webShop }, headers: {} }),
        "sessions.update": client.sessions.update({ params: { id }, payload: {}, headers: {} }),
        "sessions.summary": client.sessions.summary({ params: { id } }),
        "sessions.list": client.sessions.list({ query: { project_slug: webShop } }),
        "experiments.create": client.experiments.create({
          payload: { agent_name, project_slug: webShop, variant_config: {} }
        }),
        "experiments.list": client.experiments.list({ query: { project_slug: webShop } }),
        "experiments.show": client.experiments.show({ params: { slug } }),
        "experiments.metrics": client.experiments.metrics({ params: { slug } }),
        "experiments.deploy": client.experiments.deploy({ params: { slug } }),
        "auth.me": client.auth.me(),
        "auth.device": client.auth.device({ payload: { client_id: "crewkit-cli" } }),
        "discovery.metadata": client.discovery.metadata(),
        "agents.modify": client.agents.modify({
          params: { name: agent_name },
          headers: {},
          payload: { session_id: id, file_path: "a.ts", change_type: "edit" }
        })
      }
      for (const [name, call] of Object.entries(calls)) assert.strictEqual(yield* codeOf(call), "not_implemented", name)
    }).pipe(Effect.provide(services))
  )

  it.effect("does not take a project that is no slug", () =>
    Effect.gen(function* () {
      yield* filled
      const client = yield* contract
      const query = { project_slug: "../other" as Slug }
      const result = yield* Effect.result(client.agents.list({ query }))
      assert.isTrue(Result.isFailure(result))
    }).pipe(Effect.provide(services))
  )
})
