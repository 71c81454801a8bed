/** What the doctor makes of what it is told: pure, for each thing a pass, a warning and a failure. */
import { assert, describe, it } from "@effect/vitest"
import { Runtime } from "effect"
import { KeyName } from "../../src/domain/ApiKey.ts"
import {
  type Check,
  checkNames,
  DoctorFailed,
  failing,
  pass,
  reportOf,
  summaryText,
  together,
  warning
} from "../../src/domain/doctor.ts"
import {
  claudeVerdict,
  clockVerdict,
  diskVerdict,
  hooksVerdict,
  keysVerdict,
  laterLock,
  lockVerdict,
  nodeVerdict,
  oldestNode,
  verifiedClaude
} from "../../src/domain/doctorRules.ts"
import { shellWord } from "../../src/domain/shellWord.ts"
import { wrapped } from "../../src/domain/text.ts"
import manifest from "../../package.json" with { type: "json" }

const at = Date.UTC(2026, 0, 15)
const day = 24 * 3600 * 1000

describe("the report", () => {
  const checks = checkNames.map((name): Check => ({ name, ...pass("fine") }))

  it("has the checks in one order, whoever was done first", () => {
    assert.deepStrictEqual(
      reportOf(checks.toReversed(), []).checks.map(({ name }) => name),
      [...checkNames]
    )
  })

  it("counts, and says so in one line", () => {
    const report = reportOf(
      [
        { name: "node", ...pass("a") },
        { name: "claude", ...warning("b") },
        { name: "disk", ...failing("c") },
        { name: "lock", ...pass("d") }
      ],
      []
    )
    assert.strictEqual(summaryText(report), "2 passed, 1 warning, 1 failed")
    assert.deepInclude(report, { passed: 2, warnings: 1, failed: 1, skipped: 0 })
  })

  it("fails with exit code 1, the names, and the next command: --fix where that mends one of them", () => {
    const failed = (fixable: boolean) =>
      new DoctorFailed({
        report: reportOf([{ name: "git", ...failing("b", { next: "git rm", fixable }) }, ...checks.slice(0, 2)], [])
      })
    assert.strictEqual(failed(false).message, "1 check failed: git")
    assert.strictEqual(failed(false).next, "git rm")
    assert.strictEqual(failed(true).next, "crewkit doctor --fix")
    assert.strictEqual(failed(true)[Runtime.errorExitCode], 1)
  })

  it("puts several findings together, the worst first", () => {
    const found = [warning("one", { next: "first" }), failing("two"), pass("three"), warning("four", { fixable: true })]
    assert.deepStrictEqual(together(found, pass("all well")), {
      status: "fail",
      text: "two",
      more: ["one", "four"],
      next: "first",
      fixable: true
    })
    assert.deepStrictEqual(together([pass("three")], pass("all well")), pass("all well"))
  })
})

describe("Node", () => {
  for (const [version, status] of [
    ["18.20.0", "fail"],
    ["20.18.9", "fail"],
    ["20.19.0", "pass"],
    ["v24.1.0", "pass"],
    ["25.2.0", "warn"],
    ["27.0.0", "pass"],
    ["banana", "warn"]
  ] as const) {
    it(`${version}: ${status}`, () => assert.strictEqual(nodeVerdict(version, at).status, status))
  }

  it("warns from the day after the last of its support", () => {
    assert.strictEqual(nodeVerdict("20.19.0", Date.UTC(2026, 3, 30, 23)).status, "pass")
    assert.strictEqual(nodeVerdict("20.19.0", Date.UTC(2026, 4, 1)).status, "warn")
  })

  it("asks for what package.json asks for", () => assert.strictEqual(manifest.engines.node, `>=${oldestNode}`))
})

describe("Claude Code", () => {
  for (const [version, status] of [
    [verifiedClaude, "pass"],
    ["2.1.331", "pass"],
    ["2.2.0", "pass"],
    ["3.0.0", "warn"],
    ["2.1.329", "warn"],
    [undefined, "warn"]
  ] as const) {
    it(`${version}: ${status}`, () => assert.strictEqual(claudeVerdict("/bin/claude", version).status, status))
  }
})

