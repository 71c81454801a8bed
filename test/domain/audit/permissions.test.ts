import { assert, describe, it } from "@effect/vitest"
import { agent, saidBy } from "./ruleRunner.ts"

const places = (id: string, text: string): ReadonlyArray<string> =>
  saidBy(id, text).map(({ at, severity, text: what }) => `${at} ${severity} ${what}`)

const severities = (id: string, text: string): ReadonlyArray<string> => saidBy(id, text).map(({ severity }) => severity)

describe("ineffective-restriction", () => {
  it("finds what was meant to be tools, at its place", () => {
    for (const key of [
      "allowed-tools",
      "allowedTools",
      "allowed_tools",
      "Tools",
      "TOOLS",
      "tool",
      "toools",
      "tolos",
      "too\u200bls",
      "t\u043e\u043els",
      "tools\u00a0"
    ]) {
      const [hit, ...more] = saidBy("ineffective-restriction", agent(`${key}: Read, Grep`))
      assert.strictEqual(hit?.at, "4:1", key)
      assert.strictEqual(hit?.severity, "high", key)
      assert.include(hit?.message ?? "", "it reads tools", key)
      assert.deepStrictEqual(more, [])
    }
  })

  it("finds what was meant to be disallowedTools, and names in it that are no tools", () => {
    for (const key of ["disallowed-tools", "disallowedtools", "disalowedTools", "blockedTools", "denied-tools"]) {
      assert.deepStrictEqual(severities("ineffective-restriction", agent(`${key}: Bash, Write`)), ["high"], key)
    }
    assert.deepStrictEqual(places("ineffective-restriction", agent("disallowedTools: bash, Writ")), [
      "4:18 high bash, Writ"
    ])
    assert.deepStrictEqual(severities("ineffective-restriction", agent('disallowedTools: ["*"]')), ["high"])
    assert.deepStrictEqual(severities("ineffective-restriction", agent("disallowedTools: Bash, MultiEdit")), [])
  })

  it("weighs less where the agent is restricted otherwise", () => {
    assert.deepStrictEqual(severities("ineffective-restriction", agent("tools: Read\nallowed-tools: Read")), ["low"])
    assert.deepStrictEqual(severities("ineffective-restriction", agent("tools: Read\ndisallowed-tools: Bash")), ["low"])
    assert.deepStrictEqual(severities("ineffective-restriction", agent("tools: Bash\ndisallowed-tools: Bash")), [
      "high"
    ])
  })

  it("finds keys of other clients, and modes that do not exist", () => {
    assert.deepStrictEqual(severities("ineffective-restriction", agent("readonly: true")), ["high"])
    assert.deepStrictEqual(severities("ineffective-restriction", agent("permission:\n  edit: deny")), ["high"])
    assert.deepStrictEqual(places("ineffective-restriction", agent("tools: Read\npermissionMode: Plan")), [
      "5:17 medium Plan"
    ])
  })

  it("knows what is no restriction", () => {
    const keys =
      "tools: Read\ncolor: red\ntags: [a]\nskills: x\ncategory: tools\nstools-x: 1\nreadonly: false\nemoji: x"
    assert.deepStrictEqual(saidBy("ineffective-restriction", agent(keys, "allowed-tools: Read\n")), [])
  })
})

describe("the list of tools", () => {
  it("is missing", () => {
    assert.deepStrictEqual(places("inherits-all-tools", agent("color: red")), ["2:1 info name: reviewer"])
    assert.include(saidBy("inherits-all-tools", agent("disallowedTools: Write"))[0]?.message ?? "", "but Write")
    assert.deepStrictEqual(places("inherits-all-tools", agent("tools: Read")), [])
    assert.deepStrictEqual(places("inherits-all-tools", agent("allowed-tools: Read")), [])
  })

  it("is a wildcard", () => {
    assert.deepStrictEqual(places("wildcard-tools", agent('tools: "*"')), ['4:8 low "*"'])
    assert.deepStrictEqual(places("wildcard-tools", agent("tools: Read", "Glob for *.\n")), [])
  })

  it("leaves nothing", () => {
    assert.deepStrictEqual(places("mute-agent", agent("tools: all")), ["4:8 medium all"])
    assert.deepStrictEqual(places("mute-agent", agent("tools: []")), ["4:8 low []"])
    assert.deepStrictEqual(places("mute-agent", agent("tools: read, Grep")), [])
  })

  it("holds names that the client drops", () => {
    assert.deepStrictEqual(places("dropped-tool-name", agent("tools: Read, LS, MultiEdit")), ["4:14 low LS"])
    assert.include(saidBy("dropped-tool-name", agent("tools: Read, LS, grep"))[0]?.message ?? "", '"LS" and "grep"')
    assert.deepStrictEqual(places("dropped-tool-name", agent("tools: Read, mcp__github__get_issue, Task")), [])
    assert.deepStrictEqual(places("dropped-tool-name", agent("tools: all")), [])
  })

  it("holds Bash, whatever its scope", () => {
    assert.deepStrictEqual(places("unscoped-bash", agent("tools: Read, Bash")), ["4:14 info Bash"])
    for (const scope of ["*", ":*", "sh:*", "python:*", "curl:*", "git diff:*"]) {
      assert.deepStrictEqual(places("unscoped-bash", agent(`tools: Read, Bash(${scope})`)), [
        `4:14 medium Bash(${scope})`
      ])
    }
    assert.deepStrictEqual(places("unscoped-bash", agent("tools: Read, BashOutput", "Bash(git diff:*)\n")), [])
  })
})

