import { assert, layer } from "@effect/vitest"
import { Effect, Option, Result, Schema } from "effect"
import { parseDocument } from "yaml"
import { type Agent, type AgentSource, bodyOf, type Value } from "../../src/domain/Agent.ts"
import { compose } from "../../src/domain/composition.ts"
import * as AgentFormatYaml from "../../src/layers/AgentFormatYaml.ts"
import { AgentFormat, type ParsedAgent } from "../../src/services/AgentFormat.ts"
import { agentFrom, AnyAgent, checked, FieldValue, Text } from "../fakes/agentArbitraries.ts"

const codec = Effect.flatMap(AgentFormat, (format) => format.codec)

const parsed = (text: string) => Effect.map(codec, ({ parse }) => parse(text))

/** The agent of a text that can be read. */
const read = (text: string) =>
  Effect.flatMap(parsed(text), (result) =>
    Result.isSuccess(result) ? Effect.succeed(result.success) : Effect.die(JSON.stringify(result.failure))
  )

/** The complaint about a text that cannot. */
const complaint = (text: string) =>
  Effect.flatMap(parsed(text), (result) =>
    Result.isFailure(result) ? Effect.succeed(result.failure) : Effect.die(JSON.stringify(result.success))
  )

const fieldsOf = ({ source }: ParsedAgent): Record<string, Value> => Object.fromEntries(source.fields)

const agentWith = (fields: Record<string, Value>, prompt = "Body."): Agent => ({
  fields: Object.entries(fields).map(([key, value]) => ({ key, value, tier: "base" })),
  parts: [{ tier: "base", text: prompt }]
})

/** What Claude Code takes for the frontmatter: from the first line to the next `---`, wherever that stands. */
const frontmatterAsTheClientSeesIt = (text: string): string => {
  assert.isTrue(text.startsWith("---\n"))
  const inner = text.slice(4)
  return inner.slice(0, inner.indexOf("---"))
}

const wellFormed = "---\nname: code-reviewer\ndescription: Reviews.\ntools: Read, Grep\n---\n\nYou review.\n"

