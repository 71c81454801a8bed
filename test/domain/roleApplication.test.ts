import { assert, describe, it } from "@effect/vitest"
import { type Agent, bodyOf, fieldOf, type Value } from "../../src/domain/Agent.ts"
import { Slug } from "../../src/domain/AgentName.ts"
import { builtInRoles, mayTake, type RoleModifier } from "../../src/domain/Role.ts"
import { applyRole, coachingTools, isMute, splitTools } from "../../src/domain/roleApplication.ts"
import { agentFrom, AnyAgent, AnyRole, checked, roleFrom } from "../fakes/agentArbitraries.ts"

const agentWith = (fields: Record<string, Value>, prompt = "Do the work."): Agent => ({
  fields: Object.entries(fields).map(([key, value]) => ({ key, value, tier: "base" })),
  parts: [{ tier: "base", text: prompt }]
})

const role = (change: Partial<RoleModifier>): RoleModifier => ({
  name: Slug.make("some-role"),
  mode: "collaborative",
  promptPrefix: "",
  toolsRemoved: [],
  ...change
})

const coaching = role({ mode: "coaching" })

const everything = "everything"

/** The tools that Claude Code 2.1.330 grants by `tools` alone, scopes left out, as measured with the real client. */
const grantedBy = (tools: Value | undefined): ReadonlySet<string> | typeof everything => {
  if (tools === undefined) return everything
  const texts = typeof tools === "string" ? [tools] : Array.isArray(tools) ? tools : []
  const names = texts
    .filter((text) => typeof text === "string")
    .flatMap((text) => text.replaceAll(/\([^)]*\)/g, "").split(/[\s,]+/))
    .filter((name) => name !== "")
  return names.includes("*") ? everything : new Set(names)
}

