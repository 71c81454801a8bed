import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { HttpClient } from "effect/http"
import * as fs from "node:fs"
import { nameProblem, completeAgent } from "../src/domain/acceptance.ts"
import { type Agent, fieldOf, type Value } from "../src/domain/Agent.ts"
import { AgentName, Slug, slugify } from "../src/domain/AgentName.ts"
import { lockDifferences, updateLock } from "../src/domain/LockFile.ts"
import type { RoleModifier } from "../src/domain/Role.ts"
import { applyRole } from "../src/domain/roleApplication.ts"
import { sanitize } from "../src/domain/sanitize.ts"
import { isDirty, stateAfter } from "../src/domain/syncOutcome.ts"
import { planSync } from "../src/domain/syncPlan.ts"
import { emptyState } from "../src/domain/SyncState.ts"
import { codec } from "../src/layers/agentCodecYaml.ts"
import * as AgentFilesNode from "../src/layers/AgentFilesNode.ts"
import * as AgentFormatYaml from "../src/layers/AgentFormatYaml.ts"
import * as ContentFolderNode from "../src/layers/ContentFolderNode.ts"
import * as ContentStoreNode from "../src/layers/ContentStoreNode.ts"
import { sha256 } from "../src/layers/nodeFs.ts"
import { makeRegistryClient } from "../src/layers/registryClient.ts"
import * as ProjectConfigYaml from "../src/layers/ProjectConfigYaml.ts"
import { ContentFolder } from "../src/registry/ContentFolder.ts"
import { composeAll } from "../src/registry/effective.ts"
import { roleOf } from "../src/registry/roles.ts"
import { AgentFiles } from "../src/services/AgentFiles.ts"
import { ContentStore } from "../src/services/ContentStore.ts"
import { ProjectConfig } from "../src/services/ProjectConfig.ts"
import * as CallerMemory from "./fakes/CallerMemory.ts"
import * as HttpClientMemory from "./fakes/HttpClientMemory.ts"
import * as InvocationMemory from "../src/testing/InvocationMemory.ts"
import * as ProjectConfigMemory from "./fakes/ProjectConfigMemory.ts"
import { Scratch } from "./fakes/Scratch.ts"
import { environment } from "./fakes/environment.ts"

const role = (change: Partial<RoleModifier>): RoleModifier => ({
  name: Slug.make("r"),
  mode: "collaborative",
  promptPrefix: "",
  toolsRemoved: [],
  ...change
})
const agentWith = (fields: Record<string, Value>): Agent => ({
  fields: Object.entries(fields).map(([key, value]) => ({ key, value, tier: "base" as const })),
  parts: []
})
const acme = Slug.make("acme")
const webShop = Slug.make("web-shop")
const registry = Layer.unwrap(
  Effect.map(Scratch, (s) =>
    ContentFolderNode.layer({ folder: s.path("registry"), label: "registry", index: s.path("index.json") })
  )
)
const ctor = AgentName.make("constructor")