layer(AgentFormatYaml.layer)("reading an agent file", (it) => {
  it.effect("gives its fields in order, its body without the blank lines around it, and nothing to remark", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* read(wellFormed), {
        source: {
          fields: [
            ["name", "code-reviewer"],
            ["description", "Reviews."],
            ["tools", "Read, Grep"]
          ],
          body: "You review.",
          compose: "append"
        },
        remarks: []
      })
    })
  )

  it.effect("takes every kind of value that YAML and JSON share", () =>
    Effect.gen(function* () {
      const agent = yield* read(
        "---\na: 1\nb: 1.5\nc: true\nd: null\ne:\nf: [x, 2]\ng: {h: {i: j}}\nk:\n  - l\n  - m: n\no: |\n  p\n  q\n---\n"
      )
      assert.deepStrictEqual(fieldsOf(agent), {
        a: 1,
        b: 1.5,
        c: true,
        d: null,
        e: null,
        f: ["x", 2],
        g: { h: { i: "j" } },
        k: ["l", { m: "n" }],
        o: "p\nq\n"
      })
      assert.deepStrictEqual(agent.remarks, [])
    })
  )

  it.effect("takes words for text that only YAML 1.1 took for something else", () =>
    Effect.gen(function* () {
      const agent = yield* read("---\na: yes\nb: no\nc: on\nd: 2025-10-11\ne: 1_000\n---\n")
      assert.deepStrictEqual(fieldsOf(agent), { a: "yes", b: "no", c: "on", d: "2025-10-11", e: "1_000" })
    })
  )

  it.effect("knows how a body joins the one below, and takes that key out of the fields", () =>
    Effect.gen(function* () {
      for (const compose of ["append", "prepend", "replace"] as const) {
        const { source } = yield* read(`---\nname: a\ncompose: ${compose}\n---\nB`)
        assert.strictEqual(source.compose, compose)
        assert.deepStrictEqual(source.fields, [["name", "a"]])
      }
      assert.strictEqual((yield* read("---\nname: a\ncompose:\n---\nB")).source.compose, "append")
      for (const compose of ["Append", "over", "[append]", "5"]) {
        const { reason } = yield* complaint(`---\nname: a\ncompose: ${compose}\n---\nB`)
        assert.strictEqual(reason, "compose is append, prepend or replace")
      }
    })
  )

  it.effect("leaves out a byte order mark, and says so", () =>
    Effect.gen(function* () {
      const agent = yield* read(`\ufeff${wellFormed}`)
      assert.deepStrictEqual(agent.source, (yield* read(wellFormed)).source)
      assert.strictEqual(agent.remarks.length, 1)
      assert.include(agent.remarks[0]?.text, "byte order mark")
    })
  )

  it.effect("leaves out blank lines before the frontmatter, says so, and still counts them", () =>
    Effect.gen(function* () {
      const agent = yield* read(`\n  \n${wellFormed}`)
      assert.deepStrictEqual(agent.source, (yield* read(wellFormed)).source)
      assert.include(agent.remarks[0]?.text, "blank line")
      assert.strictEqual((yield* complaint("\n\n---\nname: a\n[b, c]: d\n---\n")).line, 5)
      assert.strictEqual((yield* complaint("\n\n---\nname: a\n")).line, 3)
    })
  )

  it.effect("reads Windows and old Macintosh line ends as line ends", () =>
    Effect.gen(function* () {
      const expected = (yield* read(wellFormed)).source
      assert.deepStrictEqual((yield* read(wellFormed.replaceAll("\n", "\r\n"))).source, expected)
      assert.deepStrictEqual((yield* read(wellFormed.replaceAll("\n", "\r"))).source, expected)
      const { source } = yield* read("---\r\nname: a\r\n---\r\n\r\none\r\ntwo\n")
      assert.strictEqual(source.body, "one\ntwo")
    })
  )

  it.effect("takes spaces after the fences", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* read("--- \t\nname: a\n---  \nB")).source.fields, [["name", "a"]])
    })
  )

  it.effect("refuses frontmatter that is never closed", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* complaint("---\nname: a\n\nYou review.\n"), {
        line: 1,
        reason: "the frontmatter has no closing ---"
      })
      assert.isDefined((yield* complaint("---\nname: a\n...\n")).reason)
      assert.isDefined((yield* complaint("---\nname: a\n----\n")).reason)
    })
  )

  it.effect("takes a text without frontmatter for body alone", () =>
    Effect.gen(function* () {
      for (const text of ["You review.", " ---\nname: a\n---\nB", "----\nname: a\n---\n", "x\n---\nname: a\n---\n"]) {
        const { source } = yield* read(text)
        assert.deepStrictEqual(source.fields, [])
        assert.strictEqual(source.body, text.trimEnd())
      }
      assert.deepStrictEqual((yield* read("")).source, { fields: [], body: "", compose: "append" })
    })
  )

  it.effect("reads empty frontmatter as no fields", () =>
    Effect.gen(function* () {
      for (const text of ["---\n---\nB", "---\n\n# a comment\n---\nB"]) {
        assert.deepStrictEqual((yield* read(text)).source, { fields: [], body: "B", compose: "append" })
      }
    })
  )

  it.effect("refuses frontmatter that is not keys and values, and says on which line it is", () =>
    Effect.gen(function* () {
      for (const yaml of ["- a\n- b", "just text", "5"]) {
        assert.deepStrictEqual(yield* complaint(`---\n${yaml}\n---\nB`), {
          line: 2,
          reason: "the frontmatter is not a list of keys and values"
        })
      }
    })
  )

  it.effect("refuses keys that are not text", () =>
    Effect.gen(function* () {
      const failure = yield* complaint("---\nname: a\n[b, c]: d\n---\nB")
      assert.deepStrictEqual(failure, { line: 3, reason: "a key of the frontmatter is not text" })
    })
  )

  it.effect("refuses numbers that JSON does not have", () =>
    Effect.gen(function* () {
      for (const value of [".nan", ".inf", "-.inf"]) {
        const { line, reason } = yield* complaint(`---\nname: a\nx: ${value}\n---\nB`)
        assert.strictEqual(line, 3)
        assert.include(reason, '"x"')
      }
    })
  )

  it.effect("counts the last of two equal keys, as the client does, and says so with its line", () =>
    Effect.gen(function* () {
      const agent = yield* read("---\nname: a\ntools: Read\ntools: Bash\n---\nB")
      assert.deepStrictEqual(fieldsOf(agent), { name: "a", tools: "Bash" })
      assert.strictEqual(agent.remarks.length, 1)
      assert.strictEqual(agent.remarks[0]?.line, 4)
      assert.include(agent.remarks[0]?.text, 'the key "tools" stands twice')
    })
  )

  it.effect(
    "remarks on capitalised keys, which mean nothing to the client, and does not take them for the others",
    () =>
      Effect.gen(function* () {
        for (const [written, meant] of [
          ["Name", "name"],
          ["Description", "description"],
          ["Tools", "tools"],
          ["TOOLS", "tools"],
          ["Model", "model"]
        ] as const) {
          const agent = yield* read(`---\n${written}: x\n---\nB`)
          assert.deepStrictEqual(agent.source.fields, [[written, "x"]])
          assert.include(agent.remarks[0]?.text, `"${written}"`)
          assert.include(agent.remarks[0]?.text, `"${meant}"`)
        }
        const both = yield* read("---\ntools: Read\nTools: Bash\n---\nB")
        assert.deepStrictEqual(fieldsOf(both), { tools: "Read", Tools: "Bash" })
      })
  )

  it.effect("reads anchors and aliases, and a key by another name", () =>
    Effect.gen(function* () {
      const agent = yield* read('---\na: &x [1, 2]\nb: *x\n"quoted": c\n? d\n: e\n---\nB')
      assert.deepStrictEqual(fieldsOf(agent), { a: [1, 2], b: [1, 2], quoted: "c", d: "e" })
    })
  )

  it.effect("ends the frontmatter at a line of hyphens alone, not in the middle of a value", () =>
    Effect.gen(function* () {
      const agent = yield* read("---\ndescription: see foo --- bar\nx: |\n  a\n  ---\n  b\ntools: Read\n---\nB\n---\nC")
      assert.deepStrictEqual(fieldsOf(agent), { description: "see foo --- bar", x: "a\n---\nb\n", tools: "Read" })
      assert.strictEqual(agent.source.body, "B\n---\nC")
    })
  )

  it.effect("keeps the body's own blank lines, indentation and fences", () =>
    Effect.gen(function* () {
      const { source } = yield* read("---\nname: a\n---\n\n\n    code\n\n```\n---\n```\n\n  \n")
      assert.strictEqual(source.body, "    code\n\n```\n---\n```")
    })
  )

  it.effect.prop(
    "never breaks down, whatever the text",
    [Schema.Array(Schema.Union([Text, Schema.Literals(["---", "name: a", "  - b", "x:", "tools: [a", "{", "]"])]))],
    ([lines]) =>
      Effect.gen(function* () {
        const { parse } = yield* codec
        for (const text of [lines.join("\n"), `---\n${lines.join("\n")}`, `---\n${lines.join("\n")}\n---\nB`]) {
          // An alias to nothing is a case of its own.
          if (!text.includes("*")) parse(text)
        }
      }),
    { arbitrary: { ...checked.arbitrary, runs: 300, size: 6 } }
  )
})

