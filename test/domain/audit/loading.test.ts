import { assert, describe, it } from "@effect/vitest"
import { agent, said, saidBy } from "./ruleRunner.ts"

const places = (id: string, text: string, options = {}): ReadonlyArray<string> =>
  saidBy(id, text, options).map(({ at, severity, text: what }) => `${at} ${severity} ${what}`)

describe("not-loadable", () => {
  it("points at what is wrong", () => {
    assert.deepStrictEqual(places("not-loadable", "---\nname: a\ndescription:\n---\nBody\n"), ["3:1 high description"])
    assert.deepStrictEqual(places("not-loadable", " \n---\nname: a\ndescription: d\n---\nBody\n"), ["1:1 high  "])
    assert.deepStrictEqual(places("not-loadable", "# Read me\n"), ["1:1 medium # Read me"])
  })

  it("says nothing of an agent that loads, whatever its body looks like", () => {
    assert.deepStrictEqual(places("not-loadable", agent("tools: Read", "\n---\nName: x\n---\n")), [])
  })

  it("leaves a file over the limit to its own rule", () => {
    const text = agent("tools: Read", "More of it.\n".repeat(100_000))
    assert.deepStrictEqual(places("not-loadable", text), [])
    assert.deepStrictEqual(
      saidBy("over-size-limit", text).map(({ severity }) => severity),
      ["high"]
    )
    const close = agent("tools: Read", "x".repeat(1_000_000))
    assert.deepStrictEqual(
      saidBy("over-size-limit", close).map(({ severity }) => severity),
      ["low"]
    )
    assert.deepStrictEqual(saidBy("over-size-limit", agent("tools: Read", "x".repeat(900_000))), [])
  })
})

describe("duplicate-key", () => {
  it("points at the one that does not count, and weighs what it grants", () => {
    assert.deepStrictEqual(places("duplicate-key", agent("tools: Read\ncolor: red\ntools: Bash\ncolor: blue")), [
      "4:1 high tools",
      "5:1 medium color"
    ])
    assert.deepStrictEqual(places("duplicate-key", agent("color: red\ncolor: red")), ["4:1 low color"])
  })

  it("does not mind the same key deeper down, in a text, or in the body", () => {
    const hooks = "hooks:\n  Stop:\n    - hooks:\n        - type: command\n          command: a\n"
    assert.deepStrictEqual(places("duplicate-key", agent(`${hooks}tools: Read`, "tools: Bash\ntools: Read\n")), [])
    assert.deepStrictEqual(places("duplicate-key", agent("x: |\n  tools: a\n  tools: b")), [])
  })
})

describe("fragile-yaml", () => {
  it("points at the value that the client mends", () => {
    const text = "---\nname: a\ndescription: Reviews. Example: user: 'x'\n---\nBody\n"
    assert.deepStrictEqual(places("fragile-yaml", text), ["3:14 low Reviews. Example: user: 'x'"])
  })

  it("leaves strict YAML alone, block texts and quotes included", () => {
    for (const value of ["'a: b: c'", '"a: b"', "|-\n  a: b\n  c: d", ">\n  a: b"]) {
      assert.deepStrictEqual(places("fragile-yaml", `---\nname: a\ndescription: ${value}\n---\nBody\n`), [])
    }
  })
})

describe("names", () => {
  it("of built-in agents are taken, letter for letter", () => {
    const named = (name: string) => places("shadows-built-in", `---\nname: ${name}\ndescription: d\n---\nBody\n`)
    for (const name of ["general-purpose", "Explore", "Plan", "statusline-setup", "claude-code-guide", "claude"]) {
      assert.deepStrictEqual(named(name), [`2:7 high ${name}`])
    }
    assert.deepStrictEqual(named("plan"), ["2:7 low plan"])
    assert.deepStrictEqual(named("planner"), [])
    assert.deepStrictEqual(named("general-purpose-reviewer"), [])
  })

  it("stand once in a run", () => {
    const text = agent("tools: Read")
    assert.deepStrictEqual(places("same-name", text), [])
    const [hit] = saidBy("same-name", text, { sameName: ["old/reviewer.md"] })
    assert.strictEqual(hit?.at, "2:7")
    assert.include(hit?.message ?? "", '"old/reviewer.md"')
  })

  it("are compared with the file's", () => {
    const text = agent("tools: Read")
    assert.deepStrictEqual(places("file-name-differs", text, { path: "team/reviewer.md" }), [])
    assert.deepStrictEqual(places("file-name-differs", text, { path: "stdin" }), [])
    assert.deepStrictEqual(places("file-name-differs", text, { path: "team/deployer.md" }), ["2:7 info reviewer"])
  })
})

describe("an ordinary agent", () => {
  it("has nothing to hear", () => {
    assert.deepStrictEqual(said(agent("tools: Read, Grep, Glob\nmodel: inherit\ncolor: blue")), [])
  })
})
