import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Ref } from "effect"
import { HttpClient } from "effect/http"
import { AgentName, Slug } from "../../src/domain/AgentName.ts"
import { makeRegistryClient } from "../../src/layers/registryClient.ts"
import { Exchanges, type Sent } from "../fakes/HttpClientMemory.ts"
import * as HttpClientMemory from "../fakes/HttpClientMemory.ts"

const webShop = Slug.make("web-shop")

interface Ask {
  readonly etag?: string
  readonly role?: string
}

/** Asks for the effective agents. */
const effective = (ask: Ask = {}) =>
  Effect.gen(function* () {
    const httpClient = yield* HttpClient.HttpClient
    const client = yield* makeRegistryClient({ httpClient, label: "the registry", baseUrl: "https://registry.example" })
    return yield* client.effective({
      project: webShop,
      role: ask.role === undefined ? undefined : Slug.make(ask.role),
      etag: ask.etag
    })
  })

const answer = effective().pipe(
  Effect.map(Option.fromUndefinedOr),
  Effect.flatMap(Option.match({ onNone: () => Effect.die("not modified"), onSome: Effect.succeed }))
)

const sent = Effect.flatMap(Exchanges, Ref.get)

const paths = Effect.map(sent, (all) => all.map(({ method, path }) => `${method} ${path}`))

const server = (respond: (request: Sent) => Response | undefined) => Effect.provide(HttpClientMemory.layer(respond))

/** Answers the same to everything. */
const always = (respond: () => Response | undefined) => server(respond)

const agent = (name: string, config: Record<string, unknown> = {}) => ({
  agent_name: name,
  config: { version: "1", instructions: "You review.\n", ...config },
  sources: { base: true, organization: false, project: false }
})

const bulk = (body: unknown, headers: Record<string, string> = { etag: '"e"' }) => Response.json(body, { headers })

const junior = { name: "junior", mode: "coaching", prompt_prefix: "Careful.", tools_removed: ["Bash"] }

const bulkPath = "/api/v1/agents/effective"

/** A registry of before the bulk call: its list, and each agent. */
const older = (names: ReadonlyArray<string>, config: Record<string, unknown> = {}) =>
  server(({ path }) => {
    const url = new URL(path, "https://registry.example")
    if (url.pathname === bulkPath) return Response.json({ error: "no such path" }, { status: 404 })
    if (url.pathname === "/api/v1/agents") {
      return Response.json({ agents: names.map((name) => ({ name, source: "base" })) })
    }
    const name = /^\/api\/v1\/agents\/([^/]+)\/effective_config$/.exec(url.pathname)?.[1]
    return name === undefined
      ? Response.json({ error: { message: `unexpected ${path}` } }, { status: 500 })
      : Response.json(agent(name, config))
  })