layer(AgentFormatYaml.layer)("repairing what is not strict YAML", (it) => {
  const repaired = Effect.fnUntraced(function* (yaml: string) {
    const agent = yield* read(`---\nname: a\n${yaml}\ntools: Read\n---\nB`)
    return { fields: fieldsOf(agent), remarks: agent.remarks }
  })

  it.effect("an unquoted star is the star", () =>
    Effect.gen(function* () {
      const agent = yield* read("---\nname: a\ntools: *\n---\nB")
      assert.deepStrictEqual(fieldsOf(agent), { name: "a", tools: "*" })
      assert.deepStrictEqual(agent.remarks, [{ line: 3, text: '"tools" is not strict YAML; read as plain text' }])
    })
  )

  it.effect("a colon in an unquoted description is part of it", () =>
    Effect.gen(function* () {
      const { fields, remarks } = yield* repaired("description: Use this: always. Examples: a: b")
      assert.deepStrictEqual(fields, {
        name: "a",
        description: "Use this: always. Examples: a: b",
        tools: "Read"
      })
      assert.deepStrictEqual(
        remarks.map(({ line }) => line),
        [3]
      )
    })
  )

  it.effect("an unquoted description over several lines keeps its examples, and what comes after is read as ever", () =>
    Effect.gen(function* () {
      const { fields } = yield* repaired(
        [
          "description: Use this agent when you review: always.",
          "",
          "  <example>",
          '    user: "Please check: this"',
          "    assistant: I will.",
          "  </example>"
        ].join("\n")
      )
      assert.deepStrictEqual(fields, {
        name: "a",
        description:
          'Use this agent when you review: always.\n\n<example>\n  user: "Please check: this"\n  assistant: I will.\n</example>',
        tools: "Read"
      })
    })
  )

  it.effect("examples whose lines are not indented stay with the description unless they look like keys", () =>
    Effect.gen(function* () {
      const { fields } = yield* repaired(
        "description: Review: now.\n<example>\nUser says hello: there\n</example>\nmodel: opus"
      )
      assert.deepStrictEqual(fields, {
        name: "a",
        description: "Review: now.\n<example>\nUser says hello: there\n</example>",
        model: "opus",
        tools: "Read"
      })
    })
  )

  it.effect("quotes that are not closed, brackets and odd first characters are text", () =>
    Effect.gen(function* () {
      for (const text of ['"open', "'open", "[a, b", "{a", "@someone", "`tick`", "%x", "a: [b", '"a" b']) {
        const { fields, remarks } = yield* repaired(`description: ${text}`)
        assert.deepStrictEqual(fields, { name: "a", description: text, tools: "Read" })
        assert.strictEqual(remarks.length, 1, text)
      }
    })
  )

  it.effect("only what is broken is touched: the others keep their kinds", () =>
    Effect.gen(function* () {
      const { fields } = yield* repaired("description: a: b\nlist: [1, true]\nmap:\n  c: d\ntext: |\n  e: f\n  g")
      assert.deepStrictEqual(fields, {
        name: "a",
        description: "a: b",
        list: [1, true],
        map: { c: "d" },
        text: "e: f\ng\n",
        tools: "Read"
      })
    })
  )

  it.effect("the line of a complaint after a repair is the line of the file", () =>
    Effect.gen(function* () {
      const failure = yield* complaint("---\nname: a\ndescription: b: c\n  and: d\nx: .nan\n---\nB")
      assert.strictEqual(failure.line, 5)
      assert.include(failure.reason, '"x"')
    })
  )

  it.effect("what is broken before the first key is refused", () =>
    Effect.gen(function* () {
      assert.include((yield* complaint("---\n  [oops\nname: a\n---\nB")).reason, "not YAML")
    })
  )
})

