import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Capability, type CapabilityRow, type Reach } from "../../../src/domain/audit/ClientModel.ts"
import { capabilityChanges, isNoChange } from "../../../src/domain/audit/capabilityChanges.ts"
import { capabilityTable, changeLines } from "../../../src/domain/audit/capabilityText.ts"
import { splitAsClient } from "../../../src/domain/audit/clientTools.ts"
import { modelOf } from "../../../src/domain/audit/modelOf.ts"
import type { Line } from "../../../src/domain/text.ts"
import { read } from "../../../src/layers/agentReader.ts"
import { Text } from "../../fakes/agentArbitraries.ts"
import { hookProbes, serverProbes } from "../../support/extraProbes.ts"
import { loadingProbes } from "../../support/loadingProbes.ts"

const model = (text: string) => modelOf(read("a.md", new TextEncoder().encode(text)))
const agent = (yaml: string) => model(`---\nname: a\ndescription: D\n${yaml}\n---\n\nBody.\n`)

const can = (yaml: string): Record<string, string> =>
  Object.fromEntries(
    agent(yaml)
      .capabilities.filter(({ reach }) => reach !== "no")
      .map(({ by, capability, reach }) => [capability, reach === "yes" ? by : `${reach}: ${by}`])
  )

const everything = [
  "reads files",
  "writes files",
  "runs commands",
  "reaches the network",
  "spawns agents",
  "uses MCP tools"
]

describe("what an agent can do", () => {
  it.each<readonly [string, Record<string, string>]>([
    ["", Object.fromEntries(everything.map((each) => [each, "no tools key"]))],
    ["tools: '*'", Object.fromEntries(everything.map((each) => [each, "tools: *"]))],
    ["tools: Read, Grep", { "reads files": "Read, Grep" }],
    ["tools:", {}],
    ["tools: Foo", {}],
    ["tools: Foo\nmcpServers: [{a: {command: x}}]", {}],
    ["tools: NotebookEdit, WebFetch", { "writes files": "NotebookEdit", "reaches the network": "WebFetch" }],
    [
      "tools: Bash",
      { "reads files": "Bash", "writes files": "Bash", "runs commands": "Bash", "reaches the network": "Bash" }
    ],
    ["tools: Task", Object.fromEntries(everything.map((each) => [each, "Agent"]))],
    [
      "tools: Monitor, Edit(x)",
      {
        "reads files": "Monitor",
        "writes files": "Edit(x), its scope ignored",
        "runs commands": "Monitor",
        "reaches the network": "Monitor"
      }
    ],
    ["tools: mcp__a, mcp__b__c", { "uses MCP tools": "scoped: mcp__a, mcp__b__c" }],
    [
      "disallowedTools: Bash, Write, Edit, mcp__a",
      {
        "reads files": "no tools key",
        "writes files": "NotebookEdit",
        "runs commands": "PowerShell",
        "reaches the network": "no tools key",
        "spawns agents": "no tools key",
        "uses MCP tools": "no tools key, less mcp__a"
      }
    ],
    [
      "disallowedTools: Agent, Bash, PowerShell, Write, Edit, NotebookEdit, mcp__*",
      { "reads files": "no tools key", "reaches the network": "no tools key" }
    ],
    [
      "tools: Grep\nmemory: user",
      { "reads files": "Read, Grep", "writes files": "Write, Edit", "keeps memory": "memory: user" }
    ],
    [
      "tools: []\nmcpServers: [{a: {command: x}}, b]",
      { "uses MCP tools": "scoped: mcpServers: a", "starts MCP servers": "a" }
    ],
    [
      "tools: []\nhooks: {Stop: [{hooks: [{type: command, command: x}]}]}\npermissionMode: auto",
      { "runs hooks": "Stop", "skips permission checks": "scoped: permissionMode: auto" }
    ],
    ["name: ''", {}]
  ])("%j", (yaml, expected) => {
    assert.deepStrictEqual(can(yaml), expected)
  })

  it("names what the client drops, where it stands", () => {
    const text = "---\nname: a\ndescription: D\ntools: [Read, Reed, 'TodoWrite LS']\n---\n"
    const { dropped } = model(text).tools
    assert.deepStrictEqual(
      dropped.map(({ end, name, start }) => [name, text.slice(start, end)]),
      [
        ["Reed", "Reed"],
        ["TodoWrite", "TodoWrite"],
        ["LS", "LS"]
      ]
    )
  })

  it("splits a list as the client does", () => {
    assert.deepStrictEqual(splitAsClient(" Read,Bash(a, b) Grep,\n Edit\tX (y z)w "), [
      "Read",
      "Bash(a, b)",
      "Grep",
      "Edit\tX",
      "(y z)w"
    ])
  })

  it("says why a file does not load, and where", () => {
    const text = "---\nname: 'a:b'\ndescription: D\n---\n"
    const { loading } = model(text)
    assert(!loading.loads)
    assert.deepStrictEqual(
      [loading.reason, text.slice(loading.at.start, loading.at.end)],
      ["the name holds a colon", "'a:b'"]
    )
  })

  // The same tables are asked of the client in test/e2e/clientModel.test.ts.
  it("loads what the client was seen to load", () => {
    for (const { description, text } of loadingProbes) {
      const bytes = typeof text === "string" ? new TextEncoder().encode(text.replaceAll("$", "own")) : text
      assert.strictEqual(
        modelOf(read("a.md", bytes)).loading.loads,
        description !== undefined,
        JSON.stringify(text).slice(0, 200)
      )
    }
    for (const [yaml, expected] of hookProbes) assert.strictEqual(agent(yaml).loading.loads, expected !== "no", yaml)
    for (const [yaml, starts] of serverProbes) assert.strictEqual("starts MCP servers" in can(yaml), starts, yaml)
  })
})

