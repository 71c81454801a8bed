import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { createHash } from "node:crypto"
import { auditMarkdown } from "../../../src/domain/audit/auditMarkdown.ts"
import { type AuditReport, countsOf } from "../../../src/domain/audit/AuditReport.ts"
import { auditSarif } from "../../../src/domain/audit/auditSarif.ts"
import { auditLines } from "../../../src/domain/audit/auditText.ts"
import { findingsOf } from "../../../src/domain/audit/engine.ts"
import type { Hit, RuleInfo } from "../../../src/domain/audit/Finding.ts"
import { applyFixes } from "../../../src/domain/audit/fixes.ts"
import { ruleInfos } from "../../../src/domain/audit/ruleSet.ts"
import { displayWidth } from "../../../src/domain/displayWidth.ts"
import type { Line } from "../../../src/domain/text.ts"
import { sarifProblems } from "../../support/sarif/validate.ts"

const [first] = ruleInfos
assert(first !== undefined)
const rule: RuleInfo = { ...first, severity: "high" }

const path = ".claude/agents/a b:c#1.md"

const findingsIn = (text: string, ...hits: ReadonlyArray<Partial<Hit> & { readonly word: string }>) =>
  findingsOf(
    [
      {
        file: { path, text },
        agent: "a",
        hits: hits.map(({ word, ...more }) => {
          const start = text.indexOf(word)
          return {
            rule,
            hit: {
              start,
              end: start + word.length,
              message: `says ${word}`,
              confidence: "high",
              identity: word,
              ...more
            }
          }
        })
      }
    ],
    () => undefined,
    (text) => createHash("sha256").update(text).digest("hex")
  )

const reportOf = (...[text, ...hits]: Parameters<typeof findingsIn>): AuditReport => {
  const findings = findingsIn(text, ...hits)
  return { files: 1, rules: 1, failOn: "high", failed: true, counts: countsOf(findings), findings, suppressed: [] }
}

const shown = (lines: ReadonlyArray<Line>): ReadonlyArray<string> =>
  lines.map((line) => line.map((span) => (typeof span === "string" ? span : span.text)).join(""))

/** What stands above the carets of a frame. */
const meant = (lines: ReadonlyArray<string>): string => {
  const index = lines.findIndex((line) => /^\s*\|\s*\^+$/.test(line))
  const [carets = "", above = ""] = [lines[index], lines[index - 1]]
  const [from, to] = [carets.indexOf("^"), carets.length]
  let column = 0
  let text = ""
  for (const character of above) {
    if (column >= from && column < to) text += character
    column += displayWidth(character)
  }
  return text
}

describe("an audit for people", () => {
  it("puts the carets below the place, after wide characters and tabs as well", () => {
    assert.strictEqual(meant(shown(auditLines(reportOf("\t漢字 é word end", { word: "word" }), 80))), "word")
  })

  it("fits into forty columns, and still shows the place", () => {
    const text = `${"漢字 before ".repeat(20)} word ${"after ".repeat(50)}`
    const lines = shown(auditLines(reportOf(text, { word: "word" }), 40))
    assert.strictEqual(meant(lines), "word")
    for (const line of lines.filter((each) => each.includes("|"))) assert.isAtMost(displayWidth(line), 40, line)
  })

  it("explains a rule once", () => {
    const lines = shown(auditLines(reportOf("one two", { word: "one" }, { word: "two" }), 80))
    assert.strictEqual(lines.filter((line) => line.startsWith("    why ")).length, 1)
  })
})

describe("an audit as SARIF", () => {
  const text = "one\r\ntwo word\n"
  const fix = { description: "Takes it out.", edits: [{ start: 9, end: 13, text: "" }] }
  const report = reportOf(text, { word: "word", fix }, { word: "one", message: "see [here](https://example.com)" })
  const [one, other] = report.findings
  assert(one !== undefined && other !== undefined)
  const accepted: AuditReport = {
    ...report,
    findings: [one],
    suppressed: [{ ...other, suppressed: { source: "b", reason: "looked at", by: "ada", expires: "2026-12-31" } }]
  }
  const Document = Schema.Struct({ runs: Schema.Array(Schema.Struct({ results: Schema.Array(Schema.Unknown) })) })
  const document = auditSarif(accepted, ruleInfos, new Map([[path, text]]))
  const results = JSON.stringify(Schema.decodeUnknownSync(Document)(document).runs[0]?.results)

  it("is what the official schema says", () => {
    assert.deepStrictEqual(sarifProblems(document), [])
    assert.notDeepEqual(sarifProblems({ version: "2.1.0", runs: [{ tool: {} }] }), [])
  })

  it("encodes paths, and names the root", () => {
    assert.include(results, '{"uri":".claude/agents/a%20b%3Ac%231.md","uriBaseId":"%SRCROOT%"}')
  })

  it("says what is suppressed, by whom and why, and what is not", () => {
    assert.include(results, '"suppressions":[]')
    assert.include(
      results,
      '[{"kind":"external","status":"accepted","justification":"looked at (ada, until 2026-12-31)"}]'
    )
  })

  it("carries fixes as lines and columns", () => {
    const region = { startLine: 2, startColumn: 5, endLine: 2, endColumn: 9 }
    assert.include(
      results,
      `"replacements":[{"deletedRegion":${JSON.stringify(region)},"insertedContent":{"text":""}}]`
    )
  })

  it("makes no link of what a file says", () => {
    assert.notInclude(results, "](")
  })

  it("points every result at its rule", () => {
    assert.include(results, `"ruleId":"${rule.id}","ruleIndex":0`)
  })
})

describe("an audit for a pull request", () => {
  it("lets nothing out of its cell", () => {
    const message = "a | b `c` ``d``\n# heading <img src=x>"
    const table = auditMarkdown(reportOf("word", { word: "word", message }))
    const row = table.split("\n").find((line) => line.startsWith("| high")) ?? ""
    assert.include(row, "```a \\| b `c` ``d``")
    assert.notInclude(table, "\n# heading")
  })
})

describe("fixes", () => {
  const edit = (start: number, end: number, text: string) => ({
    fix: { description: "", edits: [{ start, end, text }] }
  })

  it("are applied from the end, each whole or not at all", () => {
    assert.deepStrictEqual(applyFixes("one two three", [edit(0, 3, "1"), edit(8, 13, "3"), edit(2, 5, "x")]), {
      text: "1 two 3",
      applied: 2
    })
  })
})