const described = (description: string, lines: string, body = "Review.\n"): string =>
  `---\nname: reviewer\ndescription: ${description}\n${lines}\n---\n\n${body}`

describe("says-read-only-but-can-write", () => {
  it("takes the description, the name and the body at their word", () => {
    const rule = "says-read-only-but-can-write"
    for (const words of [
      "A strictly read-only analyst",
      "Read-only reviewer. Never changes a file.",
      "Reviews code, read only.",
      "Reports problems without modifying any files",
      "Reviews and makes no changes."
    ]) {
      assert.deepStrictEqual(severities(rule, described(words, "tools: Read, Bash")), ["medium"], words)
    }
    for (const words of [
      "You are a strictly read-only agent.",
      "You must never modify files.",
      "- **Read-only**: report only.",
      "This agent operates in read-only mode."
    ]) {
      assert.deepStrictEqual(severities(rule, described("d", "tools: Read, Write", `${words}\n`)), ["medium"], words)
    }
  })

  it("counts Bash, agents, memory and MCP tools as ways to write", () => {
    const rule = "says-read-only-but-can-write"
    const words = "A read-only analyst"
    assert.deepStrictEqual(severities(rule, described(words, "tools: Read, Agent")), ["medium"])
    assert.deepStrictEqual(severities(rule, described(words, "tools: Read\nmemory: project")), ["medium"])
    assert.deepStrictEqual(severities(rule, described(words, "color: red")), ["medium"])
    assert.deepStrictEqual(severities(rule, described(words, "tools: Read, mcp__github__create_issue")), ["low"])
    assert.deepStrictEqual(severities(rule, described(words, "tools: Read, Grep, Glob")), [])
  })

  it("knows what else is read-only", () => {
    for (const words of [
      "Sets up read-only replicas of Postgres",
      "Writes to read-only memory",
      "Confirms that read-only tools cannot modify state",
      "Changes only the files of this task",
      "Never changes files outside of src",
      "You do not change code\nuntil you can explain why it fails.",
      "Never change files\r\n  outside of src",
      "Safe operations that don't modify files"
    ]) {
      const text = described(
        words,
        "tools: Read, Write",
        `${words}.\n\nUse readonly fields. You may delegate READ-ONLY work.\n`
      )
      assert.deepStrictEqual(saidBy("says-read-only-but-can-write", text), [], words)
    }
  })
})

describe("what an agent starts", () => {
  it("is a mode that asks nobody", () => {
    const mode = (name: string) => places("bypassing-permission-mode", agent(`tools: Read\npermissionMode: ${name}`))
    assert.deepStrictEqual(mode("bypassPermissions"), ["5:17 high bypassPermissions"])
    assert.deepStrictEqual(mode("auto"), ["5:17 medium auto"])
    assert.deepStrictEqual(mode("acceptEdits"), ["5:17 low acceptEdits"])
    assert.deepStrictEqual(mode("plan"), [])
    assert.deepStrictEqual(mode("default # not bypassPermissions"), [])
  })

  it("is an MCP server of its own, not one that is only named", () => {
    const own = "tools: Read\nmcpServers:\n  - files:\n      command: npx\n      args: [-y, files]"
    const [hit] = saidBy("inline-mcp-server", agent(own))
    assert.strictEqual(hit?.at, "6:5")
    assert.include(hit?.message ?? "", '"npx -y files"')
    const remote = "tools: Read\nmcpServers:\n  - far:\n      type: http\n      url: https://mcp.example.com"
    assert.deepStrictEqual(places("inline-mcp-server", agent(remote)), ["6:5 medium far"])
    assert.deepStrictEqual(places("inline-mcp-server", agent("tools: Read\nmcpServers:\n  - github")), [])
    // In a mapping the client ignores it, and says nothing.
    const mapped = "tools: Read\nmcpServers:\n  files:\n    command: npx\n    args: [-y, files]\n  other: {}\n  third:"
    assert.deepStrictEqual(places("inline-mcp-server", agent(mapped)), [
      "6:3 medium files",
      "9:3 low other",
      "10:3 low third"
    ])
    assert.deepStrictEqual(
      saidBy("inline-mcp-server", agent(mapped)).map(({ message }) => message.endsWith("list")),
      [true, true, true]
    )
  })
})