const order: ReadonlyArray<Reach> = ["no", "scoped", "yes"]
const toolName = Schema.Literals([
  "Read",
  "Write",
  "Bash",
  "Task",
  "Agent(x)",
  "WebFetch",
  "Bash(git diff:*)",
  "mcp__a",
  "mcp__a__b",
  "mcp__*",
  "Foo",
  "*",
  "Monitor",
  "read",
  "KillShell",
  "Skill",
  "NotebookEdit",
  "Grep"
])
const rest = Schema.Literals([
  "",
  "memory: project",
  "disallowedTools: Write",
  "permissionMode: acceptEdits",
  "hooks: {Stop: [{hooks: [{type: command, command: x}]}]}",
  "mcpServers: [{a: {command: x}}]"
])

const shown = (lines: ReadonlyArray<Line>) =>
  lines.map((line) => line.map((span) => (typeof span === "string" ? span : span.text)).join(""))

describe("properties", () => {
  it.prop(
    "one tool more takes no capability away",
    [Schema.Array(toolName), toolName, rest],
    ([tools, more, other]) => {
      const rows = (list: ReadonlyArray<string>) => agent(`tools: ${JSON.stringify(list)}\n${other}`).capabilities
      const [before, after] = [rows(tools), rows([...tools, more])]
      // A list of nothing starts; with only an unknown name in it, it is refused. That is the one step down.
      if (agent(`tools: ${JSON.stringify([...tools, more])}\n${other}`).tools.refused) return
      for (const [index, row] of before.entries()) {
        assert.isAtLeast(order.indexOf(after[index]?.reach ?? "no"), order.indexOf(row.reach), row.capability)
      }
      const { losses, narrowings } = capabilityChanges(before, after)
      assert.deepStrictEqual([losses, narrowings], [[], []])
    }
  )

  it.prop("an agent without a tool has no capability of tools", [rest], ([other]) => {
    if (/memory|mcpServers/.test(other)) return
    const tools: ReadonlyArray<string> = everything
    assert.isFalse(
      agent(`tools: []\n${other}`).capabilities.some((row) => row.reach !== "no" && tools.includes(row.capability))
    )
  })

  it.prop(
    "there is an answer for any bytes",
    [Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })))],
    ([bytes]) => {
      const prefix = [...new TextEncoder().encode("---\nname: a\ndescription: D\n")]
      for (const each of [bytes, [...prefix, ...bytes], [...prefix, ...bytes, 10, 45, 45, 45, 10]]) {
        assert.strictEqual(modelOf(read("a.md", Uint8Array.from(each))).capabilities.length, Capability.literals.length)
      }
    }
  )

  it.prop("and for any text", [Text, Text], ([key, value]) => {
    assert.strictEqual(agent(`${key}: ${value}\ntools: ${value}\nhooks: ${value}`).capabilities.length, 10)
  })
})

describe("what changes", () => {
  const rows = (yaml: string): ReadonlyArray<CapabilityRow> => agent(yaml).capabilities
  const lines = (before: string, after: string) =>
    shown(changeLines("code-reviewer", capabilityChanges(rows(before), rows(after))))

  it("is said in a line for gains and one for losses, with its reason", () => {
    assert.deepStrictEqual(lines("tools: Read", "tools: Read, WebFetch"), [
      "  code-reviewer gains: reaches the network (WebFetch)"
    ])
    assert.deepStrictEqual(lines("tools: Read", "tools: Read, Bash"), [
      "  code-reviewer gains: writes files, runs commands, reaches the network (Bash)"
    ])
    assert.deepStrictEqual(lines("tools: Read, Edit\nmemory: user", "tools: Grep"), [
      "  code-reviewer loses: writes files (Write, Edit); keeps memory (memory: user)"
    ])
    assert.deepStrictEqual(lines("tools: mcp__a", "tools: mcp__b"), ["  code-reviewer gains: uses MCP tools (mcp__b)"])
    assert.deepStrictEqual(lines("tools: mcp__a, mcp__b", "tools: mcp__b"), [
      "  code-reviewer narrows: uses MCP tools (mcp__b)"
    ])
    assert.deepStrictEqual(lines("tools: Read", "tools: Read, Grep\ncolor: red"), [])
    assert.isTrue(isNoChange(capabilityChanges(rows("tools: Read"), rows("tools: Grep"))))
  })

  it("what is all narrows to a part", () => {
    const { gains, narrowings } = capabilityChanges(rows(""), rows("tools: mcp__a"))
    assert.deepStrictEqual(
      [gains, narrowings],
      [[], [{ capability: "uses MCP tools", before: "yes", after: "scoped", by: "mcp__a" }]]
    )
  })

  it("stands in the table beside what a role takes away", () => {
    const { capabilities, loading } = agent("tools: Read")
    const { losses } = capabilityChanges(rows("tools: Read, Bash"), capabilities)
    const table = shown(capabilityTable(loading, false, capabilities, losses, "junior"))
    assert.deepStrictEqual(
      table.slice(0, 4).map((line) => line.trimEnd()),
      [
        "Claude Code loads it as a  (as measured with 2.1.330)",
        "  reads files              yes     Read",
        "  writes files             no      taken away by the role junior",
        "  runs commands            no      taken away by the role junior"
      ]
    )
    const none = model("Body")
    assert.deepStrictEqual(shown(capabilityTable(none.loading, false, none.capabilities, [], "junior")), [
      "Claude Code does not load it: it does not start with ---"
    ])
    assert.match(shown(capabilityTable(loading, true, capabilities, [], "junior"))[0] ?? "", /does not start it/)
  })
})
