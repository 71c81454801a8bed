/** Which hooks block was asked of Claude Code 2.1.330 itself, each line of the two tables below. */
import { assert, describe, it } from "@effect/vitest"
import { agent, saidBy, type Said } from "./ruleRunner.ts"

const hooks = (event: string, matcher: string | undefined, hook: object): string =>
  agent(
    [
      "tools: Read, Bash",
      "hooks:",
      `  ${event}:`,
      ...(matcher === undefined ? ["    - hooks:"] : [`    - matcher: ${JSON.stringify(matcher)}`, "      hooks:"]),
      `        - ${JSON.stringify(hook)}`
    ].join("\n")
  )

const command = (text: string, more: object = {}): object => ({ type: "command", command: text, ...more })

const judged = (event: string, matcher: string | undefined, hook: object): Said | undefined =>
  saidBy("blocking-hook-that-does-not-block", hooks(event, matcher, hook))[0]

const deny = (answer: object): string => `echo '${JSON.stringify(answer)}'`
const nested = (fields: object): object => ({ hookSpecificOutput: fields })

describe("a hook that blocks", () => {
  const blocks: ReadonlyArray<readonly [string, string | undefined, object]> = [
    ["Bash", "Bash", command("echo no >&2; exit 2")],
    ["no matcher", undefined, command("echo no >&2; exit 2")],
    ["an empty one", "", command("exit 2")],
    ["a star", "*", command("exit 2")],
    ["one of several", "Write|Bash", command("exit 2")],
    ["commas", "Write, Bash", command("exit 2")],
    ["spaces", "Write | Bash", command("exit 2")],
    ["a regular expression", "Ba.*", command("exit 2")],
    ["part of one", "a.h", command("exit 2")],
    ["a condition", "Bash", command("[ -f x ] && exit 2 || true")],
    ["an end that allows", "Bash", command("if grep -q rm; then echo Blocked >&2; exit 2; fi; exit 0")],
    ["another failure beside", "Bash", command("jq . || exit 1; echo blocked >&2; exit 2")],
    ["a shell within", "Bash", command("bash -c 'exit 2'")],
    ["Python", "Bash", command('python3 -c "import sys; sys.exit(2)"')],
    ["a failure that blocks", "Bash", command("exit 1", { onFailure: "block" })],
    ["an answer", "Bash", command(deny(nested({ hookEventName: "PreToolUse", permissionDecision: "deny" })))],
    [
      "an answer with exit code 1",
      "Bash",
      command(`${deny(nested({ hookEventName: "PreToolUse", permissionDecision: "deny" }))}; exit 1`)
    ],
    ["the old answer", "Bash", command(deny({ decision: "block", reason: "x" }))],
    ["a script", "Bash", command("./guard.sh")],
    ["an address that must answer", "Bash", { type: "http", url: "http://127.0.0.1:9/x", onFailure: "block" }]
  ]
  for (const [name, matcher, hook] of blocks) {
    it(`is not called out: ${name}`, () => {
      assert.isUndefined(judged("PreToolUse", matcher, hook)?.message)
    })
  }

  it("does not have to block at all", () => {
    assert.isUndefined(judged("PostToolUse", "Edit", command("npx prettier --write . || exit 2"))?.message)
    assert.isUndefined(judged("PreToolUse", "Bash", command("date >> log.txt"))?.message)
    assert.isUndefined(judged("Stop", undefined, command("exit 1"))?.message)
  })
})

describe("a hook that means to block and does not", () => {
  const misses: ReadonlyArray<readonly [string, string, string | undefined, object, string]> = [
    ["exit code 1", "PreToolUse", "Bash", command("echo no >&2; exit 1"), "exit code 1"],
    ["in small letters", "PreToolUse", "bash", command("exit 2"), "did it mean Bash?"],
    ["part of a name", "PreToolUse", "Bas", command("exit 2"), "matched whole"],
    ["a permission rule", "PreToolUse", "Bash(rm:*)", command("exit 2"), "permission rule"],
    ["no regular expression", "PreToolUse", "Bash(", command("exit 2"), "no valid regular expression"],
    ["an event in small letters", "preToolUse", "Bash", command("exit 2"), "it is called PreToolUse"],
    ["no event", "PreTool", "Bash", command("exit 2"), "knows no event"],
    ["too late", "PostToolUse", "Bash", command("echo 'Blocked'; exit 2"), "after the tool has run"],
    ["async", "PreToolUse", "Bash", command("exit 2", { async: true }), "async"],
    ["swallowed", "PreToolUse", "Bash", command("(exit 2) || true"), "||"],
    ["in the background", "PreToolUse", "Bash", command("(exit 2) &"), "background"],
    ["in a pipe", "PreToolUse", "Bash", command("exit 2 | cat"), "pipe"],
    ["a text alone", "PreToolUse", "Bash", command("echo 'Blocked: not allowed'"), "only prints"],
    ["a quoted exit", "PreToolUse", "Bash", command("echo 'exit 2'; exit 1"), "exit code 1"],
    ["JSON at the top", "PreToolUse", "Bash", command(deny({ permissionDecision: "deny" })), "hookSpecificOutput"],
    [
      "another word",
      "PreToolUse",
      "Bash",
      command(deny(nested({ hookEventName: "PreToolUse", permissionDecision: "block" }))),
      'called "deny"'
    ],
    ["no event in it", "PreToolUse", "Bash", command(deny(nested({ permissionDecision: "deny" }))), "hookEventName"],
    [
      "JSON on standard error",
      "PreToolUse",
      "Bash",
      command(`${deny(nested({ hookEventName: "PreToolUse", permissionDecision: "deny" }))} >&2`),
      "standard output"
    ],
    ["a script swallowed", "PreToolUse", "Bash", command("./guard.sh || true"), "||"]
  ]
  for (const [name, event, matcher, hook, reason] of misses) {
    it(`is called out: ${name}`, () => {
      const hit = judged(event, matcher, hook)
      assert.include(hit?.message ?? "", reason)
      assert.strictEqual(hit?.severity, "high")
    })
  }

  it("only fails open where an address does not answer", () => {
    assert.strictEqual(judged("PreToolUse", "Bash", { type: "http", url: "http://127.0.0.1:9/x" })?.severity, "low")
  })

  it("is found at the very place that is wrong", () => {
    assert.strictEqual(judged("PreToolUse", "Bash", command("exit 1"))?.text, "exit 1")
    assert.strictEqual(judged("PreToolUse", "bash", command("exit 2"))?.text, "bash")
    assert.strictEqual(judged("PreTool", "Bash", command("exit 2"))?.at, "6:3")
  })
})

describe("hooks-execute", () => {
  it("names each command, at its place", () => {
    const text = agent(
      "tools: Read\nhooks:\n  Stop:\n    - hooks:\n        - type: command\n          command: ./a.sh\n        - type: command\n          command: ./b.sh"
    )
    assert.deepStrictEqual(
      saidBy("hooks-execute", text).map(({ at, severity, text: what }) => `${at} ${severity} ${what}`),
      ["9:20 medium ./a.sh", "11:20 medium ./b.sh"]
    )
    assert.deepStrictEqual(saidBy("hooks-execute", agent("tools: Read", "Use React hooks:\n\nhooks:\n  Stop: x\n")), [])
  })
})