const withoutScope = (value: Value | undefined): ReadonlyArray<string> =>
  typeof value === "string" ? splitTools(value).map((tool) => tool.replace(/\(.*$/s, "")) : []

describe("applying a role", () => {
  it.prop(
    "twice is the same as once",
    [AnyAgent, AnyRole],
    ([agent, modifier]) => {
      const once = applyRole(agentFrom(agent), roleFrom(modifier))
      assert.deepStrictEqual(applyRole(once, roleFrom(modifier)), once)
    },
    checked
  )

  it.prop(
    "never grants a tool that the agent did not have",
    [AnyAgent, AnyRole],
    ([agent, modifier]) => {
      const before = grantedBy(fieldOf(agentFrom(agent), "tools"))
      const after = grantedBy(fieldOf(applyRole(agentFrom(agent), roleFrom(modifier)), "tools"))
      if (before === everything) return
      assert.notStrictEqual(after, everything)
      for (const tool of after) assert.include([...before], tool)
    },
    checked
  )

  it.prop(
    "keeps every key once and in its place; new ones come last and are said to be the role's",
    [AnyAgent, AnyRole],
    ([agent, modifier]) => {
      const before = agentFrom(agent).fields
      const after = applyRole(agentFrom(agent), roleFrom(modifier)).fields
      const keys = after.map(({ key }) => key)
      assert.strictEqual(new Set(keys).size, keys.length)
      const old = new Map(before.map((field) => [field.key, field]))
      const stayed = keys.filter((key) => old.has(key))
      assert.deepStrictEqual(keys.slice(0, stayed.length), stayed)
      assert.deepStrictEqual(
        before.map(({ key }) => key).filter((key) => keys.includes(key)),
        stayed
      )
      for (const field of after) {
        if (field.tier === "role") continue
        assert.deepStrictEqual(field, old.get(field.key))
      }
    },
    checked
  )

  it.prop(
    "leaves the agent's own prompt alone and puts the prefix above it",
    [AnyAgent, AnyRole],
    ([agent, modifier]) => {
      const prefix = modifier.promptPrefix.trim()
      assert.deepStrictEqual(applyRole(agentFrom(agent), roleFrom(modifier)).parts, [
        ...(prefix === "" ? [] : [{ tier: "role" as const, text: prefix }]),
        ...agent.parts
      ])
    },
    checked
  )

  it.prop(
    "takes back what the role before said in the prompt, and says its own",
    [AnyAgent, AnyRole, AnyRole],
    ([agent, first, second]) => {
      const changed = applyRole(applyRole(agentFrom(agent), roleFrom(first)), roleFrom(second))
      assert.deepStrictEqual(changed.parts, applyRole(agentFrom(agent), roleFrom(second)).parts)
    },
    checked
  )

  it("a role that asks for nothing changes nothing", () => {
    const agent = agentWith({
      name: "a",
      tools: ["Read", "Bash(git *)"],
      permissionMode: "acceptEdits",
      memory: "user"
    })
    assert.deepStrictEqual(applyRole(agent, role({})), agent)
    assert.deepStrictEqual(applyRole(agent, role({ mode: "autonomous" })), agent)
  })

  it("the prefix stands above the prompt, with one blank line between", () => {
    assert.strictEqual(
      bodyOf(applyRole(agentWith({}, "Own."), role({ promptPrefix: "  First.\n" }))),
      "First.\n\nOwn.\n"
    )
  })
})

describe("coaching", () => {
  const escapes = ["memory", "mcpServers", "hooks", "skills", "background", "isolation", "initialPrompt"]

  it.prop(
    "leaves reading tools alone, whatever the agent declared",
    [AnyAgent, AnyRole],
    ([agent, modifier]) => {
      const coached = applyRole(agentFrom(agent), { ...roleFrom(modifier), mode: "coaching" })
      const tools = fieldOf(coached, "tools")
      assert.isString(tools)
      for (const tool of grantedBy(tools)) assert.include([...coachingTools], tool)
      assert.notInclude(tools, "*")
    },
    checked
  )

  it.prop(
    "leaves no key through which tools or code would come back",
    [AnyAgent, AnyRole],
    ([agent, modifier]) => {
      const coached = applyRole(agentFrom(agent), { ...roleFrom(modifier), mode: "coaching" })
      for (const key of escapes) assert.isUndefined(fieldOf(coached, key), key)
      const mode = fieldOf(coached, "permissionMode")
      assert.include([undefined, "default", modifier.permissionMode], mode)
    },
    checked
  )

  const cases: ReadonlyArray<readonly [said: string, tools: Value | undefined, left: string]> = [
    ["no list of tools, which is every tool", undefined, "Read, Grep, Glob, WebFetch, WebSearch"],
    ["the star", "*", "Read, Grep, Glob, WebFetch, WebSearch"],
    ["the star in a list", ["*"], "Read, Grep, Glob, WebFetch, WebSearch"],
    ["a star among others", "Read, *", "Read, Grep, Glob, WebFetch, WebSearch"],
    ["a star among others in a list", ["Bash", "*"], "Read, Grep, Glob, WebFetch, WebSearch"],
    ["Bash", "Read, Bash", "Read"],
    ["Bash with a scope", "Grep, Bash(git diff:*), Bash(ls, cat)", "Grep"],
    ["Write and Edit", ["Read", "Write", "Edit", "MultiEdit", "NotebookEdit"], "Read"],
    ["Agent, which could start one that writes", "Read, Agent, Agent(general-purpose), Task", "Read"],
    ["the tools of an MCP server", "Read, mcp__probe__write_file, mcp__probe, mcp__*", "Read"],
    ["reading tools with a scope", "Read(src/**), WebFetch(domain:example.com)", "Read, WebFetch"],
    ["reading tools in an order of its own", "WebSearch, Glob, Read", "Read, Glob, WebSearch"],
    ["only tools that are taken away", "Bash, Write", ""],
    ["an empty list", [], ""],
    ["an empty text", "", ""],
    ["null", null, ""],
    ["a mapping", { Read: true }, ""],
    ["a number", 5, ""],
    ["names in the wrong case", "read, BASH", ""],
    ["a list with other things than text", ["Read", 5, null, ["Bash"]], "Read"]
  ]

  for (const [said, tools, left] of cases) {
    it(`of an agent that declares ${said}, leaves "${left}"`, () => {
      const agent = agentWith(tools === undefined ? { name: "a" } : { name: "a", tools })
      assert.strictEqual(fieldOf(applyRole(agent, coaching), "tools"), left)
    })
  }

  for (const key of escapes) {
    it(`takes ${key} away`, () => {
      const agent = agentWith({ name: "a", tools: "Read", [key]: "project" })
      assert.deepStrictEqual(
        applyRole(agent, coaching).fields.map((field) => field.key),
        ["name", "tools"]
      )
    })
  }

  it("takes away hooks and MCP servers that are written out in the frontmatter", () => {
    const agent = agentWith({
      hooks: { Stop: [{ hooks: [{ type: "command", command: "curl evil" }] }] },
      mcpServers: [{ evil: { command: "node", args: ["evil.js"] } }],
      tools: "Read"
    })
    assert.deepStrictEqual(
      applyRole(agent, coaching).fields.map((field) => field.key),
      ["tools"]
    )
  })

  for (const mode of ["acceptEdits", "auto", "bypassPermissions", "dontAsk", "plan"]) {
    it(`turns the agent's own permission mode ${mode} into default`, () => {
      const agent = agentWith({ permissionMode: mode })
      assert.strictEqual(fieldOf(applyRole(agent, coaching), "permissionMode"), "default")
    })
  }

  it("does not invent a permission mode for an agent without one", () => {
    assert.isUndefined(fieldOf(applyRole(agentWith({}), coaching), "permissionMode"))
  })

  it("keeps the fields that grant nothing", () => {
    const agent = agentWith({ name: "a", description: "d", model: "opus", color: "red", "x-own": { a: [1] } })
    const after = applyRole(agent, coaching)
    for (const key of ["name", "description", "model", "color", "x-own"]) {
      assert.deepStrictEqual(fieldOf(after, key), fieldOf(agent, key))
    }
  })
})

describe("tools that a role takes away", () => {
  it("leave the list, with and without a scope", () => {
    const agent = agentWith({ tools: "Read, Bash(git diff:*), Bash, Write" })
    assert.strictEqual(fieldOf(applyRole(agent, role({ toolsRemoved: ["Bash"] })), "tools"), "Read, Write")
  })

  it("leave it whole even where the role names a scope: a scope does not limit Claude Code", () => {
    const agent = agentWith({ tools: ["Read", "Bash"] })
    const after = applyRole(agent, role({ toolsRemoved: ["Bash(rm *)"] }))
    assert.strictEqual(fieldOf(after, "tools"), "Read")
    assert.strictEqual(fieldOf(after, "disallowedTools"), "Bash")
  })

  it("are disallowed as well, so that an agent with every tool loses them too", () => {
    for (const agent of [agentWith({}), agentWith({ tools: "*" }), agentWith({ tools: ["*"] })]) {
      const after = applyRole(agent, role({ toolsRemoved: ["Bash", "Write", "mcp__probe"] }))
      assert.strictEqual(fieldOf(after, "disallowedTools"), "Bash, Write, mcp__probe")
      assert.deepStrictEqual(fieldOf(after, "tools"), fieldOf(agent, "tools"))
    }
  })

  it("join those that the agent disallows itself, each once", () => {
    const list = agentWith({ disallowedTools: ["Write", "Bash"] })
    assert.strictEqual(
      fieldOf(applyRole(list, role({ toolsRemoved: ["Bash", "Edit"] })), "disallowedTools"),
      "Write, Bash, Edit"
    )
    const text = agentWith({ disallowedTools: "Write, Agent" })
    assert.strictEqual(fieldOf(applyRole(text, role({ toolsRemoved: ["Agent"] })), "disallowedTools"), "Write, Agent")
  })

  it.prop(
    "are in no agent's list and in every agent's disallowed ones",
    [AnyAgent, AnyRole],
    ([agent, modifier]) => {
      const after = applyRole(agentFrom(agent), roleFrom(modifier))
      for (const tool of modifier.toolsRemoved.map((each) => each.replace(/\(.*$/, ""))) {
        assert.notInclude(withoutScope(fieldOf(after, "tools")), tool)
        assert.include(withoutScope(fieldOf(after, "disallowedTools")), tool)
      }
    },
    checked
  )

  it("narrow a coaching agent further", () => {
    const after = applyRole(agentWith({}), role({ mode: "coaching", toolsRemoved: ["WebFetch", "WebSearch"] }))
    assert.strictEqual(fieldOf(after, "tools"), "Read, Grep, Glob")
  })
})

describe("a role's permission mode", () => {
  it("wins over the agent's own", () => {
    const agent = agentWith({ permissionMode: "acceptEdits" })
    assert.strictEqual(fieldOf(applyRole(agent, role({ permissionMode: "plan" })), "permissionMode"), "plan")
  })

  it("is set on an agent without one, in every mode", () => {
    for (const mode of ["coaching", "collaborative", "autonomous"] as const) {
      const after = applyRole(agentWith({}), role({ mode, permissionMode: "plan" }))
      assert.strictEqual(fieldOf(after, "permissionMode"), "plan")
    }
  })

  it("is not claimed for the role where the agent said the same", () => {
    const agent = agentWith({ permissionMode: "plan" })
    assert.deepStrictEqual(applyRole(agent, role({ permissionMode: "plan" })).fields, agent.fields)
  })
})

describe("the text of a list of tools", () => {
  it("is cut at commas outside of parentheses", () => {
    assert.deepStrictEqual(splitTools("Read, Bash(ls, cat -n), , Grep ,mcp__a__b"), [
      "Read",
      "Bash(ls, cat -n)",
      "Grep",
      "mcp__a__b"
    ])
    assert.deepStrictEqual(splitTools(" , "), [])
  })
})

describe("a mute agent", () => {
  it("is one whose list of tools is there and empty", () => {
    for (const tools of ["", [], null, " , "]) assert.isTrue(isMute(agentWith({ tools })))
    for (const tools of ["*", ["Read"], "Bash(git *)"]) assert.isFalse(isMute(agentWith({ tools })))
    assert.isFalse(isMute(agentWith({})))
  })

  it("comes of a role that takes away all it had", () => {
    assert.isTrue(isMute(applyRole(agentWith({ tools: "Bash" }), coaching)))
  })
})

describe("asking for another role", () => {
  const named = (name: string, mode: RoleModifier["mode"]) => role({ name: Slug.make(name), mode })

  it("is allowed downwards and for one's own, never upwards and never sideways", () => {
    const [junior, intermediate, senior] = ["junior", "intermediate", "senior"].map((name) =>
      builtInRoles.find((each) => each.name === name)
    )
    assert.isDefined(junior)
    assert.isDefined(intermediate)
    assert.isDefined(senior)
    assert.isTrue(mayTake(senior, intermediate))
    assert.isTrue(mayTake(senior, junior))
    assert.isTrue(mayTake(intermediate, junior))
    assert.isFalse(mayTake(junior, intermediate))
    assert.isFalse(mayTake(junior, senior))
    assert.isFalse(mayTake(intermediate, senior))
    for (const each of builtInRoles) assert.isTrue(mayTake(each, each))
    assert.isFalse(mayTake(named("reviewer", "coaching"), named("tester", "coaching")))
    assert.isFalse(mayTake(named("builder", "autonomous"), named("fixer", "autonomous")))
  })
})