describe("asking for all agents at once", () => {
  it.effect("takes one request, for this project, without a role or a validator where none is known", () =>
    Effect.gen(function* () {
      yield* effective()
      const [request, ...more] = yield* sent
      assert.deepStrictEqual(more, [])
      assert.strictEqual(request?.path, `${bulkPath}?project_slug=web-shop`)
      assert.isUndefined(request?.headers["if-none-match"])
    }).pipe(always(() => bulk({ agents: [] })))
  )

  it.effect("says the role that is asked for and the answer that is held", () =>
    Effect.gen(function* () {
      yield* effective({ role: "junior", etag: '"e"' })
      const [request] = yield* sent
      assert.strictEqual(request?.path, `${bulkPath}?project_slug=web-shop&role=junior`)
      assert.strictEqual(request?.headers["if-none-match"], '"e"')
    }).pipe(always(() => bulk({ agents: [], role: junior })))
  )

  it.effect("gives the agents in the domain's own words", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* answer, {
        etag: '"e"',
        role: {
          name: Slug.make("junior"),
          mode: "coaching",
          promptPrefix: "Careful.",
          toolsRemoved: ["Bash"],
          permissionMode: "plan"
        },
        agents: [
          {
            name: AgentName.make("code-reviewer"),
            version: "1.2+abc",
            tiers: ["base", "project"],
            fields: [
              { key: "name", value: "code-reviewer", tier: "base" },
              { key: "tools", value: ["Read"], tier: "project" },
              { key: "x", value: { y: [null, 1] }, tier: "project" }
            ],
            parts: [
              { tier: "base", text: "You review." },
              { tier: "project", text: "Of the project." }
            ]
          }
        ],
        refused: [{ name: "b", file: "agents/b.md", line: 2, reason: "not YAML" }],
        remarks: [{ name: "code-reviewer", file: "agents/code-reviewer.md", text: "repaired" }]
      })
    }).pipe(
      always(() =>
        bulk({
          agents: [
            {
              ...agent("code-reviewer", {
                version: "1.2+abc",
                instructions: "You review.\n\nOf the project.\n",
                frontmatter: { name: "code-reviewer", tools: ["Read"], x: { y: [null, 1] } },
                provenance: {
                  fields: { name: "base", tools: "project" },
                  parts: [
                    { tier: "base", length: 11 },
                    { tier: "project", length: 15 }
                  ]
                },
                unknown_field: true
              }),
              sources: { base: true, organization: false, project: true }
            }
          ],
          role: { ...junior, permission_mode: "plan", later: 1 },
          refused: [{ name: "b", file: "agents/b.md", line: 2, reason: "not YAML" }],
          remarks: [{ name: "code-reviewer", file: "agents/code-reviewer.md", text: "repaired" }],
          later: {}
        })
      )
    )
  )

  it.effect("is undefined where the answer that is held still holds", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* effective({ etag: '"e"' }))
    }).pipe(always(() => new Response(null, { status: 304, headers: { etag: '"e"' } })))
  )

  it.effect("takes the prompt in one piece where the lengths of its parts do not add up", () =>
    Effect.gen(function* () {
      for (const { parts } of (yield* answer).agents) {
        assert.deepStrictEqual(parts, [{ tier: "base", text: "One.\n\nTwo." }])
      }
    }).pipe(
      always(() =>
        bulk({
          agents: [[1], [4, 3], [4], [-1, 3], [0.5], []].map((lengths, index) =>
            agent(`a-${index}`, {
              instructions: "One.\n\nTwo.\n",
              provenance: { fields: {}, parts: lengths.map((length) => ({ tier: "organization", length })) }
            })
          )
        })
      )
    )
  )
})

describe("a registry that says less", () => {
  it.effect("has its agents put together of the fields that it knows", () =>
    Effect.gen(function* () {
      const { agents, role } = yield* answer
      assert.deepStrictEqual(agents[0]?.fields, [
        { key: "name", value: "code-reviewer", tier: "base" },
        { key: "description", value: "Reviews.", tier: "base" },
        { key: "tools", value: "Read, Grep", tier: "base" },
        { key: "model", value: "opus", tier: "base" }
      ])
      assert.deepStrictEqual(role, {
        name: Slug.make("senior"),
        mode: "autonomous",
        promptPrefix: "On your own.",
        toolsRemoved: []
      })
    }).pipe(
      always(() =>
        bulk({
          agents: [
            agent("code-reviewer", {
              description: "Reviews.",
              tools: ["Read", "Grep"],
              model: "opus",
              prompt_prefix: "On your own.",
              autonomous_mode: true
            })
          ]
        })
      )
    )
  )

  it.effect("has null for what it does not know, which grants or takes nothing", () =>
    Effect.gen(function* () {
      const { agents, role } = yield* answer
      assert.deepStrictEqual(
        agents[0]?.fields.map(({ key }) => key),
        ["name"]
      )
      assert.strictEqual(role.mode, "collaborative")
    }).pipe(always(() => bulk({ agents: [agent("a", { tools: null, model: null, prompt_prefix: null })] })))
  )

  it.effect("keeps an empty list of tools empty: none is not all", () =>
    Effect.gen(function* () {
      const { agents } = yield* answer
      assert.deepStrictEqual(agents[0]?.fields.at(-1), { key: "tools", value: "", tier: "base" })
    }).pipe(always(() => bulk({ agents: [agent("a", { tools: [] })] })))
  )

  it.effect("is held to coaching where two modes are claimed", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* answer).role.mode, "coaching")
    }).pipe(always(() => bulk({ agents: [agent("a", { coaching_mode: true, autonomous_mode: true })] })))
  )
})

