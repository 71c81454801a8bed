import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { attributed, decodeHook, type HookInput, noUses, withHook } from "../../src/domain/attribution.ts"

const hook = (event: string, more: Partial<HookInput> = {}): HookInput => ({
  hook_event_name: event,
  session_id: "s",
  tool_name: "Edit",
  tool_use_id: "t1",
  ...more
})

const file = "/p/.claude/agents/reviewer.md"
const edit = hook("PostToolUse", { tool_input: { file_path: file } })
const bash = (event: string, id = "b1") => hook(event, { tool_name: "Bash", tool_use_id: id, tool_input: {} })

const kindAt = (uses: typeof noUses, path: string, now: number) =>
  Option.getOrUndefined(Option.map(attributed(uses, path, now), (by) => by["gen_ai.tool.name"]))

describe("who changed a file", () => {
  it("is the tool that named it, whenever its hook comes", () => {
    const uses = withHook(noUses, edit, 1000)
    assert.strictEqual(kindAt(uses, file, 900), "Edit")
    assert.strictEqual(kindAt(uses, file, 2400), "Edit")
    assert.isUndefined(kindAt(uses, file, 2600))
    assert.isUndefined(kindAt(uses, "/p/.claude/agents/other.md", 1000))
  })

  it("is with the sub-agent's name where there is one, and never the main conversation's type", () => {
    const sub = withHook(noUses, { ...edit, agent_id: "a1", agent_type: "writer" }, 0)
    assert.deepInclude(Option.getOrThrow(attributed(sub, file, 0)), {
      kind: "claude",
      evidence: "path",
      "gen_ai.agent.name": "writer",
      "gen_ai.agent.id": "a1"
    })
    const main = withHook(noUses, { ...edit, agent_type: "writer" }, 0)
    assert.notProperty(Option.getOrThrow(attributed(main, file, 0)), "gen_ai.agent.name")
  })

  it("is a tool that names no file only while it runs, and a moment after", () => {
    const running = withHook(noUses, bash("PreToolUse"), 1000)
    assert.isUndefined(kindAt(running, file, 999))
    assert.strictEqual(kindAt(running, file, 60_000), "Bash")
    const ended = withHook(running, bash("PostToolUse"), 5000)
    assert.strictEqual(kindAt(ended, file, 3000), "Bash")
    assert.strictEqual(kindAt(ended, file, 5299), "Bash")
    assert.isUndefined(kindAt(ended, file, 5301))
    assert.isUndefined(kindAt(withHook(running, bash("PostToolUseFailure"), 1100), file, 5000))
    assert.strictEqual(Option.getOrThrow(attributed(running, file, 2000)).evidence, "while-running")
  })

  it("is the one that named it, also while another runs", () => {
    const uses = withHook(withHook(noUses, edit, 1000), bash("PreToolUse"), 1001)
    assert.strictEqual(kindAt(uses, file, 1100), "Edit")
  })

  it("is nobody of Claude's after any other hook", () => {
    for (const event of ["SessionEnd", "SubagentStart", "UserPromptSubmit", "PreToolUse"]) {
      assert.deepStrictEqual(withHook(noUses, { ...edit, hook_event_name: event }, 0), noUses)
    }
  })

  it("forgets uses that are long over", () => {
    let uses = noUses
    for (let index = 0; index < 1000; index++) {
      const id = `b${index}`
      uses = withHook(withHook(uses, bash("PreToolUse", id), index * 1000), bash("PostToolUse", id), index * 1000 + 1)
    }
    assert.isBelow(uses.silent.length, 100)
  })
})

describe("what a hook posts", () => {
  it("is read without looking at what is not needed", () => {
    const text = JSON.stringify({ ...edit, tool_response: { content: "x" }, prompt: "secret", more: [1] })
    assert.deepStrictEqual(Option.getOrThrow(decodeHook(text)), edit)
  })

  it("is nothing where it is no hook", () => {
    for (const text of ["", "[]", "{}", '{"hook_event_name":1}', '{"hook_event_name":"x","tool_input":"y"}']) {
      assert.isTrue(Option.isNone(decodeHook(text)), text)
    }
  })
})
