import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { isMap, isScalar, parseDocument } from "yaml"
import { codec } from "../../src/layers/agentCodecYaml.ts"
import { readPlainYaml, writePlainYaml } from "../../src/layers/plainYaml.ts"
import { checked, Text } from "../fakes/agentArbitraries.ts"

/** The entries as the `yaml` package reads them, or what else it says. */
const byPackage = (text: string): unknown => {
  const document = parseDocument(text, { schema: "core", prettyErrors: false, logLevel: "silent" })
  const [error] = document.errors
  if (error !== undefined) return error.message
  if (document.contents === null) return []
  if (!isMap(document.contents)) return document.toJS()
  return document.contents.items.map(({ key, value }) => [
    isScalar(key) ? String(key.value) : key,
    isScalar(value) ? value.value : value
  ])
}

const quotedKeys = new Set(["name", "description"])

const line = Schema.Union([
  Schema.Literals([
    "org: acme",
    'project: "web-shop"',
    "registry: ./agents-registry",
    "registry: /srv/a.b_c-d/e",
    "# a comment",
    "",
    "org: true",
    "org: False",
    "org: null",
    "org: NULL",
    "org: ~",
    "org: 5",
    "org: 0x1f",
    "org: 1e3",
    "org: 1.5.2",
    "org: 2025-10-11",
    "org: -a",
    "org: .5",
    "org: acme # said",
    "org: acme ",
    "org:  acme",
    "org:acme",
    "org: a b",
    "org: 'a'",
    'org: "a\\tb"',
    'org: "a: b # c"',
    'org: ""',
    'org: "a" b',
    "org: a:b",
    "org: https://x",
    "org: @a",
    "org: &a b",
    "  indented: a",
    "- item",
    "sync:",
    "sync: {a: b}",
    "? org",
    "...",
    "%YAML 1.2",
    "org: acme\r"
  ]),
  Text
])

describe("reading the plainest YAML", () => {
  it("takes lines of keys and texts, with comments and empty lines between", () => {
    assert.deepStrictEqual(
      readPlainYaml('# ours\norg: acme\n\nproject: "web shop: 1"\ndescription: Reviews a change, öfter\n'),
      new Map([
        ["org", "acme"],
        ["project", "web shop: 1"],
        ["description", "Reviews a change, öfter"]
      ])
    )
    assert.deepStrictEqual(readPlainYaml(""), new Map())
  })

  it("leaves to the package what could mean anything but text", () => {
    for (const text of [
      "org: true",
      "org: null",
      "org: 5",
      "org: 1e3",
      "org: ~",
      "org: 'a'",
      'org: "a\\tb"',
      "org: a: b",
      "org: a # b",
      "org: *",
      "a: b\na: c",
      "- a",
      "a:",
      "a: b\n  c"
    ]) {
      assert.isUndefined(readPlainYaml(text), text)
    }
  })

  it.prop(
    "says what the package says, or leaves it to the package",
    [Schema.Array(line)],
    ([lines]) => {
      const text = lines.join("\n")
      const plain = readPlainYaml(text)
      if (plain !== undefined) assert.deepStrictEqual<unknown>([...plain], byPackage(text), JSON.stringify(text))
    },
    { arbitrary: { ...checked.arbitrary, runs: 1000, size: 3 } }
  )

  it.prop(
    "says what the package says of a single odd value",
    [Text, Schema.Literals(["", '"', "a", "a ", "A-", "ö", "x, "])],
    ([value, start]) => {
      for (const text of [`key: ${start}${value}`, `key: ${start}${value}"`, `${start}${value}: text`]) {
        const plain = readPlainYaml(text)
        if (plain !== undefined) assert.deepStrictEqual<unknown>([...plain], byPackage(text), JSON.stringify(text))
      }
    },
    { arbitrary: { ...checked.arbitrary, runs: 1000, size: 6 } }
  )
})

describe("writing the plainest YAML", () => {
  it("is one line a field", () => {
    assert.strictEqual(
      writePlainYaml(
        [
          { key: "name", value: "code-reviewer" },
          { key: "tools", value: "Read, Grep" }
        ],
        quotedKeys
      ),
      'name: "code-reviewer"\ntools: Read, Grep\n'
    )
  })

  it("is left to the package for anything that could end a line, a quote or the frontmatter", () => {
    for (const value of ["a\nb", "a\rb", 'a"b', "a\\b", "a---b", "a\u2028b", "a\u0000b", 5, null, ["a"]]) {
      assert.isUndefined(writePlainYaml([{ key: "name", value }], quotedKeys), JSON.stringify(value))
    }
    for (const key of ["<<", "a b", "a:", "", "\u200btools"]) {
      assert.isUndefined(writePlainYaml([{ key, value: "a" }], quotedKeys), key)
    }
  })

  it.prop(
    "writes what the package writes, or leaves it to the package",
    [Schema.Record(Schema.Union([Text, Schema.Literals(["name", "description", "tools", "model"])]), Text), Text],
    ([record, description]) => {
      const fields = Object.entries({ ...record, description })
        .filter(([key]) => !["null", "true", "false"].includes(key) && !key.includes("---"))
        .map(([key, value]) => ({ key, value, tier: "base" as const }))
      for (const some of [fields, ...fields.map((field) => [field])]) {
        const plain = writePlainYaml(some, quotedKeys)
        if (plain !== undefined) assert.strictEqual(plain, codec.renderYaml(some))
      }
    },
    { arbitrary: { ...checked.arbitrary, runs: 1000, size: 6 } }
  )

  it.prop(
    "and reading it gives the same fields",
    [Schema.Array(Schema.Tuple([Schema.Literals(["name", "tools", "x-own", "model"]), Text]))],
    ([entries]) => {
      const fields = [...new Map(entries)].map(([key, value]) => ({ key, value }))
      const plain = writePlainYaml(fields, quotedKeys)
      if (plain === undefined) return
      assert.deepStrictEqual<unknown>(
        byPackage(plain),
        fields.map(({ key, value }) => [key, value])
      )
    },
    { arbitrary: { ...checked.arbitrary, runs: 1000, size: 4 } }
  )
})
