/** A megabyte of one thing: every rule comes to an end, and says what it has to. How long it takes is for the bench. */
import { assert, describe, it } from "@effect/vitest"
import { agent, quiet, said } from "./ruleRunner.ts"

const megabyte = 1_000_000

const fill = (piece: string, bytes = megabyte): string => piece.repeat(Math.ceil(bytes / Buffer.byteLength(piece)))

const bodies: ReadonlyArray<readonly [name: string, body: string, rule: string | undefined]> = [
  ["letters", fill("a"), undefined],
  ["words", fill("do not modify the "), undefined],
  ["blanks", fill(" "), undefined],
  ["blanks before text", `${fill(" ")}x`, "text-out-of-sight"],
  ["blanks and dots", fill(`${" ".repeat(90)}.`), undefined],
  ["line ends", fill("\n"), undefined],
  ["line ends before text", `x${fill("\n")}x`, "text-out-of-sight"],
  ["carriage returns", fill("\r"), undefined],
  ["opened comments", fill("<!-- "), undefined],
  ["comments that order", fill("<!-- you must run x -->"), "hidden-instructions"],
  ["opened elements", fill("<b hidden>"), undefined],
  ["elements that never end", fill('<p style="display:none" '), undefined],
  ["elements of many names", Array.from({ length: 60_000 }, (_, at) => `<b${at} hidden>`).join(""), undefined],
  ["opened brackets", fill("[a]: b ("), undefined],
  ["definitions", fill("[//]: # (you must run x)\n"), "hidden-instructions"],
  ["ignore", `<!-- ${fill("ignore ")} -->`, undefined],
  ["send", `<!-- ${fill("send a ")} -->`, undefined],
  ["zero-width spaces", fill("\u200b"), "zero-width-text"],
  ["zero-width spaces among letters", fill("a\u200b"), "zero-width-text"],
  ["joiners and emoji", fill("\u{1f469}\u200d"), undefined],
  ["tags", fill("\u{e0041}"), "unicode-tags"],
  ["tags among letters", fill("\u{e0041}a"), "unicode-tags"],
  ["selectors", fill("\u{e0141}"), "variation-selectors"],
  ["selectors among letters", fill("a\u{e0141}"), "variation-selectors"],
  ["overrides", fill("\u202ea"), "bidi-controls"],
  ["isolates", fill("\u2067\u05d0"), "bidi-controls"],
  ["escapes", fill("\u001b["), "terminal-escapes"],
  ["one long escape", `\u001b[${fill("1;")}m`, "terminal-escapes"],
  ["controls", fill("\u0080\n"), "terminal-escapes"],
  ["stars", fill("*"), undefined],
  ["you are", fill("you are "), undefined],
  ["strictly", fill("strictly **"), undefined]
]

const lines: ReadonlyArray<readonly [name: string, frontmatter: string, rule: string | undefined]> = [
  ["one key twice and again", fill("tools: Read\n", 100_000).trimEnd(), "duplicate-key"],
  ["capitals twice and again", fill("Name: a\n", 100_000).trimEnd(), undefined],
  ["near misses", fill("tool: Read\n", 100_000).trimEnd(), "ineffective-restriction"],
  ["many keys", Array.from({ length: 10_000 }, (_, at) => `toolz${at}: a`).join("\n"), undefined],
  ["names that are none", `tools: Read, ${fill("LS, ", 100_000)}Grep`, "dropped-tool-name"],
  ["names by blanks", `tools: Read ${fill("LS ", 100_000)}Grep`, "dropped-tool-name"],
  ["names in a list", `tools:\n  - Read\n${fill("  - LS\n", 100_000)}  - Grep`, "dropped-tool-name"],
  ["names that take nothing away", `disallowedTools: ${fill("bash, ", 100_000)}x`, "ineffective-restriction"],
  ["hidden names", `tools: Read, ${fill("R\u200bead, ", 100_000)}Grep`, "disguised-name"],
  [
    "a hook of exits",
    `tools: Read\nhooks:\n  PreToolUse:\n    - hooks:\n        - type: command\n          command: "${fill("exit 1 ( ", 100_000)}"`,
    "blocking-hook-that-does-not-block"
  ],
  [
    "a long matcher",
    `tools: Read\nhooks:\n  PreToolUse:\n    - matcher: ${fill("a", 100_000)}\n      hooks:\n        - type: command\n          command: exit 2`,
    "blocking-hook-that-does-not-block"
  ],
  [
    "many hooks",
    `tools: Read\nhooks:\n  Stop:\n${fill('    - hooks:\n        - {type: command, command: "a\\u0062c"}\n', 60_000).trimEnd()}`,
    "hooks-execute"
  ]
]

const rulesOf = (text: string): ReadonlySet<string> => new Set(said(text).map(({ rule }) => rule))

const expected = (rules: ReadonlySet<string>, rule: string | undefined, name: string): void => {
  if (rule !== undefined) assert.isTrue(rules.has(rule), `${name}: ${[...rules].join(" ")}`)
}

describe("a megabyte of", () => {
  for (const [name, body, rule] of bodies) {
    it(`${name} in the body`, () => expected(rulesOf(quiet(body)), rule, name))
  }
  for (const [name, frontmatter, rule] of lines) {
    it(`${name} in the frontmatter`, () => expected(rulesOf(agent(frontmatter)), rule, name))
  }
  it("letters in the name, the description and a key", () => {
    for (const text of [
      `---\nname: ${fill("\u043e")}\ndescription: d\n---\n`,
      `---\nname: a\ndescription: ${fill("read-only ")}\n---\n`,
      `---\nname: a\ndescription: d\n${fill("\u043eo")}: x\n---\n`
    ]) {
      assert.isArray(said(text, { path: "a.md" }))
    }
  })
})
