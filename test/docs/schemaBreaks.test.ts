/** What counts as a break of a published schema, and what does not: as docs/scripts.md has it. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { publishedOf } from "../../src/domain/documentSchema.ts"
import { growing } from "../../src/domain/growing.ts"
import { breaksOf } from "../support/schemaBreaks.ts"

const { Array: List, Finite, Int, Json, Literal, Literals, NullOr, Record, String: Text, Struct, Union } = Schema
const optional = Schema.optionalKey

const compiled = (schema: Schema.Constraint): Readonly<Record<string, unknown>> => {
  const { definitions, schema: root } = Schema.toJsonSchemaDocument(schema)
  return { ...root, $defs: definitions }
}

const pair = (name: string, version: string) => Struct({ name: Literal(name), version: Literal(version) })

interface Case {
  readonly name: string
  readonly before: Schema.Constraint
  readonly after: Schema.Constraint
}

const additions: ReadonlyArray<Case> = [
  { name: "a new member", before: Struct({ a: Text }), after: Struct({ a: Text, b: Text }) },
  {
    name: "an optional member that is always there",
    before: Struct({ a: optional(Text) }),
    after: Struct({ a: Text })
  },
  { name: "an integer for a number", before: Struct({ a: Finite }), after: Struct({ a: Int }) },
  { name: "a value that no longer comes", before: Literals(["a", "b"]), after: Literals(["a"]) },
  { name: "words in place of any text", before: Text, after: Literals(["a", "b"]) },
  { name: "null no longer", before: NullOr(Text), after: Text },
  { name: "a shape for what could be anything", before: Struct({ a: Json }), after: Struct({ a: Struct({ b: Int }) }) },
  { name: "a pattern for any text", before: Text, after: Text.check(Schema.isPattern(/^a/u)) },
  { name: "at least one item", before: List(Text), after: List(Text).check(Schema.isMinLength(1)) },
  { name: "a description", before: Text, after: Text.annotate({ description: "what it is" }) },
  {
    name: "the same under a name",
    before: Struct({ a: Struct({ b: Text }) }),
    after: Struct({ a: Struct({ b: Text }).annotate({ identifier: "Named" }) })
  },
  {
    name: "a member of one alternative",
    before: Union([Struct({ kind: Literal("a"), x: Text }), Struct({ kind: Literal("b"), y: Int })]),
    after: Union([Struct({ kind: Literal("a"), x: Text, z: Text }), Struct({ kind: Literal("b"), y: Int })])
  }
]

const breaks: ReadonlyArray<Case & { readonly says: ReadonlyArray<string> }> = [
  {
    name: "a member that is gone",
    before: Struct({ a: Struct({ b: Text, c: optional(Text) }) }),
    after: Struct({ a: Struct({ d: Text }) }),
    says: ["a.b is gone", "a.c is gone"]
  },
  {
    name: "a member that may be absent",
    before: Struct({ a: Text }),
    after: Struct({ a: optional(Text) }),
    says: ["a was always there and may be absent now"]
  },
  {
    name: "another type",
    before: Struct({ a: List(Struct({ b: Text })) }),
    after: Struct({ a: List(Struct({ b: Finite })) }),
    says: ['a[].b was "string" and is "number"']
  },
  {
    name: "a number for an integer",
    before: Struct({ a: Int }),
    after: Struct({ a: Finite }),
    says: ['a was "integer" and is "number"']
  },
  {
    name: "a value that did not come before",
    before: Struct({ a: Literals(["x", "y"]) }),
    after: Struct({ a: Literals(["x", "y", "z"]) }),
    says: ['a may be "z" now']
  },
  {
    name: "any text for a word",
    before: Struct({ a: Literals(["x", "y"]) }),
    after: Struct({ a: Text }),
    says: ['a was one of "x", "y" and may be another now']
  },
  {
    name: "null",
    before: Struct({ a: Text }),
    after: Struct({ a: NullOr(Text) }),
    says: ['a was "string" and is "null"']
  },
  {
    name: "anything",
    before: Struct({ a: Text }),
    after: Struct({ a: Schema.Unknown }),
    says: ["a may be anything now"]
  },
  {
    name: "a pattern that is gone",
    before: Text.check(Schema.isPattern(/^a/u)),
    after: Text,
    says: [' promised pattern "^a"']
  },
  {
    name: "an empty list",
    before: Struct({ a: List(Text).check(Schema.isMinLength(1)) }),
    after: Struct({ a: List(Text) }),
    says: ["a promised minItems 1"]
  },
  {
    name: "the values of a record",
    before: Struct({ a: Record(Text, Int) }),
    after: Struct({ a: Record(Text, Text) }),
    says: ['a.* was "integer" and is "string"']
  },
  {
    name: "an alternative that did not come before",
    before: Union([pair("a", "1"), pair("b", "1")]),
    after: Union([pair("a", "1"), pair("b", "1"), pair("c", "1")]),
    says: ['the document may be name "c", version "1" now']
  },
  {
    name: "a change in one alternative, told of that one",
    before: Union([Struct({ kind: Literal("a"), x: Text }), Struct({ kind: Literal("b"), y: Int })]),
    after: Union([Struct({ kind: Literal("a"), x: Text }), Struct({ kind: Literal("b"), y: Text })]),
    says: ['y was "integer" and is "string"']
  }
]

describe("a change of a published schema", () => {
  for (const { after, before, name } of additions) {
    it(`goes through: ${name}`, () => assert.deepStrictEqual(breaksOf(compiled(before), compiled(after)), []))
  }
  for (const { after, before, name, says } of breaks) {
    it(`breaks: ${name}`, () => assert.deepStrictEqual(breaksOf(compiled(before), compiled(after)), says))
  }

  it("breaks where no other member was allowed", () => {
    const closed = { type: "object", properties: { a: { type: "string" } }, additionalProperties: false }
    const more = { ...closed, properties: { ...closed.properties, b: { type: "string" } } }
    assert.deepStrictEqual(breaksOf(closed, more), [".b is new where no other member was allowed"])
    assert.deepStrictEqual(breaksOf(closed, { ...closed, additionalProperties: true }), [" may have other members now"])
  })

  it("goes through where a field may grow, and breaks where it may no longer be known", () => {
    const document = (...values: ReadonlyArray<string>) =>
      publishedOf("one", { data: Struct({ a: Literals(values).annotate(growing) }) })[0]?.schema ?? {}
    const closed = publishedOf("one", { data: Struct({ a: Literals(["x"]) }) })[0]?.schema ?? {}
    assert.include(JSON.stringify(document("x", "y")), '"a":{"type":"string","examples":["x","y"]}')
    assert.deepStrictEqual(breaksOf(document("x", "y"), document("x", "y", "z")), [])
    assert.deepStrictEqual(breaksOf(document("x", "y"), closed), [])
    assert.deepStrictEqual(breaksOf(closed, document("x", "y")), ['data.a was one of "x" and may be another now'])
  })

  it("comes to an end with a schema that names itself", () => {
    const tree = (leaf: string) => ({
      $ref: "#/$defs/Tree",
      $defs: {
        Tree: {
          type: "object",
          properties: { leaf: { type: leaf }, inner: { type: "array", items: { $ref: "#/$defs/Tree" } } },
          required: ["leaf"]
        }
      }
    })
    assert.deepStrictEqual(breaksOf(tree("string"), tree("string")), [])
    assert.deepStrictEqual(breaksOf(tree("string"), tree("number")), ['leaf was "string" and is "number"'])
  })

  it("lets new events come, and none go", () => {
    const of = (...types: ReadonlyArray<string>) =>
      compiled(Union(types.map((type) => Struct({ type: Literal(type), data: Text }))))
    assert.deepStrictEqual(breaksOf(of("a", "b"), of("a", "b", "c"), { events: "type" }), [])
    assert.deepStrictEqual(breaksOf(of("a", "b"), of("a"), { events: "type" }), ['the event "b" is gone'])
    assert.deepStrictEqual(breaksOf(of("a", "b"), of("a", "b", "c")), ['the document may be type "c" now'])
  })

  it("sees into the documents of a command", () => {
    const document = (data: Schema.Constraint, failures: Record<string, Schema.Constraint>) =>
      publishedOf("one", { data, failures })[0]?.schema ?? {}
    const [one, more] = [Struct({ a: Text }), Struct({ a: Text, b: Text })]
    assert.deepStrictEqual(breaksOf(document(one, {}), document(more, { Incomplete: more })), [])
    assert.deepStrictEqual(breaksOf(document(more, { Incomplete: more }), document(one, { Incomplete: one })), [
      "data.b is gone",
      "error.details.b is gone"
    ])
    const most = Struct({ a: Text, b: Text, c: Text })
    assert.deepStrictEqual(breaksOf(document(one, { Incomplete: most }), document(one, { Incomplete: one })), [
      "error.details.b is gone",
      "error.details.c is gone"
    ])
    assert.deepStrictEqual(breaksOf(document(one, { Incomplete: one }), document(one, {})), [
      'error.code was never "Incomplete" here and may be now'
    ])
    assert.deepStrictEqual(breaksOf(document(one, {}), publishedOf("one", { data: undefined })[0]?.schema ?? {}), [])
  })
})
