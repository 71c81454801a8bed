import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { AgentName } from "../../src/domain/AgentName.ts"
import { Status } from "../../src/domain/syncPlan.ts"
import type { SyncItem, SyncReport } from "../../src/domain/SyncReport.ts"
import { diffLine, refusedLines, remarkTexts, reportLines } from "../../src/domain/syncText.ts"
import { type Line, linesOf } from "../../src/domain/text.ts"
import { checked, Text } from "../fakes/agentArbitraries.ts"

const report = (change: Partial<SyncReport>): SyncReport => ({
  mode: "apply",
  source: "registry",
  role: "junior",
  items: [],
  unchanged: 0,
  refused: [],
  remarks: [],
  lockChanged: false,
  ...change
})

const item = (name: string, status: Status, action: SyncItem["action"], more: Partial<SyncItem> = {}): SyncItem => ({
  name: AgentName.make(name),
  status,
  action,
  ...more
})

const plain = (line: Line): string => line.map((span) => (typeof span === "string" ? span : span.text)).join("")

const shown = (change: Partial<SyncReport>): ReadonlyArray<string> => reportLines(report(change)).map(plain)

describe("the lines about a sync", () => {
  it("say in one line that all is well", () => {
    assert.deepStrictEqual(shown({ unchanged: 3 }), ["✓ 3 agents up to date, role junior"])
    assert.deepStrictEqual(shown({ unchanged: 1 }), ["✓ 1 agent up to date, role junior"])
  })

  it("say of each agent what was found and what was done", () => {
    assert.deepStrictEqual(
      shown({
        items: [
          item("a", "new", "write", { after: "1" }),
          item("b", "missing", "write", { after: "1" }),
          item("c", "updated", "write", { before: "0", after: "1" }),
          item("d", "edited", "keep", { before: "0", after: "1" }),
          item("e", "edited-and-updated", "write", { before: "0", after: "1" }),
          item("f", "in-the-way", "keep", { before: "0", after: "1" }),
          item("g", "removed", "remove", { before: "0" }),
          item("h", "removed-and-edited", "keep", { before: "0" })
        ],
        unchanged: 2,
        lockChanged: true
      }),
      [
        "  a  new, written",
        "  b  missing, written",
        "  c  updated, replaced",
        "  d  edited here, kept",
        "  e  edited here, updated there, replaced",
        "  f  foreign file in the way, kept",
        "  g  removed in the registry, removed",
        "  h  removed in the registry, edited here, kept",
        "10 agents: 1 new, 1 missing, 1 updated, 1 edited here, 1 edited here, updated there, " +
          "1 foreign file in the way, 1 removed in the registry, 1 removed in the registry, edited here, " +
          "2 unchanged, role junior, .agent/agents.lock written"
      ]
    )
  })

  it("say what would be done where nothing is written", () => {
    for (const mode of ["check", "plan"] as const) {
      assert.deepStrictEqual(
        shown({
          mode,
          items: [
            item("a", "new", "write", { after: "1" }),
            item("c", "updated", "write", { before: "0", after: "1" }),
            item("g", "removed", "remove", { before: "0" })
          ],
          lockChanged: true
        }).slice(0, 3),
        ["  a  new, to be written", "  c  updated, to be replaced", "  g  removed in the registry, to be removed"]
      )
      assert.include(shown({ mode, lockChanged: true }).at(-1), ".agent/agents.lock is out of date")
    }
  })

  it("name the backup and the command that brings it back", () => {
    const lines = shown({
      items: [
        item("c", "edited", "write", {
          before: "0",
          after: "1",
          backup: ".claude/.backups/c/2025-10-11T14-30-22-123Z.md",
          restore: "crewkit backups restore c 2025-10-11T14-30-22-123Z"
        })
      ]
    })
    assert.deepStrictEqual(lines.slice(1, 3), [
      "    backup  .claude/.backups/c/2025-10-11T14-30-22-123Z.md",
      "    undo    crewkit backups restore c 2025-10-11T14-30-22-123Z"
    ])
  })

  it("show a diff line by line, below its agent", () => {
    const diff = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n"
    assert.deepStrictEqual(
      shown({ mode: "plan", items: [item("c", "updated", "write", { before: "0", after: "1", diff })] }).slice(1, -1),
      ["  --- a/x", "  +++ b/x", "  @@ -1 +1 @@", "  -old", "  +new"]
    )
  })

  it("count somebody else's files and name none of them", () => {
    assert.deepStrictEqual(
      shown({ unchanged: 1, items: [item("x", "foreign", "keep"), item("y", "foreign", "keep")] }),
      ["  2 files in .claude/agents that crewkit did not write: left alone", "✓ 1 agent up to date, role junior"]
    )
  })

  it("name every refused entry with its place and reason, and then claim no good end", () => {
    const lines = shown({
      unchanged: 1,
      refused: [
        { name: "b", file: "agents/b.md", line: 3, reason: "not YAML" },
        { name: "c", file: "agents/c.md", reason: "larger than 1 MiB" }
      ]
    })
    assert.deepStrictEqual(lines, [
      "  b  refused, agents/b.md:3: not YAML",
      "  c  refused, agents/c.md: larger than 1 MiB",
      "1 agent: 1 unchanged, 2 refused, role junior"
    ])
  })

  it("say where an answer came from that nobody asked the registry for", () => {
    assert.include(shown({ source: "cache" }).at(-1), "from the last answer")
    assert.include(shown({ source: "lock" }).at(-1), "from the lock")
  })

  it("cut a long list of one kind and still count it whole", () => {
    const items = Array.from({ length: 25 }, (_, index) => item(`a-${index}`, "new", "write", { after: "1" }))
    const lines = shown({ items })
    assert.strictEqual(lines.length, 22)
    assert.strictEqual(lines[20], "  and 5 more new")
    assert.include(lines[21], "25 agents: 25 new")
  })

  const name = Schema.Literals(["a", "code-reviewer", "zz-9"])
  const anyItem = Schema.Struct({
    name,
    status: Status,
    action: Schema.Literals(["write", "remove", "keep", "none"]),
    diff: Schema.optionalKey(Schema.Array(Text))
  })

  it.prop(
    "hold no line feed, whatever stands in a diff",
    [Schema.Array(anyItem), Schema.Literals(["apply", "check", "plan"]), Schema.Finite],
    ([items, mode, unchanged]) => {
      const lines = reportLines(
        report({
          mode,
          unchanged,
          items: items.map(({ action, diff, name: each, status }) =>
            item(each, status, action, diff === undefined ? {} : { diff: diff.join("\n") })
          )
        })
      )
      for (const line of lines) assert.notInclude(plain(line), "\n")
      assert.isAbove(lines.length, 0)
    },
    checked
  )
})

