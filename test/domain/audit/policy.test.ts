import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { createHash } from "node:crypto"
import { Slug } from "../../../src/domain/AgentName.ts"
import { baselineText, withFindings } from "../../../src/domain/audit/baseline.ts"
import type { Finding } from "../../../src/domain/audit/AuditReport.ts"
import { findingsOf } from "../../../src/domain/audit/engine.ts"
import { matchesGlob } from "../../../src/domain/audit/glob.ts"
import { AuditSettings, OrgPolicy, type RuleLevel, tighten, toolsAllowed } from "../../../src/domain/audit/Policy.ts"
import { ruleIds } from "../../../src/domain/audit/ruleIds.ts"
import { ruleInfos } from "../../../src/domain/audit/ruleSet.ts"
import { weightOf } from "../../../src/domain/audit/severity.ts"
import {
  judge,
  type Source,
  suppressionExpired,
  suppressionRefused,
  suppressionUnused
} from "../../../src/domain/audit/suppression.ts"

const hash = (text: string) => createHash("sha256").update(text).digest("hex")

describe("the ids of rules", () => {
  it("are those of the rules, once each", () => {
    assert.deepStrictEqual([...ruleIds], ruleInfos.map(({ id }) => id).toSorted())
    assert.strictEqual(new Set(ruleIds).size, ruleIds.length)
  })
})

describe("a glob", () => {
  it("knows the star and nothing else", () => {
    for (const [pattern, text, fits] of [
      ["*", "", true],
      ["docs-*", "docs-writer", true],
      ["docs-*", "my-docs-x", false],
      ["*a*b*", "xxaxxbxx", true],
      ["*a*b*", "xxbxxaxx", false],
      ["a*a", "a", false],
      ["a.c", "abc", false],
      ["ab*bc", "abc", false]
    ] as const) {
      assert.strictEqual(matchesGlob(pattern, text), fits, `${pattern} ${text}`)
    }
  })

  it("is not stalled by a long text", () => {
    assert.isFalse(matchesGlob("*a*a*a*a*a*a*a*a*b", "a".repeat(1_000_000)))
  })
})

describe("an organization's policy and a project's", () => {
  const level = (value: RuleLevel | undefined, otherwise: number): number =>
    value === undefined ? otherwise : value === "off" ? -1 : weightOf(value)

  it.prop(
    "together are never looser than the organization's alone",
    [OrgPolicy, AuditSettings, Schema.Literals(["a-rule", ...ruleIds]), Schema.String],
    ([org, project, id, agent]) => {
      const alone = tighten(org, undefined)
      const both = tighten(org, project)
      assert.isAtMost(weightOf(both.failOn), Math.max(weightOf(alone.failOn), org.failOn === undefined ? 9 : 0))
      if (org.onFinding === "stop") assert.strictEqual(both.onFinding, "stop")
      const rule = { id, severity: "medium" } as const
      if (org.rules?.[id] !== undefined || both.isLocked(id)) {
        assert.isAtLeast(level(both.levelOf(rule), 2), level(alone.levelOf(rule), 2))
      }
      for (const key of org.required ?? []) assert.include(both.required, key)
      for (const list of org.mcpServers === undefined ? [] : [org.mcpServers]) assert.include(both.mcpServers, list)
      for (const list of org.hooks === undefined ? [] : [org.hooks]) assert.include(both.hooks, list)
      for (const allow of toolsAllowed(alone, agent, undefined)) {
        assert.include(toolsAllowed(both, agent, undefined), allow)
      }
      assert.strictEqual(both.isLocked(id), alone.isLocked(id))
    }
  )

  it.prop("is the project's own where the organization says nothing", [AuditSettings], ([project]) => {
    const both = tighten({}, project)
    assert.strictEqual(both.failOn, project.failOn ?? "high")
    assert.strictEqual(both.onFinding, project.onFinding ?? "stop")
    for (const id of ruleIds) assert.strictEqual(both.levelOf({ id, severity: "low" }), project.rules?.[id])
  })

  it("take the stricter of every two", () => {
    const both = tighten(
      { failOn: "medium", onFinding: "stop", rules: { a: "high", b: "off", c: "low" }, required: ["owner"] },
      { failOn: "critical", onFinding: "skip", rules: { a: "off", b: "low", c: "critical" }, required: ["model"] }
    )
    assert.strictEqual(both.failOn, "medium")
    assert.strictEqual(both.onFinding, "stop")
    assert.deepStrictEqual(
      ["a", "b", "c", "d"].map((id) => both.levelOf({ id, severity: "medium" })),
      ["high", "low", "critical", undefined]
    )
    assert.deepStrictEqual(both.required, ["owner", "model"])
  })

  it("leave a locked rule as heavy as it is", () => {
    const both = tighten({ locked: ["a"] }, { rules: { a: "low", b: "low" } })
    assert.strictEqual(both.levelOf({ id: "a", severity: "high" }), undefined)
    assert.strictEqual(both.levelOf({ id: "a", severity: "info" }), "low")
    assert.strictEqual(both.levelOf({ id: "b", severity: "high" }), "low")
  })

  it("know the first entry of each list that fits agent and role", () => {
    const both = tighten(
      { tools: [{ roles: [Slug.make("junior")], allow: ["Read"] }, { allow: ["Read", "Bash"] }] },
      { tools: [{ agents: ["docs-*"], allow: ["Write"] }] }
    )
    assert.deepStrictEqual(toolsAllowed(both, "docs-x", "junior"), [["Read"], ["Write"]])
    assert.deepStrictEqual(toolsAllowed(both, "other", undefined), [["Read", "Bash"]])
  })
})

