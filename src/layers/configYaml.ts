/** Reading a small YAML file against a closed set of keys, with line and column for every complaint. */
import { Result, Schema, SchemaIssue } from "effect"
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from "yaml"
import { ConfigInvalid } from "../domain/errors.ts"
import { nearest } from "../domain/nearest.ts"
import { secretKind } from "../domain/secrets.ts"

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

interface Context {
  readonly file: string
  readonly lines: LineCounter
  readonly keys: Record<string, ReadonlyArray<string>>
}

const complain = (context: Context, node: unknown, problem: string, suggestion?: string): ConfigInvalid => {
  const offset = isNode(node) ? (node.range?.[0] ?? 0) : 0
  const { col, line } = context.lines.linePos(offset)
  return new ConfigInvalid({
    file: context.file,
    line,
    column: col,
    problem,
    ...(suggestion === undefined ? {} : { suggestion })
  })
}

const away = "remove it here and revoke it where it came from"

/** What the audit calls a finding by: it looks random, and is a hash that is meant to be written down. */
const fingerprint = /^[0-9a-f]{32}$/

const secretIn = (context: Context, node: unknown, name: string): ConfigInvalid | undefined => {
  if (!isScalar(node) || typeof node.value !== "string") return undefined
  if (name === "fingerprint" && fingerprint.test(node.value)) return undefined
  const kind = secretKind(node.value)
  return kind === undefined
    ? undefined
    : complain(context, node, `this looks like ${kind}; the file is committed, so it never holds one`, away)
}

/** The first thing wrong in a value: of lists, in each entry. */
const checkValue = (context: Context, value: unknown, full: string, name: string): ConfigInvalid | undefined => {
  if (isMap(value)) return check(context, value, full)
  if (!isSeq(value)) return secretIn(context, value, name)
  for (const item of value.items) {
    const wrong = checkValue(context, item, `${full}[]`, name)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/** The first thing wrong with a mapping: a value like a secret, a key twice, a key nobody knows. */
const check = (context: Context, map: YAMLMap, path: string): ConfigInvalid | undefined => {
  const known = context.keys[path] ?? []
  const seen = new Set<string>()
  for (const { key, value } of map.items) {
    const name = isScalar(key) ? String(key.value) : ""
    const secret = secretIn(context, value, name)
    if (secret !== undefined) return secret
    const kindOfKey = secretKind(name)
    if (kindOfKey !== undefined) return complain(context, key, `a key looks like ${kindOfKey}`, away)
    const full = path === "" ? name : `${path}.${name}`
    if (seen.has(name)) return complain(context, key, `the key ${full} stands twice`)
    seen.add(name)
    if (!known.includes(name)) {
      const guess = nearest(name, known)
      return complain(
        context,
        key,
        `unknown key ${full}`,
        guess === undefined ? `known here: ${known.join(", ")}` : `did you mean ${guess}?`
      )
    }
    const inner = checkValue(context, value, full, name)
    if (inner !== undefined) return inner
  }
  return undefined
}

/** The node at which a schema's complaint points, as near as the path leads. */
const nodeAt = (map: YAMLMap, path: ReadonlyArray<PropertyKey>): unknown => {
  let node: unknown = map
  for (const key of path) {
    const next: unknown = isMap(node)
      ? node.get(String(key), true)
      : isSeq(node)
        ? node.get(Number(key), true)
        : undefined
    if (next === undefined) return node
    node = next
  }
  return node
}

const decodeFields = <A>(
  schema: Schema.Codec<A, unknown>,
  map: YAMLMap,
  data: unknown,
  context: Context
): Result.Result<A, ConfigInvalid> => {
  const decoded = Schema.decodeUnknownResult(schema)(data)
  if (Result.isSuccess(decoded)) return Result.succeed(decoded.success)
  const [issue] = formatIssue(decoded.failure.issue).issues
  const path = (issue?.path ?? []).map((step) => (typeof step === "object" ? step.key : step))
  const where = path.length === 0 ? "" : `${path.map(String).join(".")}: `
  return Result.fail(complain(context, nodeAt(map, path), `${where}${issue?.message ?? decoded.failure.message}`))
}

interface Closed {
  readonly context: Context
  /** Undefined where the text holds nothing. */
  readonly root: YAMLMap | undefined
  readonly data: unknown
}

const read = (
  file: string,
  text: string,
  keys: Record<string, ReadonlyArray<string>>
): Result.Result<Closed, ConfigInvalid> => {
  const lines = new LineCounter()
  const document = parseDocument(text, { schema: "core", uniqueKeys: false, prettyErrors: false, lineCounter: lines })
  const context: Context = { file, lines, keys }
  const [error] = document.errors
  if (error !== undefined) {
    const { col, line } = lines.linePos(error.pos[0])
    return Result.fail(
      new ConfigInvalid({ file, line, column: col, problem: `not YAML: ${error.message.split("\n")[0] ?? ""}` })
    )
  }
  const root: unknown = document.contents
  if (root === null) return Result.succeed({ context, root: undefined, data: {} })
  if (!isMap(root)) return Result.fail(complain(context, root, "the file is not a list of keys and values"))
  const wrong = check(context, root, "")
  if (wrong !== undefined) return Result.fail(wrong)
  const data = Result.try(() => document.toJS({ maxAliasCount: 100 }) as unknown)
  return Result.isFailure(data)
    ? Result.fail(complain(context, root, "not YAML: an alias that leads nowhere, or too many"))
    : Result.succeed({ context, root, data: data.success })
}

/** What the text says, with keys that are known and no secret; whether the values are good is not looked at. */
export const closedYaml = (
  file: string,
  text: string,
  keys: Record<string, ReadonlyArray<string>>
): Result.Result<unknown, ConfigInvalid> => Result.map(read(file, text, keys), ({ data }) => data)

export const readClosedYaml = <A>(
  file: string,
  text: string,
  keys: Record<string, ReadonlyArray<string>>,
  schema: Schema.Codec<A, unknown>
): Result.Result<A, ConfigInvalid> =>
  Result.flatMap(read(file, text, keys), ({ context, data, root }) =>
    root === undefined
      ? Result.fail(complain(context, root, "the file is not a list of keys and values"))
      : decodeFields(schema, root, data, context)
  )