describe("a line of a diff", () => {
  const look = (text: string): string =>
    diffLine([text])
      .map((span) => (typeof span === "string" ? "" : span.look))
      .join("")

  it("has the look of what it says", () => {
    assert.strictEqual(look("+new"), "good")
    assert.strictEqual(look("-old"), "bad")
    assert.strictEqual(look("@@ -1 +1 @@"), "code")
    for (const text of ["+++ b/x", "--- a/x", " same", ""]) assert.strictEqual(look(text), "faint")
  })
})

describe("what the registry's keeper should know", () => {
  it("is said with file and line", () => {
    const remarks = [
      { name: "a", file: "agents/a.md", line: 2, text: "repaired" },
      { name: "b", file: "b.md", text: "has no name" }
    ]
    assert.deepStrictEqual(remarkTexts(report({ remarks })), ["agents/a.md:2: repaired", "b.md: has no name"])
  })

  it("is cut where it is long, and says how to see all", () => {
    const remarks = Array.from({ length: 23 }, (_, index) => ({ name: "a", file: `${index}.md`, text: "t" }))
    const texts = remarkTexts(report({ remarks }))
    assert.strictEqual(texts.length, 21)
    assert.strictEqual(texts.at(-1), "and 3 more; crewkit sync --check --json lists all")
  })

  it("counts refused entries apart, each in a line of its own", () => {
    const refused = [{ name: "b", file: "agents/b.md", reason: "not a regular file" }]
    assert.deepStrictEqual(refusedLines(report({ refused })).map(plain), [
      "  b  refused, agents/b.md: not a regular file"
    ])
  })
})

describe("lines of a text", () => {
  it("are its lines, without one for the last line end", () => {
    const texts = (text: string) =>
      linesOf(text).map((line) => line.map((span) => (typeof span === "string" ? "" : span.text)))
    assert.deepStrictEqual(texts("a\n\nb\n"), [["a"], [""], ["b"]])
    assert.deepStrictEqual(texts("a"), [["a"]])
    assert.deepStrictEqual(linesOf("a"), [[{ look: "plain", text: "a", whole: true }]])
  })
})
