import { assert, describe, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import { type AgentSource, bodyOf, fieldOf, tiersOf } from "../../src/domain/Agent.ts"
import {
  agentOf,
  combine,
  compose,
  empty,
  type Patch,
  patchOf,
  patchOfAgent,
  type TierSource
} from "../../src/domain/composition.ts"
import type { Tier } from "../../src/domain/Tier.ts"
import * as AgentFormatYaml from "../../src/layers/AgentFormatYaml.ts"
import { AgentFormat } from "../../src/services/AgentFormat.ts"
import { agentFrom, AnyAgent, AnySource, checked, sourcesOf, Tiers, tierSourceOf } from "../fakes/agentArbitraries.ts"

const source = (
  tier: Tier,
  body: string,
  composeBy: AgentSource["compose"] = "append",
  fields: AgentSource["fields"] = []
): TierSource => ({ tier, source: { fields, body, compose: composeBy } })

const permutations = <A>(items: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  items.length === 0
    ? [[]]
    : items.flatMap((first, index) =>
        permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [first, ...rest])
      )

/** Patches of one tier, and of several combined: both have to obey the laws. */
const patchesOf = (sources: ReadonlyArray<typeof AnySource.Type>): ReadonlyArray<Patch> => {
  const single = sources.map((each) => patchOf(tierSourceOf(each)))
  return [empty, ...single, single.reduce(combine, empty)]
}

describe("the monoid of patches", () => {
  it.prop(
    "combining is associative",
    [AnySource, AnySource, AnySource, AnySource],
    (sources) => {
      const [first, second, third, fourth] = sources.map((each) => patchOf(tierSourceOf(each)))
      assert.isDefined(first)
      assert.isDefined(second)
      assert.isDefined(third)
      assert.isDefined(fourth)
      assert.deepStrictEqual(
        combine(combine(first, second), combine(third, fourth)),
        combine(combine(combine(first, second), third), fourth)
      )
      assert.deepStrictEqual(
        combine(first, combine(second, combine(third, fourth))),
        combine(combine(combine(first, second), third), fourth)
      )
    },
    checked
  )

  it.prop(
    "the empty patch changes nothing, from below and from above",
    [AnySource, AnySource],
    (sources) => {
      for (const patch of patchesOf(sources)) {
        assert.deepStrictEqual(combine(empty, patch), patch)
        assert.deepStrictEqual(combine(patch, empty), patch)
      }
    },
    checked
  )

  it.prop(
    "a key stands once, with the value of the uppermost patch that has it",
    [AnySource, AnySource, AnySource],
    (sources) => {
      const patches = sources.map((each) => patchOf(tierSourceOf(each)))
      const { fields } = patches.reduce(combine, empty)
      assert.strictEqual(new Set(fields.map(({ key }) => key)).size, fields.length)
      for (const { key, value } of fields) {
        const said = patches.flatMap((patch) => patch.fields.filter((field) => field.key === key))
        assert.deepStrictEqual(value, said.at(-1)?.value)
      }
    },
    checked
  )
})

describe("taking a composed agent up again", () => {
  it.prop(
    "the patch of an agent gives back that agent",
    [AnyAgent],
    ([agent]) => {
      assert.deepStrictEqual(agentOf(patchOfAgent(agentFrom(agent))), agentFrom(agent))
    },
    checked
  )

  it.prop(
    "an overlay on the composed answer is the overlay on its tiers",
    [AnySource, AnySource, AnySource],
    ([one, two, three]) => {
      const below = combine(patchOf(tierSourceOf(one)), patchOf(tierSourceOf(two)))
      const above = patchOf(tierSourceOf(three))
      assert.deepStrictEqual(agentOf(combine(patchOfAgent(agentOf(below)), above)), agentOf(combine(below, above)))
    },
    checked
  )

  it.prop(
    "no prompt from below survives the patch of a whole agent",
    [AnySource, AnyAgent],
    ([below, agent]) => {
      const joined = agentOf(combine(patchOf(tierSourceOf(below)), patchOfAgent(agentFrom(agent))))
      assert.deepStrictEqual(joined.parts, agentFrom(agent).parts)
    },
    checked
  )
})

describe("composing sources", () => {
  it.prop(
    "the order in which the tiers are given does not matter",
    [Tiers],
    ([tiers]) => {
      const sources = sourcesOf(tiers)
      const expected = compose(sources)
      for (const order of permutations(sources)) assert.deepStrictEqual(compose(order), expected)
    },
    { arbitrary: { ...checked.arbitrary, runs: 100 } }
  )

  it.prop(
    "sources given twice count once",
    [Tiers],
    ([tiers]) => {
      const sources = sourcesOf(tiers)
      assert.deepStrictEqual(compose([...sources, ...sources]), compose(sources))
      assert.deepStrictEqual(compose(sources.flatMap((each) => [each, each])), compose(sources))
    },
    checked
  )

  it("of two texts for one tier the later one counts", () => {
    const agent = compose([source("base", "old"), source("project", "p"), source("base", "new")])
    assert.deepStrictEqual(agent.parts, [
      { tier: "base", text: "new" },
      { tier: "project", text: "p" }
    ])
  })

  it("nothing at all composes to an agent without fields and without a prompt", () => {
    assert.deepStrictEqual(compose([]), { fields: [], parts: [] })
    assert.strictEqual(bodyOf(compose([])), "")
  })

  it("append puts the upper tier below the prompt, with one blank line between", () => {
    const agent = compose([source("base", "one"), source("organization", "two"), source("project", "three")])
    assert.strictEqual(bodyOf(agent), "one\n\ntwo\n\nthree\n")
  })

  it("prepend puts the upper tier above everything that is there so far", () => {
    const agent = compose([
      source("base", "one"),
      source("organization", "two", "prepend"),
      source("project", "three", "prepend")
    ])
    assert.strictEqual(bodyOf(agent), "three\n\ntwo\n\none\n")
  })

  it("replace drops every prompt from below and keeps what comes above", () => {
    const agent = compose([
      source("base", "one"),
      source("organization", "two", "prepend"),
      source("project", "three", "replace"),
      source("personal", "four")
    ])
    assert.strictEqual(bodyOf(agent), "three\n\nfour\n")
    assert.deepStrictEqual(tiersOf(agent), ["project", "personal"])
  })

  it("replace with an empty body leaves no prompt at all", () => {
    assert.deepStrictEqual(compose([source("base", "one"), source("project", "", "replace")]).parts, [])
  })

  it("replace concerns the prompt alone: the frontmatter of the tiers below stays", () => {
    const agent = compose([
      source("base", "one", "append", [["model", "opus"]]),
      source("project", "two", "replace", [["color", "red"]])
    ])
    assert.deepStrictEqual(agent.fields, [
      { key: "model", value: "opus", tier: "base" },
      { key: "color", value: "red", tier: "project" }
    ])
  })

  it("a key keeps the place where it first appeared, and names the tier that set its value", () => {
    const agent = compose([
      source("base", "", "append", [
        ["name", "a"],
        ["tools", "Read"],
        ["model", "opus"]
      ]),
      source("organization", "", "append", [
        ["color", "red"],
        ["tools", "Read, Grep"]
      ])
    ])
    assert.deepStrictEqual(agent.fields, [
      { key: "name", value: "a", tier: "base" },
      { key: "tools", value: "Read, Grep", tier: "organization" },
      { key: "model", value: "opus", tier: "base" },
      { key: "color", value: "red", tier: "organization" }
    ])
  })

  it("an upper tier can take a value away by setting it to null", () => {
    const agent = compose([
      source("base", "", "append", [["model", "opus"]]),
      source("project", "", "append", [["model", null]])
    ])
    assert.isNull(fieldOf(agent, "model"))
  })

  it("empty parts leave no blank lines behind", () => {
    const parts = [
      { tier: "base", text: "one" },
      { tier: "organization", text: "" },
      { tier: "project", text: "two" }
    ] as const
    assert.strictEqual(bodyOf({ fields: [], parts }), "one\n\ntwo\n")
  })

  it("tiers are listed weakest first, whoever set a field or wrote a part", () => {
    const agent = compose([
      source("personal", "mine"),
      source("base", "", "append", [["name", "a"]]),
      source("project", "ours")
    ])
    assert.deepStrictEqual(tiersOf(agent), ["base", "project", "personal"])
  })
})

layer(AgentFormatYaml.layer)("the file of a composed agent", (it) => {
  it.effect.prop(
    "is the same byte for byte, in whatever order and however often the tiers are given",
    [Tiers],
    ([tiers]) =>
      Effect.gen(function* () {
        const { render } = yield* (yield* AgentFormat).codec
        const sources = sourcesOf(tiers)
        const expected = render(compose(sources), ["a comment"])
        assert.strictEqual(render(compose(sources), ["a comment"]), expected)
        assert.strictEqual(render(compose([...sources].reverse()), ["a comment"]), expected)
        assert.strictEqual(render(compose([...sources, ...sources]), ["a comment"]), expected)
      }),
    checked
  )
})