describe("a registry without the bulk call", () => {
  it.effect("is asked for the list and then for each agent", () =>
    Effect.gen(function* () {
      const { agents, etag } = yield* answer
      assert.deepStrictEqual<ReadonlyArray<string>>(
        agents.map(({ name }) => name),
        ["b", "a"]
      )
      assert.strictEqual(etag, "")
      assert.deepStrictEqual([...(yield* paths)].sort(), [
        "GET /api/v1/agents/a/effective_config?project_slug=web-shop",
        "GET /api/v1/agents/b/effective_config?project_slug=web-shop",
        `GET ${bulkPath}?project_slug=web-shop`,
        "GET /api/v1/agents?project_slug=web-shop"
      ])
    }).pipe(older(["b", "a"]))
  )

  it.effect("is never asked for a name that could be a path", () =>
    Effect.gen(function* () {
      const { agents, refused } = yield* answer
      assert.deepStrictEqual<ReadonlyArray<string>>(
        agents.map(({ name }) => name),
        ["fine"]
      )
      assert.strictEqual(refused.length, 5)
      for (const path of yield* paths) assert.notMatch(path, /\.\.|%2e|%2f|etc|Upper|\s\S+\s/i)
      assert.strictEqual((yield* sent).length, 3)
    }).pipe(older(["../../etc/passwd", "..%2f..", "fine", "Upper", "a b", ""]))
  )

  it.effect("must not hand out more than the role that was asked for", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(effective({ role: "junior" }))
      assert.strictEqual(error._tag === "RegistryRefused" ? error.status : error._tag, 422)
    }).pipe(older(["a"], { autonomous_mode: true }))
  )

  it.effect("may hand out the role that was asked for", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* effective({ role: "junior" }))?.role.name, "junior")
    }).pipe(older(["a"], { coaching_mode: true }))
  )

  it.effect("fails with its own refusal where it does not know the list either", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(effective())
      assert.strictEqual(error._tag === "RegistryRefused" ? error.endpoint : error._tag, "/api/v1/agents")
    }).pipe(always(() => Response.json({ error: "no such path" }, { status: 404 })))
  )
})

describe("a hostile registry", () => {
  it.effect("cannot name a file outside of the folder: such agents are refused, the others come through", () =>
    Effect.gen(function* () {
      const { agents, refused } = yield* answer
      assert.deepStrictEqual<ReadonlyArray<string>>(
        agents.map(({ name }) => name),
        ["fine"]
      )
      for (const { reason } of refused) assert.include(reason, "lower-case letters")
      assert.strictEqual(refused.length, 8)
    }).pipe(
      always(() =>
        bulk({
          agents: ["../../.bashrc", "/etc/cron.d/x", "a/b", "C:\\x", "fine", "a\u0000", "a\n", "Å", "x".repeat(65)].map(
            (name) => agent(name)
          )
        })
      )
    )
  )

  it.effect("cannot answer with a role that was not asked for", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(effective({ role: "intermediate" }))
      assert.strictEqual(error._tag === "RegistryRefused" ? error.status : error._tag, 422)
    }).pipe(always(() => bulk({ agents: [], role: junior })))
  )

  it.effect("cannot send the client elsewhere: a redirect is an error", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(effective())
      assert.strictEqual(error._tag === "RegistryRefused" ? error.status : error._tag, 302)
      assert.strictEqual((yield* sent).length, 1)
    }).pipe(always(() => new Response(null, { status: 302, headers: { location: "https://evil.example" } })))
  )
})

