import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { claudeArguments, decodeSettings, withHooks } from "../../src/domain/claudeArguments.ts"

const parsed = (line: string) => claudeArguments(line.split(" ").filter((word) => word !== ""))

describe("arguments of Claude Code", () => {
  it("have one --settings that counts, the last, in both spellings", () => {
    assert.deepInclude(parsed("--model opus"), { settings: undefined, withoutSettings: ["--model", "opus"] })
    assert.deepInclude(parsed("--settings one.json -p hi --settings={} --verbose"), {
      settings: "{}",
      withoutSettings: ["-p", "hi", "--verbose"]
    })
    assert.deepInclude(parsed("-p -- --settings=x"), {
      settings: undefined,
      withoutSettings: ["-p", "--", "--settings=x"]
    })
    assert.deepInclude(parsed("--settings"), { settings: "", withoutSettings: [] })
  })

  it("say whether the id of the session may be chosen", () => {
    assert.deepInclude(parsed(""), { newSession: true, sessionId: undefined })
    assert.deepInclude(parsed("--session-id abc"), {
      newSession: false,
      sessionId: "abc",
      withoutSettings: ["--session-id", "abc"]
    })
    assert.deepInclude(parsed("--session-id=abc"), { newSession: false, sessionId: "abc" })
    for (const line of ["-c", "--continue", "-r x", "--resume", "--resume=x", "--from-pr 3"]) {
      assert.isFalse(parsed(line).newSession, line)
    }
  })

  it("may switch hooks off", () => {
    assert.isTrue(parsed("--bare").hooksOff)
    assert.isTrue(parsed("-p x --safe-mode").hooksOff)
    assert.isFalse(parsed("-- --bare").hooksOff)
  })
})

describe("hooks of a session", () => {
  it("are added to a person's own settings, and take nothing away", () => {
    const mine = Option.getOrThrow(
      decodeSettings('{"env":{"A":"1"},"hooks":{"PostToolUse":[{"hooks":[1]}],"Stop":[{"matcher":"x"}]}}')
    )
    const both = withHooks(mine, "http://127.0.0.1:1/", "secret")
    assert.deepStrictEqual(both["env"], { A: "1" })
    assert.deepStrictEqual(both.hooks?.["Stop"], [{ matcher: "x" }])
    assert.deepStrictEqual(both.hooks?.["PostToolUse"]?.[0], { hooks: [1] })
    assert.lengthOf(both.hooks?.["PostToolUse"] ?? [], 2)
    // A `false` of ours would switch on what the person switched off.
    assert.notProperty(both, "disableAllHooks")
  })

  it("are not added to what is no settings file", () => {
    for (const text of ["", "[]", "{", '{"hooks":[]}', '{"hooks":{"Stop":1}}', '{"disableAllHooks":"yes"}']) {
      assert.isTrue(Option.isNone(decodeSettings(text)), text)
    }
  })
})
