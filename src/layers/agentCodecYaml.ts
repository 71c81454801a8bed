/** Agent files by the `yaml` package: strict where it parses, and as lenient as Claude Code where it does not. */
import { Option, Predicate, Result, Schema } from "effect"
import { Document, isMap, isNode, isScalar, parseDocument, Scalar, visit, YAMLMap } from "yaml"
import { type Agent, bodyOf, Compose, Value } from "../domain/Agent.ts"
import type { AgentCodec, ParsedAgent, Unreadable } from "../services/AgentFormat.ts"
import { repairFrontmatter } from "./frontmatterRepair.ts"
import { beyondLimits } from "./yamlLimits.ts"
import { readPlainYaml, writePlainYaml } from "./plainYaml.ts"

type Remark = ParsedAgent["remarks"][number]

const options = { uniqueKeys: false, schema: "core", prettyErrors: false, strict: true, logLevel: "silent" } as const

const isValue = Schema.is(Value)
const isCompose = Schema.is(Compose)

interface Split {
  readonly yaml: string
  readonly body: string
  /** Line of the file on which the YAML starts. */
  readonly line: number
}

/** Takes the frontmatter off. Without any, the whole text is body. */
const split = (text: string, remarks: Array<Remark>): Result.Result<Split, Unreadable> => {
  let rest = text
  if (rest.startsWith("\ufeff")) {
    rest = rest.slice(1)
    remarks.push({ line: 1, text: "starts with a byte order mark; left out" })
  }
  rest = rest.replace(/\r\n?/g, "\n")
  const blank = /^(?:[ \t]*\n)+(?=---[ \t]*\n)/.exec(rest)?.[0] ?? ""
  if (blank !== "")
    remarks.push({ line: 1, text: "starts with a blank line, which hides the agent from Claude Code; left out" })
  const skipped = blank.split("\n").length - 1
  rest = rest.slice(blank.length)
  const open = /^---[ \t]*\n/.exec(rest)
  if (open === null) return Result.succeed({ yaml: "", body: rest, line: 1 })
  const inner = rest.slice(open[0].length)
  const close = /^---[ \t]*$/m.exec(inner)
  if (close === null) return Result.fail({ line: 1 + skipped, reason: "the frontmatter has no closing ---" })
  return Result.succeed({
    yaml: inner.slice(0, close.index),
    body: inner.slice(close.index + close[0].length),
    line: 2 + skipped
  })
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length

/** The same for one offset after the other, in order: counts each line once. */
const linesAlong = (text: string): ((offset: number) => number) => {
  let [line, next] = [1, text.indexOf("\n")]
  return (offset) => {
    for (; next !== -1 && next < offset; next = text.indexOf("\n", next + 1)) line++
    return line
  }
}

/** A document whose values can be had: an alias without its anchor, or a bomb of them, is as bad as a syntax error. */
const readable = (yaml: string): Result.Result<Document, { readonly offset: number; readonly message: string }> => {
  const failed = (cause: unknown) => ({ offset: 0, message: cause instanceof Error ? cause.message : String(cause) })
  return Result.flatMap(Result.try({ try: () => parseDocument(yaml, options), catch: failed }), (document) => {
    const [error] = document.errors
    if (error !== undefined) return Result.fail({ offset: error.pos[0], message: error.message })
    return Result.try({
      try: () => {
        document.toJS({ maxAliasCount: 100 })
        return document
      },
      catch: failed
    })
  })
}

const valueOf = (document: Document, node: unknown): Option.Option<Value> => {
  const value: unknown = isNode(node) ? node.toJS(document, { maxAliasCount: 100 }) : node
  const plain: unknown = value === undefined ? null : typeof value === "bigint" ? String(value) : value
  return isValue(plain) ? Option.some(plain) : Option.none()
}

const fieldsOf = (
  document: Document,
  map: YAMLMap,
  yaml: string,
  line: number,
  remarks: Array<Remark>
): Result.Result<Map<string, Value>, Unreadable> => {
  const fields = new Map<string, Value>()
  const lineOf = linesAlong(yaml)
  for (const { key, value } of map.items) {
    const at = isNode(key) && key.range ? line + lineOf(key.range[0]) - 1 : line
    const name = isScalar(key) ? String(key.value) : undefined
    if (name === undefined) return Result.fail({ line: at, reason: "a key of the frontmatter is not text" })
    const plain = valueOf(document, value)
    if (Option.isNone(plain))
      return Result.fail({ line: at, reason: `the value of "${name}" cannot be written as YAML again` })
    if (fields.has(name)) {
      remarks.push({ line: at, text: `the key "${name}" stands twice; the last one counts, as for Claude Code` })
      fields.delete(name)
    }
    fields.set(name, plain.value)
  }
  return Result.succeed(fields)
}

const parseYaml = (
  yaml: string,
  line: number,
  remarks: Array<Remark>
): Result.Result<Map<string, Value>, Unreadable> => {
  const plain = readPlainYaml(yaml)
  if (plain !== undefined) return Result.succeed(plain)
  const beyond = beyondLimits(yaml)
  if (beyond !== undefined) return Result.fail({ line, reason: `${beyond}; no agent needs that` })
  let document = readable(yaml)
  let source = yaml
  if (Result.isFailure(document)) {
    const repaired = repairFrontmatter(yaml, (entry) => Result.isSuccess(readable(entry)))
    document = readable(repaired.yaml)
    source = repaired.yaml
    for (const repair of repaired.repairs) {
      remarks.push({ line: line + repair.line, text: `"${repair.key}" is not strict YAML; read as plain text` })
    }
  }
  if (Result.isFailure(document)) {
    const { message, offset } = document.failure
    return Result.fail({ line: line + lineAt(source, offset) - 1, reason: `not YAML: ${message.split("\n")[0] ?? ""}` })
  }
  const { contents } = document.success
  if (contents === null) return Result.succeed(new Map())
  if (!isMap(contents)) return Result.fail({ line, reason: "the frontmatter is not a list of keys and values" })
  return fieldsOf(document.success, contents, source, line, remarks)
}

const known = ["name", "description", "tools", "model"]

const parse = (text: string): Result.Result<ParsedAgent, Unreadable> => {
  const remarks: Array<Remark> = []
  return Result.flatMap(split(text, remarks), ({ body, line, yaml }) =>
    Result.flatMap(parseYaml(yaml, line, remarks), (fields) => {
      for (const key of fields.keys()) {
        const lower = key.toLowerCase()
        if (key !== lower && known.includes(lower) && !fields.has(lower)) {
          remarks.push({ line, text: `the key "${key}" means nothing to Claude Code; it is written "${lower}"` })
        }
      }
      const compose = fields.get("compose") ?? "append"
      if (!isCompose(compose)) {
        return Result.fail({ line, reason: "compose is append, prepend or replace" })
      }
      fields.delete("compose")
      return Result.succeed({
        source: { fields: [...fields], body: body.replace(/^(?:[ \t]*\n)+/, "").trimEnd(), compose },
        remarks
      })
    })
  )
}

const quoted = (value: string): Scalar => {
  const scalar = new Scalar(value)
  scalar.type = Scalar.QUOTE_DOUBLE
  return scalar
}

/** Keys whose text always stands in double quotes: what Claude Code parses by line it must not misread. */
const alwaysQuoted = new Set(["name", "description"])

/**
 * Claude Code ends the frontmatter at any `---`, wherever it stands: what came after, a restriction of tools say, would
 * be prompt. So a text that holds one is double-quoted, and the first hyphen written as an escape.
 */
const fence = "---"

const quoteFences = (document: Document): void =>
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === "string" && node.value.includes(fence)) node.type = Scalar.QUOTE_DOUBLE
    }
  })