describe("an error of the registry", () => {
  const bodies: ReadonlyArray<readonly [said: string, body: unknown, reason: string]> = [
    ["with a text", { error: "not for you", details: { a: 1 } }, "not for you"],
    [
      "with code and message",
      { error: { code: "forbidden", message: "not for you", details: {}, request_id: "r" } },
      "not for you"
    ],
    ["with a code alone", { error: { code: "forbidden" } }, "forbidden"],
    ["as OAuth has it", { error: "access_denied", error_description: "not for you" }, "not for you"],
    ["as OAuth has it, without a description", { error: "access_denied" }, "access_denied"],
    ["that says nothing", { error: {} }, "no reason given"],
    ["of another form", { problem: "x" }, "no reason given"],
    ["that is a list", [], "no reason given"]
  ]
  for (const [said, body, reason] of bodies) {
    it.effect(`${said} is told as ${reason}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(effective())
        if (error._tag !== "RegistryRefused") return yield* Effect.die(error)
        assert.deepStrictEqual([error.status, error.endpoint, error.reason], [403, "/api/v1/agents/effective", reason])
      }).pipe(always(() => Response.json(body, { status: 403 })))
    )
  }

  it.effect("that is no JSON at all is still one of the registry", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(effective())
      assert.strictEqual(error._tag === "RegistryRefused" ? error.reason : error._tag, "no reason given")
    }).pipe(always(() => new Response("<html>Bad Gateway</html>", { status: 502 })))
  )

  for (const status of [400, 401, 403, 409, 422, 429, 500, 501, 503]) {
    it.effect(`keeps its status, ${status}, and is not taken for a registry without the bulk call`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(effective())
        assert.strictEqual(error._tag === "RegistryRefused" ? error.status : error._tag, status)
        assert.strictEqual((yield* sent).length, 1)
      }).pipe(always(() => Response.json({ error: { code: "x", message: "m" } }, { status })))
    )
  }

  it.effect("on the way is a registry that cannot be reached", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(effective())
      assert.strictEqual(error._tag, "RegistryUnreachable")
      assert.include(error.message, "the registry")
    }).pipe(always(() => undefined))
  )
})

describe("an answer that is not what the contract says", () => {
  const fine = { agents: [agent("a")], role: junior }
  const cases: ReadonlyArray<readonly [said: string, body: unknown, field: string]> = [
    ["no agents", {}, "agents"],
    ["agents that are no list", { agents: {} }, "agents"],
    ["an agent without a prompt", { agents: [{ ...agent("a"), config: { version: "1" } }] }, "instructions"],
    ["an agent without a name", { agents: [{ ...agent("a"), agent_name: 5 }] }, "agent_name"],
    ["a version that is no text", { agents: [agent("a", { version: 1 })] }, "version"],
    [
      "a tier that nobody knows",
      { agents: [agent("a", { provenance: { fields: { name: "basement" }, parts: [] } })] },
      "name"
    ],
    ["tools that are no texts", { agents: [agent("a", { tools: [1] })] }, "tools"],
    ["a mode that nobody knows", { ...fine, role: { ...junior, mode: "free" } }, "mode"],
    ["a role that is no slug", { ...fine, role: { ...junior, name: "../senior" } }, "name"],
    [
      "the permission mode that skips every check",
      { ...fine, role: { ...junior, permission_mode: "bypassPermissions" } },
      "permission_mode"
    ],
    ["nothing", null, ""]
  ]
  for (const [said, body, field] of cases) {
    it.effect(`such as ${said} is an error that names endpoint and field`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(effective())
        if (error._tag !== "ResponseInvalid") return yield* Effect.die(error)
        assert.include(error.message, "GET /agents/effective")
        assert.include(error.problem, field)
        assert.notInclude(error.problem, "\n")
        assert.isAtMost(error.problem.length, 200)
      }).pipe(always(() => bulk(body)))
    )
  }

  it.effect("such as a missing validator", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(effective())
      assert.strictEqual(error._tag, "ResponseInvalid")
      assert.include(error.message, "etag")
    }).pipe(always(() => bulk(fine, {})))
  )

  it.effect("such as a list or an agent of another form names that call", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(effective())
      assert.strictEqual(
        error._tag === "ResponseInvalid" ? error.endpoint : error._tag,
        "GET /agents/a/effective_config"
      )
    }).pipe(older(["a"], { version: 5 }))
  )
})