describe("broken and hostile input", () => {
  it("drops a merge key when coaching, behind which a key could hide", () => {
    const after = applyRole(agentWith({ name: "a", "<<": { memory: "project" } }), role({ mode: "coaching" }))
    assert.isUndefined(fieldOf(after, "<<"))
  })
  it("reads an alias without its anchor as text", () => {
    const parsed = codec.parse("---\nname: a\ndescription: *important*\n---\nB")
    assert.deepStrictEqual(Result.getOrThrow(parsed).source.fields, [
      ["name", "a"],
      ["description", "*important*"]
    ])
  })
  it("survives a bomb of aliases", () => {
    const parsed = codec.parse(
      "---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d]\n---\nB"
    )
    assert.isTrue(Result.isSuccess(parsed))
  })
  it("lets no comment end the frontmatter", () => {
    const text = codec.render(agentWith({ name: "a" }), ["v-----x"])
    assert.isTrue(text.slice(4).indexOf("---") > text.indexOf("name"))
  })
  it("lets no key end the frontmatter", () => {
    const text = codec.render(agentWith({ name: "a", "x---y": "b", tools: "Read" }), [])
    assert.include(text.slice(4, text.indexOf("---", 4)), "tools")
  })
  it("reads tools that are separated by spaces", () => {
    assert.strictEqual(
      fieldOf(applyRole(agentWith({ tools: "Read Grep Bash" }), role({ mode: "coaching" })), "tools"),
      "Read, Grep"
    )
  })
  it("reads a list whose element holds several tools", () => {
    assert.strictEqual(
      fieldOf(applyRole(agentWith({ tools: ["Read, Grep"] }), role({ mode: "coaching" })), "tools"),
      "Read, Grep"
    )
  })
  it("plans one item for an agent that is both asked for and refused", () => {
    const one = AgentName.make("one")
    const plan = planSync(
      { desired: new Map([[one, "a"]]), written: new Map(), disk: new Map(), refused: new Set(["one"]) },
      { keepLocal: false, prune: true, replaceForeign: () => false }
    )
    assert.strictEqual(plan.length, 1)
  })
  it("takes an agent called constructor for one that was never written", () => {
    const state = stateAfter({
      before: emptyState,
      plan: [{ name: ctor, status: "new", action: "write" }],
      found: new Map(),
      fresh: new Map([[ctor, { size: 1, mtime: 1, ctime: 1, ino: 1, sha256: "a" }]]),
      answer: undefined,
      lockFingerprint: "",
      since: 0
    })
    assert.isTrue(isDirty(emptyState, state))
  })
  it("does not own a foreign file called constructor", () => {
    const state = stateAfter({
      before: emptyState,
      plan: [{ name: ctor, status: "in-the-way", action: "keep" }],
      found: new Map(),
      fresh: new Map(),
      answer: undefined,
      lockFingerprint: "",
      since: 0
    })
    assert.deepStrictEqual(Object.keys(state.written), [])
  })
  it("does not find an agent called constructor in an empty lock", () => {
    const lock = updateLock(undefined, { org: acme, project: webShop, role: acme }, new Map(), new Set())
    assert.deepStrictEqual(
      lockDifferences(lock, acme, new Map([[ctor, { version: "1", tiers: [], sha256: "a".repeat(64) }]])),
      ["constructor: not in the lock"]
    )
  })
  it("makes a slug of accented letters", () => assert.strictEqual(slugify("Café Müller"), "cafe-muller"))
  it("refuses a name with a lone surrogate", () => assert.isDefined(nameProblem("a\ud800")))
  it("refuses a name with tag characters", () => assert.isDefined(nameProblem("ok\u{e0041}")))
  it("refuses a name with a soft hyphen", () => assert.isDefined(nameProblem("ok\u00adx")))
  it("cuts a description between characters, not within one", () => {
    const { agent } = completeAgent(AgentName.make("a"), {
      fields: [],
      parts: [{ tier: "base", text: `${"x".repeat(199)}🚀` }]
    })
    assert.notMatch(JSON.stringify(fieldOf(agent, "description")), /\p{Surrogate}/u)
  })
  it("keeps the joiner of an emoji with a skin tone", () => assert.strictEqual(sanitize("👩🏽\u200d💻"), "👩🏽\u200d💻"))
  it.effect("refuses an agent that is not UTF-8, and that one alone", () =>
    Effect.gen(function* () {
      const s = yield* Scratch
      s.write("registry/agents/fine.md", "---\nname: f\n---\n")
      s.write("registry/agents/bad.md", new Uint8Array([0xff, 0xfe]))
      const { agents, refused } = yield* Effect.gen(function* () {
        const f = yield* ContentFolder
        return yield* composeAll(yield* f.snapshot(acme, webShop))
      }).pipe(Effect.provide([registry, AgentFormatYaml.layer]))
      assert.strictEqual(agents.length, 1)
      assert.strictEqual(refused[0]?.name, "bad")
    }).pipe(Effect.provide(Scratch.layer))
  )
  it.effect("refuses an agent of which one tier is a link", () =>
    Effect.gen(function* () {
      const s = yield* Scratch
      s.write("registry/agents/a.md", "---\nname: a\n---\n")
      s.link(s.path("registry/agents/a.md"), "registry/orgs/acme/agents/a.md")
      const { agents } = yield* Effect.gen(function* () {
        const f = yield* ContentFolder
        return yield* composeAll(yield* f.snapshot(acme, webShop))
      }).pipe(Effect.provide([registry, AgentFormatYaml.layer]))
      assert.strictEqual(agents.length, 0)
    }).pipe(Effect.provide(Scratch.layer))
  )
  for (const [what, lay] of [
    [
      "an org.yml that is a link",
      (s: Scratch["Service"]) => {
        s.write("elsewhere.yml", "default_role: junior\n")
        s.link(s.path("elsewhere.yml"), "registry/orgs/acme/org.yml")
      }
    ],
    [
      "an org.yml over 1 MiB",
      (s: Scratch["Service"]) =>
        s.write("registry/orgs/acme/org.yml", `default_role: junior\n#${"x".repeat(1_048_577)}`)
    ],
    [
      "a role that is a link",
      (s: Scratch["Service"]) => {
        s.write("registry/orgs/acme/org.yml", "default_role: senior\n")
        s.write("elsewhere.yml", "mode: coaching\n")
        s.link(s.path("elsewhere.yml"), "registry/roles/senior.yml")
      }
    ]
  ] as const)
    it.effect(`hands out nothing over a registry with ${what}`, () =>
      Effect.gen(function* () {
        const s = yield* Scratch
        s.write("registry/agents/a.md", "---\nname: a\n---\n")
        lay(s)
        const exit = yield* Effect.exit(
          Effect.gen(function* () {
            const f = yield* ContentFolder
            return yield* roleOf(yield* f.snapshot(acme, webShop), undefined)
          }).pipe(Effect.provide([registry, CallerMemory.layer()]))
        )
        assert.strictEqual(exit._tag, "Failure")
      }).pipe(Effect.provide(Scratch.layer))
    )
  it.effect("writes a content anew whose pack went bad", () =>
    Effect.gen(function* () {
      const s = yield* Scratch
      const store = yield* ContentStore
      const one = new Map([[sha256("one"), new TextEncoder().encode("one")]])
      yield* store.put(one)
      const [pack] = s.list("project/.crewkit/objects")
      s.write(`project/.crewkit/objects/${pack}`, s.read(`project/.crewkit/objects/${pack}`).replace("one", "ONE"))
      yield* store.put(one)
      assert.strictEqual((yield* store.get(new Set([sha256("one")]))).size, 1)
    }).pipe(
      Effect.provide(
        ContentStoreNode.layer.pipe(Layer.provide(ProjectConfigMemory.layer), Layer.provideMerge(Scratch.layer))
      )
    )
  )
  it.effect("removes nothing through a linked folder", () =>
    Effect.gen(function* () {
      const s = yield* Scratch
      fs.mkdirSync(s.path("project"))
      s.write("outside/a.md", "not ours")
      s.link(s.path("outside"), "project/.claude/agents")
      yield* Effect.exit(AgentFiles.use((f) => f.remove([AgentName.make("a")], new Map())))
      assert.isTrue(s.exists("outside/a.md"))
    }).pipe(
      Effect.provide(
        AgentFilesNode.layer.pipe(Layer.provide(ProjectConfigMemory.layer), Layer.provideMerge(Scratch.layer))
      )
    )
  )
  it.effect("calls an answer that is not JSON invalid", () =>
    Effect.gen(function* () {
      const httpClient = yield* HttpClient.HttpClient
      const client = yield* makeRegistryClient({ httpClient, label: "r", baseUrl: "https://r.example" })
      const error = yield* Effect.flip(client.effective({ project: webShop, role: undefined, etag: undefined }))
      assert.strictEqual(error._tag, "ResponseInvalid", error.message)
    }).pipe(
      Effect.provide(
        HttpClientMemory.layer(() => new Response("<html>", { headers: { etag: '"e"', "content-type": "text/html" } }))
      )
    )
  )
  it.effect("knows no tier for a key called toString", () =>
    Effect.gen(function* () {
      const httpClient = yield* HttpClient.HttpClient
      const client = yield* makeRegistryClient({ httpClient, label: "r", baseUrl: "https://r.example" })
      const found = yield* client.effective({ project: webShop, role: undefined, etag: undefined })
      assert.strictEqual(found?.agents[0]?.fields[0]?.tier, "base")
    }).pipe(
      Effect.provide(
        HttpClientMemory.layer(() =>
          Response.json(
            {
              agents: [
                {
                  agent_name: "a",
                  sources: { base: true, organization: false, project: false },
                  config: {
                    version: "1",
                    instructions: "",
                    frontmatter: { toString: "x" },
                    provenance: { fields: {}, parts: [] }
                  }
                }
              ]
            },
            { headers: { etag: '"e"' } }
          )
        )
      )
    )
  )
  for (const [what, text] of [
    ["secret in a list", "org: acme\nproject: p\nregistry: [ghp_Zq7Xn2Lk9Vb4Tm6Rw1Ys8Hd3Jf5Gc0Pa]\n"],
    ["secret as key", "org: acme\nproject: p\nghp_Zq7Xn2Lk9Vb4Tm6Rw1Ys8Hd3Jf5Gc0Pa: x\n"],
    ["secret in list of section", "org: acme\nproject: p\nsync: [ghp_Zq7Xn2Lk9Vb4Tm6Rw1Ys8Hd3Jf5Gc0Pa]\n"],
    ["secret as root", "ghp_Zq7Xn2Lk9Vb4Tm6Rw1Ys8Hd3Jf5Gc0Pa\n"],
    ["secret in broken yaml", 'org: acme\n"ghp_Zq7Xn2Lk9Vb4Tm6Rw1Ys8Hd3Jf5Gc0Pa" x\n'],
    ["secret map value", "org: {a: ghp_Zq7Xn2Lk9Vb4Tm6Rw1Ys8Hd3Jf5Gc0Pa}\nproject: p\n"],
    ["secret as alias name", "org: *ghp_Zq7Xn2Lk9Vb4Tm6Rw1Ys8Hd3Jf5Gc0Pa\nproject: p\n"]
  ] as const)
    it.effect(`never prints a ${what}`, () =>
      Effect.gen(function* () {
        const s = yield* Scratch
        yield* environment({ XDG_CONFIG_HOME: s.path("home"), CREWKIT_REGISTRY: undefined, CREWKIT_API_URL: undefined })
        s.write("project/.agent/config.yml", text)
        const exit = yield* Effect.exit(
          ProjectConfig.use((c) => c.resolved).pipe(
            Effect.provide(ProjectConfigYaml.layer.pipe(Layer.provide(InvocationMemory.layer(s.path("project")))))
          )
        )
        assert.notInclude(JSON.stringify(exit), "Zq7Xn2Lk")
        assert.include(JSON.stringify(exit), "ConfigInvalid")
      }).pipe(Effect.provide(Scratch.layer))
    )
  it.effect("does not keep the digest of one project for another", () =>
    Effect.gen(function* () {
      const s = yield* Scratch
      s.write("registry/agents/a.md", "one")
      s.write("registry/orgs/x/y", "")
      fs.utimesSync(s.path("registry/agents/a.md"), 1000, 1000)
      const first = yield* Effect.gen(function* () {
        const f = yield* ContentFolder
        const snap = yield* f.snapshot(acme, webShop)
        s.write("registry/agents/a.md", "two")
        yield* f.snapshot(acme, Slug.make("other"))
        yield* f.remember
        return snap
      }).pipe(Effect.provide(registry))
      const second = yield* ContentFolder.use((f) => f.snapshot(acme, webShop)).pipe(Effect.provide(registry))
      assert.notStrictEqual(second.digest, first.digest)
    }).pipe(Effect.provide(Scratch.layer))
  )
})
