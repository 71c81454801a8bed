import { assert, describe, it } from "@effect/vitest"
import { completeAgent, nameProblem } from "../../src/domain/acceptance.ts"
import { type Agent, bodyOf, fieldOf, type Value } from "../../src/domain/Agent.ts"
import { AgentName } from "../../src/domain/AgentName.ts"
import { agentFrom, AnyAgent, checked } from "../fakes/agentArbitraries.ts"

const identity = AgentName.make("code-reviewer")

const agentWith = (fields: Record<string, Value>, prompt = ""): Agent => ({
  fields: Object.entries(fields).map(([key, value]) => ({ key, value, tier: "organization" })),
  parts: prompt === "" ? [] : [{ tier: "base", text: prompt }]
})

describe("a name in the frontmatter", () => {
  const fine = [
    "code-reviewer",
    "Backend Architect",
    "développeur-é",
    "评审员",
    "rocket 🚀",
    "a.b",
    "a_b",
    "@x",
    "a(b)",
    "x".repeat(256),
    "a-"
  ]
  for (const name of fine) {
    it(`may be ${JSON.stringify(name.length > 40 ? "256 letters" : name)}`, () => {
      assert.isUndefined(nameProblem(name))
    })
  }

  const refused: ReadonlyArray<readonly [name: string, problem: string]> = [
    ["", "the name is empty"],
    [" \t", "the name is empty"],
    ["x".repeat(257), "the name is longer than 256 characters"],
    ["🚀".repeat(129), "the name is longer than 256 characters"],
    ["-x", "the name starts with a hyphen"],
    ["--x", "the name starts with a hyphen"],
    ["plugin:reviewer", 'the name holds ":"'],
    ["a\uff1ab", "the name holds the character U+FF1A"],
    ["team/reviewer", 'the name holds "/"'],
    ["../x", 'the name holds "/"'],
    ["a\\b", 'the name holds "\\"'],
    ["a\nb", "the name holds the character U+000A"],
    ["a\u0000b", "the name holds the character U+0000"],
    ["a\u001b[31mb", "the name holds the character U+001B"],
    ["a\u0085b", "the name holds the character U+0085"],
    ["a\u202eb", "the name holds the character U+202E"],
    ["a\u200bb", "the name holds the character U+200B"],
    ["a\u2028b", "the name holds the character U+2028"],
    ["a\u2066b", "the name holds the character U+2066"],
    ["\ufeffa", "the name holds the character U+FEFF"]
  ]
  for (const [name, problem] of refused) {
    it(`may not be ${JSON.stringify(name.length > 40 ? `${name.slice(0, 2)}…` : name)}: ${problem}`, () => {
      assert.strictEqual(nameProblem(name), problem)
    })
  }
})

describe("what Claude Code needs to load an agent", () => {
  it("is there already: nothing changes", () => {
    const agent = agentWith({ tools: "Read", description: "d", name: "n" })
    assert.deepStrictEqual(completeAgent(identity, agent), { agent, repairs: [] })
  })

  it("a missing name is that of the file, and comes first", () => {
    const { agent, repairs } = completeAgent(identity, agentWith({ tools: "Read", description: "d" }))
    assert.deepStrictEqual(agent.fields[0], { key: "name", value: "code-reviewer", tier: "base" })
    assert.deepStrictEqual(
      agent.fields.map(({ key }) => key),
      ["name", "tools", "description"]
    )
    assert.deepStrictEqual(repairs, ['has no name; "code-reviewer" is used'])
  })

  it("a missing description is the first words of the prompt, without Markdown's marks", () => {
    const { agent, repairs } = completeAgent(identity, agentWith({ name: "n" }, "\n# Reviews changes\n\nYou are…"))
    assert.strictEqual(fieldOf(agent, "description"), "Reviews changes")
    assert.strictEqual(repairs.length, 1)
  })

  it("a description from a long prompt is cut", () => {
    const { agent } = completeAgent(identity, agentWith({ name: "n" }, "word ".repeat(100)))
    assert.strictEqual(fieldOf(agent, "description"), "word ".repeat(40))
  })

  it("without any prompt the description is the name of the file", () => {
    const { agent } = completeAgent(identity, agentWith({ name: "n" }, "---\n***\n"))
    assert.strictEqual(fieldOf(agent, "description"), "code-reviewer")
  })

  for (const value of [null, 5, true, "", " \n", [], ["n"], { a: "b" }]) {
    it(`${JSON.stringify(value)} as name and description counts as missing, for the client does not load it`, () => {
      const { agent, repairs } = completeAgent(identity, agentWith({ name: value, description: value }, "Reviews."))
      assert.strictEqual(fieldOf(agent, "name"), "code-reviewer")
      assert.strictEqual(fieldOf(agent, "description"), "Reviews.")
      assert.strictEqual(repairs.length, 2)
    })
  }

  it.prop(
    "is always there afterwards, each key once, the prompt as it was; and a second time changes nothing",
    [AnyAgent],
    ([any]) => {
      const before = agentFrom(any)
      const { agent } = completeAgent(identity, before)
      for (const key of ["name", "description"]) {
        const values = agent.fields.filter((field) => field.key === key).map(({ value }) => value)
        assert.strictEqual(values.length, 1)
        assert.isTrue(typeof values[0] === "string" && values[0].trim() !== "")
      }
      assert.strictEqual(bodyOf(agent), bodyOf(before))
      assert.deepStrictEqual(completeAgent(identity, agent), { agent, repairs: [] })
    },
    checked
  )
})