layer(AgentFormatYaml.layer)("writing an agent file", (it) => {
  const rendered = (agent: Agent, comment: ReadonlyArray<string> = []) =>
    Effect.map(codec, ({ render }) => render(agent, comment))

  /** Keys that stand for themselves: those with `---` in them and YAML's merge key are cases of their own. */
  const isPlainKey = (key: string): boolean => !key.includes("---") && key !== "<<" && key !== "compose"

  const plainAgent = (any: typeof AnyAgent.Type): Agent => {
    const agent = agentFrom(any)
    return { ...agent, fields: agent.fields.filter(({ key }) => isPlainKey(key)) }
  }

  const normal = (value: Value): unknown => JSON.parse(JSON.stringify(value))

  it.effect("is frontmatter, a blank line, the prompt and one line end", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* rendered(agentWith({ name: "a", description: "Reviews.", tools: "Read, Grep" }), ["crewkit 1: base"]),
        '---\n# crewkit 1: base\nname: "a"\ndescription: "Reviews."\ntools: Read, Grep\n---\n\nBody.\n'
      )
    })
  )

  it.effect("quotes name and description whatever they hold, so that no line of theirs can be misread", () =>
    Effect.gen(function* () {
      const text = yield* rendered(agentWith({ name: "true", description: "a: b\n# c\ntools: '*'" }))
      assert.strictEqual(text, `---\nname: "true"\ndescription: "a: b\\n# c\\ntools: '*'"\n---\n\nBody.\n`)
    })
  )

  it.effect("never folds a long line", () =>
    Effect.gen(function* () {
      const long = "word ".repeat(500)
      const text = yield* rendered(agentWith({ name: "a", description: long, other: `${long}: x`, list: [long] }))
      assert.deepStrictEqual(fieldsOf(yield* read(text)), {
        name: "a",
        description: long,
        other: `${long}: x`,
        list: [long]
      })
      assert.strictEqual(text.split("\n").length, 10)
    })
  )

  it.effect.prop(
    "and reading it gives back the same fields, in the same order, and the same prompt",
    [AnyAgent],
    ([any]) =>
      Effect.gen(function* () {
        const agent = plainAgent(any)
        const { remarks, source } = yield* read(yield* rendered(agent, ["a comment"]))
        assert.deepStrictEqual(
          source.fields.map(([key, value]) => [key, normal(value)]),
          agent.fields.map(({ key, value }) => [key, normal(value)])
        )
        assert.strictEqual(source.compose, "append")
        const expected: AgentSource = (yield* read(`---\nx: y\n---\n\n${bodyOf(agent)}`)).source
        assert.strictEqual(source.body, expected.body)
        assert.deepStrictEqual(
          remarks.filter(({ text }) => !text.includes("means nothing to Claude Code")),
          []
        )
      }),
    { arbitrary: { ...checked.arbitrary, runs: 200 } }
  )

  it.effect.prop(
    "written again after reading it is the same byte for byte",
    [AnyAgent],
    ([any]) =>
      Effect.gen(function* () {
        const once = yield* rendered(plainAgent(any))
        const { source } = yield* read(once)
        const again = yield* rendered(compose([{ tier: "base", source }]))
        const { source: twice } = yield* read(again)
        assert.deepStrictEqual(twice, source)
        assert.strictEqual(yield* rendered(compose([{ tier: "base", source: twice }])), again)
      }),
    checked
  )

  it.effect.prop(
    "holds no --- between its two fences, where the client would end the frontmatter",
    [AnyAgent, Schema.Array(Text)],
    ([any, comment]) =>
      Effect.gen(function* () {
        const agent = agentFrom(any)
        const shortRuns = comment.map((line) => line.replace(/-{5,}/g, "----"))
        const text = yield* rendered(agent, shortRuns)
        const seen = frontmatterAsTheClientSeesIt(text)
        assert.isTrue(text.startsWith(`---\n${seen}---\n\n`))
        assert.strictEqual(text.slice(`---\n${seen}---\n\n`.length), bodyOf(agent))
      }),
    { arbitrary: { ...checked.arbitrary, runs: 200 } }
  )

  it.effect("keeps hyphens that a value holds, and hides them from the client's fence", () =>
    Effect.gen(function* () {
      const fields = {
        name: "a---b",
        description: "see foo --- bar\n---\n-----",
        list: ["---", { "x---y": "z----" }],
        "two--only": "-- and —"
      }
      const text = yield* rendered(agentWith({ ...fields, tools: "Read" }))
      assert.include(frontmatterAsTheClientSeesIt(text), "tools: Read")
      assert.deepStrictEqual(fieldsOf(yield* read(text)), { ...fields, tools: "Read" })
    })
  )

  it.effect.prop(
    "says nothing in its comments that could be read as a key or end the frontmatter",
    [Schema.Array(Text), FieldValue],
    ([comment, value]) =>
      Effect.gen(function* () {
        const lines = [...comment.map((line) => line.replace(/-{5,}/g, "----")), "a\ntools: '*'", "b\r---\rhooks: x"]
        const text = yield* rendered(agentWith({ name: "a", value }), lines)
        const seen = frontmatterAsTheClientSeesIt(text)
        const data: unknown = parseDocument(seen, { schema: "core" }).toJS()
        assert.deepStrictEqual(Object.keys(Option.getOrElse(isRecord(data), () => ({}))), ["name", "value"])
        const commented = seen.split("\n").slice(0, lines.length)
        for (const line of commented) assert.isTrue(line.startsWith("# "))
      }),
    checked
  )

  it.effect("writes control characters and both kinds of line end as escapes", () =>
    Effect.gen(function* () {
      const text = yield* rendered(agentWith({ name: "a", x: "1\r2\u0007\u0000\u001b[31m", y: ["\r\n"] }))
      // oxlint-disable-next-line no-control-regex -- the very characters this is about
      assert.notMatch(text, /[\u0000-\u0009\u000b-\u001f]/)
      assert.deepStrictEqual(fieldsOf(yield* read(text)), { name: "a", x: "1\r2\u0007\u0000\u001b[31m", y: ["\r\n"] })
    })
  )

  it.effect("refuses what the package would take seconds for", () =>
    Effect.gen(function* () {
      const { codec } = yield* AgentFormat
      for (const yaml of [`a: ${"[".repeat(100_000)}`, `a: &a b\n${"c: *a\n".repeat(10_000)}`]) {
        const read = (yield* codec).parse(`---\n${yaml}\n---\n`)
        assert.include(Result.isFailure(read) ? read.failure.reason : "read", "no agent needs that")
      }
    })
  )

  it.effect("writes null as an empty value, which grants no tool", () =>
    Effect.gen(function* () {
      assert.include(yield* rendered(agentWith({ name: "a", tools: null })), "\ntools:\n")
    })
  )

  it.effect("writes an agent without a prompt as frontmatter alone", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* rendered({ fields: [{ key: "name", value: "a", tier: "base" }], parts: [] }),
        '---\nname: "a"\n---\n\n'
      )
    })
  )
})

const isRecord = Schema.decodeUnknownOption(Schema.Record(Schema.String, Schema.Unknown))
