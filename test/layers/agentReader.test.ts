import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { entryOf } from "../../src/domain/audit/AuditedFile.ts"
import { read } from "../../src/layers/agentReader.ts"
import { readPlainEntries } from "../../src/layers/readerPlain.ts"
import { readYamlEntries } from "../../src/layers/readerYaml.ts"
import { Text } from "../fakes/agentArbitraries.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const file = (text: string) => read("a.md", bytes(text))
const inner = (yaml: string) => file(`---\n${yaml}\n---\n`)

const values = (yaml: string): ReadonlyArray<readonly [string, unknown]> =>
  inner(yaml).frontmatter.entries.map(({ key, value }) => [key, value])

describe("where the frontmatter stands", () => {
  it.each([
    ["---\nname: a\n---\nBody", "closed", "name: a\n", "Body"],
    ["---\r\nname: a\r\n---\r\nBody", "closed", "name: a\r\n", "Body"],
    ["\ufeff---\nname: a\n---\nBody", "closed", "name: a\n", "Body"],
    ["--- \t\nname: a\n---  \nBody", "closed", "name: a\n", "Body"],
    ["---\nname: a\n---", "closed", "name: a\n", ""],
    ["---\nname: a---b\n---\nBody", "closed", "name: a", "b\n---\nBody"],
    ["---\nname: a\n----\nBody", "closed", "name: a\n", "-\nBody"],
    ["\n---\nname: a\n---\nBody", "hidden", "", "\n---\nname: a\n---\nBody"],
    ["\ufeff\ufeff---\nname: a\n---\nBody", "hidden", "", "\ufeff\ufeff---\nname: a\n---\nBody"],
    [" ---\nname: a\n---\nBody", "hidden", "", " ---\nname: a\n---\nBody"],
    ["----\nname: a\n----\nBody", "missing", "", "----\nname: a\n----\nBody"],
    ["--- # a\nname: a\n---\nBody", "missing", "", "--- # a\nname: a\n---\nBody"],
    ["---\rname: a\r---\rBody", "missing", "", "---\rname: a\r---\rBody"],
    ["---\nname: a\n", "unterminated", "", "---\nname: a\n"],
    ["---\nname: a\n  b: [\n---\n", "unreadable", "name: a\n  b: [\n", ""],
    ["", "missing", "", ""]
  ])("%j is %s", (text, state, yaml, body) => {
    const { frontmatter, body: after, text: kept } = file(text)
    assert.deepStrictEqual(
      [kept, frontmatter.state, text.slice(frontmatter.span.start, frontmatter.span.end)],
      [text, state, yaml]
    )
    assert.strictEqual(text.slice(after.start, after.end), body)
  })

  it("counts bytes and says that they are not UTF-8", () => {
    const read1 = read("a.md", Uint8Array.from([...bytes("---\nname: a"), 0xff, ...bytes("\n---\n")]))
    assert.deepStrictEqual([read1.bytes, read1.malformed, entryOf(read1, "name")?.value], [17, true, "a\ufffd"])
    assert.deepStrictEqual([file("é").bytes, file("é").malformed], [2, false])
  })
})

