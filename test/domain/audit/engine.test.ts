import { assert, describe, it } from "@effect/vitest"
import { createHash } from "node:crypto"
import type { AuditedFile } from "../../../src/domain/audit/AuditedFile.ts"
import { type Found, findingsOf, hitsOf } from "../../../src/domain/audit/engine.ts"
import type { Hit, RuleInfo } from "../../../src/domain/audit/Finding.ts"
import type { Rule, RuleContext } from "../../../src/domain/audit/Rule.ts"

const hash = (text: string) => createHash("sha256").update(text).digest("hex")
const asIs = () => undefined

const info: RuleInfo = {
  id: "a-word",
  category: "instructions",
  title: "A word",
  severity: "high",
  why: "It matters.",
  remedy: "Take it out."
}
const secret: RuleInfo = { ...info, id: "a-secret", category: "secrets", severity: "critical" }

const hitOn = (text: string, word: string, more: Partial<Hit> = {}): Hit => {
  const start = text.indexOf(word)
  return { start, end: start + word.length, message: `says ${word}`, confidence: "high", identity: word, ...more }
}

const found = (text: string, ...hits: ReadonlyArray<readonly [RuleInfo, Hit]>): Found => ({
  file: { path: "agents/a.md", text },
  agent: "a",
  hits: hits.map(([rule, hit]) => ({ rule, hit }))
})

const only = (text: string, ...hits: ReadonlyArray<readonly [RuleInfo, Hit]>) => {
  const [first] = findingsOf([found(text, ...hits)], asIs, hash)
  assert(first !== undefined)
  return first
}

describe("findings", () => {
  it("carry line and column, from 1, the end exclusive", () => {
    const text = "one\r\ntwo word\n"
    assert.deepStrictEqual(only(text, [info, hitOn(text, "word")]).region, {
      startLine: 2,
      startColumn: 5,
      endLine: 2,
      endColumn: 9
    })
  })

  it("keep their fingerprint when lines move, and have another in another file", () => {
    const here = only("a word", [info, hitOn("a word", "word")])
    const moved = only("first\n\na word", [info, hitOn("first\n\na word", "word")])
    assert.match(here.fingerprint, /^[0-9a-f]{32}$/)
    assert.strictEqual(moved.fingerprint, here.fingerprint)
    assert.notStrictEqual(moved.region.startLine, here.region.startLine)
    const elsewhere = { ...found("a word", [info, hitOn("a word", "word")]), file: { path: "b.md", text: "a word" } }
    assert.notStrictEqual(findingsOf([elsewhere], asIs, hash)[0]?.fingerprint, here.fingerprint)
  })

  it("of one identity are told apart by their order", () => {
    const text = "word word"
    const second = { ...hitOn(text, "word"), start: 5, end: 9 }
    const both = findingsOf([found(text, [info, second], [info, hitOn(text, "word")])], asIs, hash)
    assert.strictEqual(new Set(both.map(({ fingerprint }) => fingerprint)).size, 2)
    assert.strictEqual(both[0]?.fingerprint, only(text, [info, hitOn(text, "word")]).fingerprint)
  })

  it("of low confidence are never above low, of medium never critical, whatever the policy says", () => {
    const text = "a word"
    const severities = (["low", "medium", "high"] as const).map(
      (confidence) =>
        findingsOf([found(text, [info, hitOn(text, "word", { confidence })])], () => "critical", hash)[0]?.severity
    )
    assert.deepStrictEqual(severities, ["low", "high", "critical"])
  })

  it("are off where the policy says so, and as heavy as it says", () => {
    const text = "a word"
    const one = found(text, [info, hitOn(text, "word", { severity: "critical" })])
    assert.deepStrictEqual(
      findingsOf([one], () => "off", hash),
      []
    )
    assert.strictEqual(findingsOf([one], () => "medium", hash)[0]?.severity, "medium")
    assert.strictEqual(findingsOf([one], asIs, hash)[0]?.severity, "critical")
  })

  it("stand worst first, then the surest, then by place", () => {
    const text = "b a c d"
    const all = findingsOf(
      [
        found(
          text,
          [{ ...info, severity: "low" }, hitOn(text, "b")],
          [info, hitOn(text, "c")],
          [info, hitOn(text, "a")],
          [info, hitOn(text, "d", { confidence: "medium" })]
        )
      ],
      asIs,
      hash
    )
    assert.deepStrictEqual(
      all.map(({ message }) => message),
      ["says a", "says c", "says d", "says b"]
    )
  })
})