/** A comment ends at a line end, and nothing may end it early. */
const commentOf = (line: string): string => line.replace(/\p{Cc}|\u2028|\u2029/gu, " ").replace(/-{2,}/g, "-")

/** The frontmatter by the package: whatever YAML it takes to say the values. */
const renderYaml = (fields: Agent["fields"]): string => {
  const document = new Document(undefined, { schema: "core" })
  const map = new YAMLMap()
  for (const { key, value } of fields) {
    map.set(
      key,
      alwaysQuoted.has(key) && Predicate.isString(value)
        ? quoted(value)
        : document.createNode(value, { aliasDuplicateObjects: false })
    )
  }
  document.contents = map
  const fenced = fields.some((field) => field.key.includes(fence) || JSON.stringify(field.value).includes(fence))
  if (fenced) quoteFences(document)
  const yaml = document.toString({
    lineWidth: 0,
    nullStr: "",
    flowCollectionPadding: false,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER
  })
  return fenced ? yaml.replace(/-{3,}/g, (run) => run.replaceAll("-", "\\x2d")) : yaml
}

const render = (agent: Agent, comment: ReadonlyArray<string>): string => {
  const yaml = writePlainYaml(agent.fields, alwaysQuoted) ?? renderYaml(agent.fields)
  const head = comment.map((line) => `# ${commentOf(line)}\n`).join("")
  return `---\n${head}${yaml}---\n\n${bodyOf(agent)}`
}

/** `renderYaml` is there for the test that holds the quick way against it. */
export const codec: AgentCodec & { readonly renderYaml: typeof renderYaml } = { parse, render, renderYaml }
