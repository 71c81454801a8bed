/** A fix does away with its finding, brings no other one, leaves the agent as loadable as it was, and is done once. */
import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { applyFixes } from "../../../src/domain/audit/fixes.ts"
import { modelOf } from "../../../src/domain/audit/modelOf.ts"
import { corpus, skipUnless } from "../../support/needs.ts"
import { agent, audited, said, type Said } from "./ruleRunner.ts"

const fixed = (text: string, findings: ReadonlyArray<Said>): string =>
  applyFixes(
    text,
    findings.map(({ fix }) => (fix === undefined ? {} : { fix }))
  ).text

/** What a fix lays open was there before: a file that did not load is looked at for the first time. */
const laidOpen: Readonly<Record<string, ReadonlyArray<string>>> = {
  "not-loadable": [
    "inherits-all-tools",
    "unscoped-bash",
    "dropped-tool-name",
    "mute-agent",
    "wildcard-tools",
    "file-name-differs",
    "bypassing-permission-mode",
    "says-read-only-but-can-write",
    "duplicate-key",
    "fragile-yaml"
  ],
  "ineffective-restriction": ["unscoped-bash", "wildcard-tools", "inherits-all-tools"],
  "disguised-name": ["unscoped-bash"]
}

const loads = (text: string, path: string): boolean => modelOf(audited(text, path)).loading.loads

const holds = (text: string, path: string, found: ReadonlyArray<Said>): void => {
  for (const finding of found) {
    if (finding.fix === undefined) continue
    const what = `${path} ${finding.rule} ${finding.at}`
    const after = fixed(text, [finding])
    assert.notStrictEqual(after, text, what)
    const left = said(after, { path })
    const same = (one: Said): boolean => one.rule === finding.rule && one.identity === finding.identity
    assert.isBelow(left.filter(same).length, found.filter(same).length, what)
    const known = new Set([...found.map(({ rule }) => rule), ...(laidOpen[finding.rule] ?? [])])
    assert.deepStrictEqual(
      left.filter(({ rule }) => !known.has(rule)).map(({ rule }) => rule),
      [],
      what
    )
    if (loads(text, path) || finding.rule === "not-loadable") assert.isTrue(loads(after, path), what)
  }
  const once = fixed(text, found)
  const twice = fixed(once, said(once, { path }))
  assert.strictEqual(fixed(twice, said(twice, { path })), twice, path)
}

const broken: Readonly<Record<string, string>> = {
  "blank lines": `\n\n${agent("tools: Read")}`,
  capitals: "---\nName: a\nDescription: d\ntools: Read\n---\nBody\n",
  "several lines":
    "---\nname: a\ndescription: Use it: when\n\n  user: \"x\"\n  agent: 'y' --- z\ntools: Read\n---\nBody\n",
  "an unquoted colon": '---\nname: a\ndescription: Use it: when "x" # y\ntools: Read\n---\nBody\n',
  "a key twice": agent("tools: Read\ncolor: red\ntools: Grep"),
  "a list twice": agent("tools:\n  - Read\n  - Grep\ncolor: red\ntools: Grep"),
  "a near miss": agent("allowed-tools: Read, Grep"),
  "a near miss of a list": agent("disallowed_tools:\n  - Bash\n  - Write"),
  "a hidden character in a key": agent("to\u200bols: Read"),
  "a hidden character in a name": "---\nname: a\u200bb\ndescription: d\ntools: Read\n---\nBody\n",
  "a hidden character in a tool": agent("tools: Read, Gr\u200bep"),
  "names by commas": agent("tools: Read, LS, MultiEdit, Grep"),
  "names by blanks": agent("tools: LS Read Agent(a, b) MultiEdit"),
  "names in quotes": agent('tools: "LS, Read"'),
  "names in brackets": agent("tools: [Read, LS, Grep]"),
  "names in a list": agent("tools:\n  - LS\n  - Read\n  - MultiEdit\ncolor: red")
}

describe("a fix", () => {
  for (const [name, text] of Object.entries(broken)) {
    for (const [ends, written] of [
      ["", text],
      [", with CRLF", text.replaceAll("\n", "\r\n")]
    ] as const) {
      it(`mends ${name}${ends}`, () => {
        const path = "agents/a.md"
        const found = said(written, { path })
        // With CRLF the client cannot mend a value that is not YAML, and neither is a fix to be had for all.
        if (ends === "") assert.isTrue(found.some(({ fix }) => fix !== undefined))
        holds(written, path, found)
      })
    }
  }

  it("leaves alone what only a person can decide", () => {
    for (const text of [
      agent("allowed-tools: search/codebase"),
      agent("tools: LS"),
      agent("allowed-tools: Read\ntools: Grep"),
      agent("tools: R\u0435ad, Grep")
    ]) {
      assert.deepStrictEqual(
        said(text).filter(({ fix, rule }) => fix !== undefined && rule !== "dropped-tool-name"),
        []
      )
    }
  })

  it("keeps what the client reads of a value", () => {
    const text = "---\nname: a\ndescription: Use it: when \"x\" \\n 'y'\ntools: LS, Read\n---\nBody\n"
    const before = modelOf(audited(text)).loading
    const after = modelOf(audited(fixed(text, said(text)))).loading
    assert.deepStrictEqual(after, before)
  })
})

const needs = skipUnless([corpus])

describe.skipIf(needs.skip)(`the corpus${needs.suffix}`, () => {
  it("is mended without a new finding", () => {
    const root = corpus.path ?? ""
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".md"))
    assert.isAtLeast(files.length, 90)
    for (const path of files) {
      const text = readFileSync(join(root, path), "utf8")
      holds(text, path, said(text, { path }))
    }
  })

  it("hears of nothing high, but for what does not load", () => {
    const root = corpus.path ?? ""
    const high = readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".md"))
      .flatMap((path) => said(readFileSync(join(root, path), "utf8"), { path }).map((hit) => ({ ...hit, path })))
      .filter(({ severity }) => severity === "high" || severity === "critical")
      .map(({ path, rule }) => `${path} ${rule}`)
    assert.deepStrictEqual(high.sort(), [
      "davila7/api-architect.md not-loadable",
      "davila7/prompt-engineer.md not-loadable"
    ])
  })
})