describe("keys and values", () => {
  it.each<readonly [string, ReadonlyArray<readonly [string, unknown]>]>([
    [
      "a: 1\nb: true\nc: text\nd:\ne: ~",
      [
        ["a", 1],
        ["b", true],
        ["c", "text"],
        ["d", null],
        ["e", null]
      ]
    ],
    [
      "a: yes\nb: 014\nc: .inf",
      [
        ["a", "yes"],
        ["b", 14],
        ["c", null]
      ]
    ],
    [
      "a: one\na: two",
      [
        ["a", "one"],
        ["a", "two"]
      ]
    ],
    [
      "'a': x\n\"b\\x63\": y",
      [
        ["a", "x"],
        ["bc", "y"]
      ]
    ],
    [
      "b: &b\n  a: one\n<<: *b",
      [
        ["a", "one"],
        ["b", { a: "one" }],
        ["<<", { a: "one" }]
      ]
    ],
    [
      "<<: {a: one, c: 2}\na: two",
      [
        ["c", 2],
        ["<<", { a: "one", c: 2 }],
        ["a", "two"]
      ]
    ],
    [
      "x: &x [*x]\na: b",
      [
        ["x", [null]],
        ["a", "b"]
      ]
    ],
    [
      "a: |\n  one\n  two\nb: >-\n  one\n  two",
      [
        ["a", "one\ntwo\n"],
        ["b", "one two"]
      ]
    ],
    ["# a: b\na: c # d", [["a", "c"]]],
    [
      "a:\n- x\n- \"y\"\nb: [x, 'y']",
      [
        ["a", ["x", "y"]],
        ["b", ["x", "y"]]
      ]
    ],
    // What the client repairs, and what it leaves.
    [
      "a: b: c\nd: e # f\nlist: [x, y]",
      [
        ["a", "b: c"],
        ["d", "e # f"],
        ["list", ["x", "y"]]
      ]
    ],
    [
      "a: b: c\nmap: {x: y}",
      [
        ["a", "b: c"],
        ["map", "{x: y}"]
      ]
    ],
    ["tools: *", [["tools", "*"]]],
    ["a: [,x]", [["a", "[,x]"]]],
    ["a: 'it''s' it's: b", [["a", "'it''s' it's: b"]]],
    ['a: b: \\ "c"', [["a", 'b: \\ "c"']]],
    [
      "a:\n\t- x\n\t- y\nb:\n  c:\n\t\td: e",
      [
        ["a", ["x", "y"]],
        ["b", { c: { d: "e" } }]
      ]
    ]
  ])("%j", (yaml, expected) => {
    assert.deepStrictEqual(values(yaml), expected)
  })

  it.each([
    "a1: b: c",
    '"a": b: c',
    " a: b: c",
    "a: b\n  c: d",
    "a: b: c\nd: |\n  e",
    "a: b:\tc\nd:\te:\tf",
    "a: b: c\r",
    "- a",
    "a: - b",
    'a: "b" c',
    'a: "\\q"',
    'a: "\\ud800"',
    "a: \0",
    "a: b\n...\nc: d",
    "a: [x,\ny]"
  ])("%j is unreadable", (yaml) => {
    assert.strictEqual(inner(yaml).frontmatter.state, "unreadable")
  })

  it("stand where they are written, repaired ones too", () => {
    const text = '\ufeff---\r\n# one\r\nname:  "a b" # two\r\ntools:\r\n  - Read\r\n---\r\n'
    const { frontmatter } = file(text)
    const at = ({ start, end }: { readonly start: number; readonly end: number }) => text.slice(start, end)
    assert.deepStrictEqual(
      frontmatter.entries.map((entry) => [at(entry), at(entry.keySpan), at(entry.valueSpan)]),
      [
        ['name:  "a b"', "name", '"a b"'],
        ["tools:\r\n  - Read", "tools", "- Read"]
      ]
    )
    assert.deepStrictEqual(frontmatter.comments.map(at), ["# one", "# two"])
    const broken = '---\nx:\n\ta: 1\n\tb: 2 # c\nname: one: "two"\ntools: Read\n---\n'
    const repaired = file(broken).frontmatter
    const in2 = ({ start, end }: { readonly start: number; readonly end: number }) => broken.slice(start, end)
    assert.deepStrictEqual(
      repaired.entries.map((entry) => [in2(entry.keySpan), in2(entry.valueSpan), entry.repaired]),
      [
        ["x", "a: 1\n\tb: 2 # c", false],
        ["name", 'one: "two"', true],
        ["tools", "Read", false]
      ]
    )
    assert.deepStrictEqual(repaired.comments.map(in2), ["# c"])
    assert.isTrue(repaired.problems.some((problem) => problem.start === broken.indexOf("\ta: 1")))
  })

  it("an anchor that multiplies itself ends", () => {
    const levels = Array.from({ length: 40 }, (_, level) =>
      level === 0
        ? "a0: &a0 [x]"
        : `a${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(", ")}]`
    )
    const { frontmatter } = inner(`${levels.join("\n")}\nname: bomb`)
    assert.strictEqual(frontmatter.state, "closed")
    assert.isBelow(JSON.stringify(frontmatter.entries).length, 2_000_000)
  })

  it("what takes the package seconds is not handed to it, and a long text is", () => {
    const states = [
      `a:\n ${"[".repeat(101)}`,
      `a: ${"{b: ".repeat(20_000)}`,
      `a:\n${"- ".repeat(101)}x`,
      Array.from({ length: 501 }, (_, index) => `a${index}: &a${index} 1`).join("\n"),
      `a: ${'"'.repeat(20_000)}`,
      "? a\n".repeat(20_000)
    ].map((yaml) => inner(yaml).frontmatter.state)
    assert.deepStrictEqual([...new Set(states)], ["oversized"])
    assert.strictEqual(inner(`name: a\ndescription: |\n  ${"x ".repeat(400_000)}`).frontmatter.state, "closed")
  })

  it("a long file is read", () => {
    const long = file(`---\nname: a\n---\n${"x".repeat(1_048_576)}`)
    assert.strictEqual(long.body.end - long.body.start, 1_048_576)
  })
})

const yamlLine = Schema.Union([
  Schema.Literals([
    "name: a",
    "name: A b, c.",
    "tools: Read, Bash(git diff:*)",
    "tools: [Read, 'Grep']",
    "tools: [Read",
    "tools:",
    "  - Read",
    "- Read",
    "  - x: y",
    "# comment",
    "",
    " ",
    "description: a: b",
    "description: a: b # c",
    "description: 'a'",
    'description: "a\\n"',
    "description: a\r",
    "n: 12",
    "n: 012",
    "n: 1_0",
    "t: True",
    "t: tRUE",
    "a1: b: c",
    "x: a # b",
    "x: *",
    "x: |",
    "  text",
    "x: >-",
    "x: {a: b}",
    "x: a:",
    "x: [a: b]",
    "x: [a,b]",
    "x: [a, b]  ",
    "x: []",
    "x: [ ]",
    "x: ''",
    "x: (a",
    "x: ./a",
    "x: a\tb",
    "\tx: 1",
    "x: ...",
    "x: [null, true, 1]",
    "x: a'b\"c",
    "x: a: 'b'",
    "null: x",
    "x:  a  ",
    "x : a",
    "x:a",
    "- a: b: c",
    "x: é: ü",
    "x: 'a': b'"
  ]),
  Text
])

describe("the plain way and the package", () => {
  it.prop(
    "say the same",
    [Schema.Array(yamlLine)],
    ([lines]) => {
      const yaml = lines.join("\n")
      const plain = readPlainEntries(yaml, 4)
      if (plain !== undefined) assert.deepStrictEqual(plain, readYamlEntries(yaml, 4))
    },
    { arbitrary: { runs: 3000 } }
  )

  it.prop("never throw", [Text], ([text]) => {
    const { frontmatter } = file(`---\n${text}\n---\n`)
    for (const { start, end } of [...frontmatter.entries, ...frontmatter.comments]) assert.isTrue(start <= end)
  })
})
