import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { bodyOf } from "../../src/domain/Agent.ts"
import { Slug } from "../../src/domain/AgentName.ts"
import { builtInRoles } from "../../src/domain/Role.ts"
import * as AgentFormatYaml from "../../src/layers/AgentFormatYaml.ts"
import * as ContentFolderNode from "../../src/layers/ContentFolderNode.ts"
import { ContentFolder } from "../../src/registry/ContentFolder.ts"
import { composeAll, composeOne, etagOf, namesOf } from "../../src/registry/effective.ts"
import { Scratch, type ScratchFolder } from "../fakes/Scratch.ts"

const acme = Slug.make("acme")
const webShop = Slug.make("web-shop")

const registry = Layer.unwrap(
  Effect.map(Scratch, (scratch) =>
    ContentFolderNode.layer({ folder: scratch.path("registry"), label: "registry", index: scratch.path("index.json") })
  )
)

const services = <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.provide(work, [registry, AgentFormatYaml.layer])

const snapshot = ContentFolder.use((folder) => folder.snapshot(acme, webShop))

const all = services(Effect.flatMap(snapshot, composeAll))

const base = (scratch: ScratchFolder, name: string, text: string) => scratch.write(`registry/agents/${name}.md`, text)
const organization = (scratch: ScratchFolder, name: string, text: string) =>
  scratch.write(`registry/orgs/acme/agents/${name}.md`, text)
const project = (scratch: ScratchFolder, name: string, text: string) =>
  scratch.write(`registry/orgs/acme/projects/web-shop/agents/${name}.md`, text)

const reviewer = "---\nname: code-reviewer\ndescription: Reviews.\ntools: Read, Bash\n---\nYou review.\n"

describe("the effective agents of a project", () => {
  it.effect("are composed of their tiers: base, then organization, then project", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      base(scratch, "code-reviewer", reviewer)
      organization(scratch, "code-reviewer", "---\ntools: Read\n---\nOf the organization.\n")
      project(scratch, "code-reviewer", "---\nmodel: opus\ncompose: prepend\n---\nOf the project.\n")
      const { agents, refused, remarks } = yield* all
      assert.deepStrictEqual([refused, remarks], [[], []])
      assert.strictEqual(agents.length, 1)
      const [composed] = agents
      assert.isDefined(composed)
      assert.deepStrictEqual(composed.tiers, ["base", "organization", "project"])
      assert.deepStrictEqual(composed.agent.fields, [
        { key: "name", value: "code-reviewer", tier: "base" },
        { key: "description", value: "Reviews.", tier: "base" },
        { key: "tools", value: "Read", tier: "organization" },
        { key: "model", value: "opus", tier: "project" }
      ])
      assert.strictEqual(bodyOf(composed.agent), "Of the project.\n\nYou review.\n\nOf the organization.\n")
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("may be of one tier alone, and come in the order of their names", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      project(scratch, "b-own", "---\nname: b\n---\nB")
      base(scratch, "c-base", "---\nname: c\n---\nC")
      organization(scratch, "a-org", "---\nname: a\n---\nA")
      const { agents } = yield* all
      assert.deepStrictEqual(
        agents.map(({ name, tiers }) => [name, ...tiers]),
        [
          ["a-org", "organization"],
          ["b-own", "project"],
          ["c-base", "base"]
        ]
      )
      assert.deepStrictEqual(yield* services(Effect.map(snapshot, namesOf)), ["a-org", "b-own", "c-base"])
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("have a version that changes with any of their files, and only with those", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      base(scratch, "code-reviewer", reviewer)
      base(scratch, "other", "---\nname: other\n---\nO")
      const version = Effect.map(all, ({ agents }) => agents.find(({ name }) => name === "code-reviewer")?.version)
      const first = yield* version
      assert.match(first ?? "", /^[0-9a-f]{12}$/)
      base(scratch, "other", "---\nname: other\n---\nChanged")
      assert.strictEqual(yield* version, first)
      base(scratch, "code-reviewer", `${reviewer}More.\n`)
      const second = yield* version
      assert.notStrictEqual(second, first)
      organization(scratch, "code-reviewer", "---\nmodel: opus\n---\n")
      assert.notStrictEqual(yield* version, second)
      base(scratch, "code-reviewer", reviewer.replace("tools:", "version: 1.2\ntools:"))
      assert.match((yield* version) ?? "", /^1\.2\+[0-9a-f]{12}$/)
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("are refused one by one, with file and line, and the others are handed out", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      base(scratch, "fine", "---\nname: fine\n---\nF")
      base(scratch, "open", "---\nname: open\n\nNever closed\n")
      base(scratch, "list", "---\n- a\n---\nL")
      base(scratch, "bare", "No frontmatter at all.\n")
      base(scratch, "joined", "---\nname: j\ncompose: sideways\n---\nJ")
      base(scratch, "Bad Name", "---\nname: x\n---\nX")
      const { agents, refused } = yield* all
      assert.deepStrictEqual(
        agents.map(({ name }) => name),
        ["fine"]
      )
      assert.deepStrictEqual(
        refused.map(({ file, line, reason }) => `${file}:${line ?? ""} ${reason}`),
        [
          "agents/Bad Name.md: a file name is lower-case letters, digits and hyphens, at most 64, then .md",
          "agents/bare.md:1 there is no frontmatter between --- lines",
          "agents/joined.md:2 compose is append, prepend or replace",
          "agents/list.md:2 the frontmatter is not a list of keys and values",
          "agents/open.md:1 the frontmatter has no closing ---"
        ]
      )
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect(
    "are refused whole where one tier cannot be read: half an agent could be one without its restrictions",
    () =>
      Effect.gen(function* () {
        const scratch = yield* Scratch
        base(scratch, "code-reviewer", reviewer)
        organization(scratch, "code-reviewer", "---\ntools: Read\nno end")
        const { agents, refused } = yield* all
        assert.deepStrictEqual(agents, [])
        assert.deepStrictEqual(
          refused.map(({ file, name }) => [name, file]),
          [["code-reviewer", "orgs/acme/agents/code-reviewer.md"]]
        )
      }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("carry what was repaired on the way, with its file", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      base(scratch, "code-reviewer", "---\nname: a\ndescription: use: this\n---\nB")
      const { remarks } = yield* all
      assert.deepStrictEqual(
        remarks.map(({ file, line, name }) => [name, file, line]),
        [["code-reviewer", "agents/code-reviewer.md", 3]]
      )
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("one alone is the same as among all", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      base(scratch, "code-reviewer", reviewer)
      organization(scratch, "code-reviewer", "---\ntools: Read\n---\nO\n")
      const one = yield* services(Effect.flatMap(snapshot, (found) => composeOne(found, "code-reviewer")))
      const { agents } = yield* all
      assert.deepStrictEqual(Result.isSuccess(one) ? one.success.composed : one.failure, agents[0])
    }).pipe(Effect.provide(Scratch.layer))
  )
})

describe("the validator of an answer", () => {
  it.effect("changes with the content and with the role, and is a strong one", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      base(scratch, "code-reviewer", reviewer)
      const [junior, , senior] = builtInRoles
      assert.isDefined(junior)
      assert.isDefined(senior)
      const first = yield* services(snapshot)
      assert.match(etagOf(first, junior), /^"[0-9a-f]{32}-junior"$/)
      assert.notStrictEqual(etagOf(first, senior), etagOf(first, junior))
      base(scratch, "code-reviewer", `${reviewer}More.\n`)
      assert.notStrictEqual(etagOf(yield* services(snapshot), junior), etagOf(first, junior))
    }).pipe(Effect.provide(Scratch.layer))
  )
})