const text = "a word"
const [finding] = findingsOf(
  [
    {
      file: { path: "a.md", text },
      agent: "a",
      hits: [
        {
          rule: {
            id: "a-word",
            category: "instructions",
            title: "A word",
            severity: "high",
            why: "It matters.",
            remedy: "Take it out."
          },
          hit: { start: 2, end: 6, message: "a word", confidence: "high", identity: "word" }
        }
      ]
    }
  ],
  () => undefined,
  hash
)
assert(finding !== undefined)
const found: Finding = finding

const entry = { rule: "a-word", fingerprint: found.fingerprint, reason: "looked at", by: "ada" }
const sourceOf = (...entries: Source["entries"]): Source => ({
  path: ".agent/audit-baseline.yml",
  text: baselineText(entries),
  entries
})
const judging = (source: Source, more: { today?: string; locked?: boolean; whole?: boolean } = {}) => {
  const { locked = false, today = "2026-01-31", whole = true } = more
  const judged = judge({ findings: [found], sources: [source], isLocked: () => locked, today, whole })
  return {
    counting: judged.findings.length,
    suppressed: judged.suppressed.map((each) => each.suppressed),
    said: judged.remarks.flatMap(({ hits, source: { text: at } }) =>
      hits.map(({ hit, rule }) => [rule.id, at.slice(hit.start, hit.end)])
    )
  }
}

describe("a suppression", () => {
  it("takes its finding out of the count, and says who and why", () => {
    assert.deepStrictEqual(judging(sourceOf({ ...entry, expires: "2026-01-31" })), {
      counting: 0,
      suppressed: [{ source: ".agent/audit-baseline.yml", reason: "looked at", by: "ada", expires: "2026-01-31" }],
      said: []
    })
  })

  it("that has expired no longer does, and is a finding itself", () => {
    assert.deepStrictEqual(judging(sourceOf({ ...entry, expires: "2026-01-30" })), {
      counting: 1,
      suppressed: [],
      said: [[suppressionExpired.id, entry.fingerprint]]
    })
  })

  it("that matches nothing is a finding, where everything was looked at", () => {
    const other = sourceOf({ ...entry, fingerprint: "0".repeat(32) })
    assert.deepStrictEqual(judging(other), {
      counting: 1,
      suppressed: [],
      said: [[suppressionUnused.id, "0".repeat(32)]]
    })
    assert.deepStrictEqual(judging(other, { whole: false }).said, [])
  })

  it("of another rule does not count", () => {
    assert.strictEqual(judging(sourceOf({ ...entry, rule: "another" })).counting, 1)
  })

  it("of a rule that the organization locks is refused", () => {
    assert.deepStrictEqual(judging(sourceOf(entry), { locked: true }), {
      counting: 1,
      suppressed: [],
      said: [[suppressionRefused.id, entry.fingerprint]]
    })
  })
})

describe("the baseline", () => {
  const acceptance = { reason: 'as "is": #1\nand so', by: "ada@acme.example", expires: "2026-12-31" }

  it("keeps what stands there and adds each finding once, sorted", () => {
    const old = { ...entry, fingerprint: "f".repeat(32), file: "z.md" }
    const once = withFindings([old], [found, found], acceptance)
    assert.deepStrictEqual(withFindings(once, [found], { ...acceptance, reason: "later" }), once)
    assert.deepStrictEqual(
      once.map(({ file }) => file),
      ["a.md", "z.md"]
    )
    assert.strictEqual(baselineText(once), baselineText(once.toReversed()))
  })
})