describe("a secret", () => {
  const value = "sk_live_0123456789abcdef"
  const text = `key: ${value}\ncurl -H ${value} x\n`

  it("is masked in every frame and message of its file, other rules' as well", () => {
    const first = text.indexOf(value)
    const second = text.indexOf(value, first + 1)
    const all = findingsOf(
      [
        found(
          text,
          [secret, hitOn(text, value, { message: "a key", mask: "sk_l…" })],
          [
            secret,
            { ...hitOn(text, value, { message: "a key", mask: "sk_l…" }), start: second, end: second + value.length }
          ],
          [info, hitOn(text, `curl -H ${value}`)],
          [info, hitOn(text, "x", { fix: { description: "write it", edits: [{ start: 0, end: 0, text: value }] } })]
        )
      ],
      asIs,
      hash
    )
    assert.strictEqual(all.length, 4)
    assert.notInclude(JSON.stringify(all), value)
    assert.include(JSON.stringify(all), "sk_l…")
    assert.isFalse(all.some(({ fixable }) => fixable))
  })

  it("that two rules see is one finding, the surer one", () => {
    const all = findingsOf(
      [
        found(
          text,
          [secret, hitOn(text, value, { message: "a key", mask: "sk_l…", confidence: "medium" })],
          [{ ...secret, id: "other" }, hitOn(text, value.slice(3), { message: "a key", mask: "…" })]
        )
      ],
      asIs,
      hash
    )
    assert.deepStrictEqual(
      all.map(({ rule }) => rule),
      ["other"]
    )
    assert.notInclude(JSON.stringify(all), "0123456789abcdef")
  })
})

describe("a frame", () => {
  it("marks the place, with a line on either side", () => {
    const text = "before\n\ta word\nafter\n"
    assert.deepStrictEqual(only(text, [info, hitOn(text, "word")]).frame, [
      { line: 1, text: "before" },
      { line: 2, text: "  a word", mark: { start: 4, end: 8 } },
      { line: 3, text: "after" }
    ])
  })

  it("shows what a terminal would obey", () => {
    const text = "\u001b[31mred\u202e word"
    assert.strictEqual(only(text, [info, hitOn(text, "word")]).frame[0]?.text, "\\u{1b}[31mred\\u{202e} word")
  })

  it("cuts a long line around the place", () => {
    const text = `${"x".repeat(1_000_000)} word ${"y".repeat(1_000_000)}`
    const [line] = only(text, [info, hitOn(text, "word")]).frame
    assert(line?.mark !== undefined)
    assert.isBelow(line.text.length, 200)
    assert.strictEqual(line.text.slice(line.mark.start, line.mark.end), "word")
    assert.isTrue(line.text.startsWith("…x") && line.text.endsWith("y…"))
  })
})

describe("a flood of findings of one rule in one file", () => {
  const words = Array.from({ length: 150 }, (_, index) => `word${String(index).padStart(3, "0")}`)
  const text = words.join("\n")
  const flood = (more: (word: string) => Partial<Hit> = () => ({}), of = words) =>
    findingsOf([found(text, ...of.map((word) => [info, hitOn(text, word, more(word))] as const))], asIs, hash)

  it("is told by a hundred of them and by one that counts the others", () => {
    const findings = flood()
    assert.strictEqual(findings.length, 101)
    assert.strictEqual(findings.at(-1)?.message, "says word100; 49 more of this rule in this file are not listed")
    assert.strictEqual(findings[0]?.fingerprint, flood(() => ({}), words.slice(0, 1))[0]?.fingerprint)
  })

  it("does not hide the gravest, wherever it stands", () => {
    const findings = flood((word) => (word === "word149" ? {} : { severity: "low" }))
    assert.strictEqual(findings[0]?.severity, "high")
    assert.strictEqual(findings[0]?.message, "says word149")
  })

  it("counts again when another one comes to those that are not listed", () => {
    const without = flood(() => ({}), words.slice(0, 149)).at(-1)
    assert.strictEqual(without?.message.includes("word100"), true)
    assert.notStrictEqual(flood().at(-1)?.fingerprint, without?.fingerprint)
  })

  it("shows none of the secrets, not those that are not listed either", () => {
    const secrets = Array.from({ length: 400 }, (_, index) => `tok_${String(index).padStart(12, "7")}_end`)
    const line = [...secrets, ...secrets].join(" ")
    const hits = secrets.map(
      (each) => [secret, hitOn(line, each, { mask: "tok_…", message: `holds ${each}, ${secrets[7]}` })] as const
    )
    const said = JSON.stringify(findingsOf([found(line, ...hits)], asIs, hash))
    assert.include(said, "holds tok_…, tok_…")
    assert.notMatch(said, /7{6}/)
  })
})

describe("hitsOf", () => {
  it("asks every rule", () => {
    const file: AuditedFile = {
      path: "a.md",
      text: "word",
      bytes: 4,
      malformed: false,
      frontmatter: { state: "missing", span: { start: 0, end: 0 }, entries: [], problems: [], comments: [] },
      body: { start: 0, end: 4 }
    }
    const rule: Rule = { ...info, check: ({ text }) => [hitOn(text, "word")] }
    const context: RuleContext = {
      model: {
        loading: { loads: false, reason: "", at: { start: 0, end: 0 } },
        tools: { everything: false, because: "listed", granted: [], dropped: [], removed: [], refused: false },
        capabilities: []
      },
      speech: () => ({ confidence: "high" }),
      sameName: []
    }
    assert.deepStrictEqual(
      hitsOf(file, context, [rule, { ...rule, id: "other" }]).map((each) => each.rule.id),
      ["a-word", "other"]
    )
  })
})