describe("the clock", () => {
  const date = "Thu, 15 Jan 2026 00:00:00 GMT"
  for (const [ours, status] of [
    [at, "pass"],
    [at + 5 * 60_000, "pass"],
    [at + 5 * 60_000 + 2000, "warn"],
    [at - 3_600_000, "warn"]
  ] as const) {
    it(`${ours - at} ms apart: ${status}`, () => assert.strictEqual(clockVerdict(date, ours).status, status))
  }

  it("says in which direction, and nothing where nobody tells the time", () => {
    assert.include(clockVerdict(date, at + 3_600_000).text, "ahead of")
    assert.include(clockVerdict(date, at - 3_600_000).text, "behind")
    for (const none of [undefined, "yesterday"]) assert.strictEqual(clockVerdict(none, at).status, "skip")
  })
})

describe("the disk", () => {
  const space = (free: number) => ({ what: "the project", path: "/p", free })
  for (const [free, status] of [
    [200, "pass"],
    [99, "warn"],
    [9, "fail"]
  ] as const) {
    it(`${free} MB: ${status}`, () =>
      assert.strictEqual(diskVerdict([space(5e12), space(free * 1024 * 1024)]).status, status))
  }
  it("is skipped where the system does not tell", () => assert.strictEqual(diskVerdict([]).status, "skip"))
})

describe("API keys", () => {
  const key = (name: string, age: number) => ({
    name: KeyName.make(name),
    env: "dev" as const,
    created: 0,
    rotated: at - age * day,
    fingerprint: "abcdef",
    store: "keychain" as const
  })

  it("names the oldest with its age and the command", () => {
    const verdict = keysVerdict(3, [key("b", 91), key("a", 100)], at, 90)
    assert.deepStrictEqual(verdict, {
      status: "warn",
      text: "a (dev) is 100 days old, and 90 is the limit",
      more: ["b (dev) is 91 days old"],
      next: "crewkit keys rotate a --env dev"
    })
  })

  it("passes where none is due, and is skipped where there is none", () => {
    assert.strictEqual(keysVerdict(2, [], at, 90).status, "pass")
    assert.strictEqual(keysVerdict(0, [], at, 90).status, "skip")
  })
})

describe("hooks", () => {
  const file = (settings: object | string, managed = false) => ({
    file: managed ? "managed.json" : "settings.json",
    managed,
    text: typeof settings === "string" ? settings : JSON.stringify(settings)
  })

  for (const [what, files, status] of [
    ["nothing said", [file({}), file({ model: "opus" })], "pass"],
    ["off", [file({}), file({ disableAllHooks: true })], "warn"],
    ["on over off", [file({ disableAllHooks: false }), file({ disableAllHooks: true })], "pass"],
    ["off over on", [file({ disableAllHooks: true }), file({ disableAllHooks: false })], "warn"],
    ["managed hooks only", [file({ allowManagedHooksOnly: true }, true)], "warn"],
    ["managed hooks only, said by somebody else", [file({ allowManagedHooksOnly: true })], "pass"],
    ["no JSON", [file("{")], "warn"]
  ] as const) {
    it(`${what}: ${status}`, () => assert.strictEqual(hooksVerdict(files).status, status))
  }
})

describe("the lock", () => {
  const lock = { org: "acme", project: "web", agents: { a: {}, b: {} } }
  it("fits the configuration, or does not", () => {
    assert.deepStrictEqual(lockVerdict(lock, { org: "acme", project: "web" }), pass("2 agents"))
    assert.strictEqual(lockVerdict(lock, { org: "acme", project: "shop" }).status, "fail")
  })
  it("of a later crewkit is told from one that is broken", () => {
    assert.strictEqual(laterLock('{"lockVersion":2}'), 2)
    for (const text of ['{"lockVersion":1}', "{", '{"lockVersion":"2"}']) assert.isUndefined(laterLock(text))
  })
})

describe("words for people", () => {
  it("wrap at spaces, indented from the second row on, and break no word", () => {
    assert.deepStrictEqual(wrapped("name      one two three", 15, 4), ["name      one", "    two three"])
    assert.deepStrictEqual(wrapped("    a-very-long-word-indeed yes", 12, 4), [
      "    a-very-long-word-indeed",
      "    yes"
    ])
    assert.deepStrictEqual(wrapped("one two three", undefined, 4), ["one two three"])
  })

  it("are one word of a shell where they are a path", () => {
    assert.strictEqual(shellWord("/a/b-c.d"), "/a/b-c.d")
    assert.strictEqual(shellWord("/it's here"), "'/it'\\''s here'")
  })
})
