/** Frontmatter by the `yaml` package: first strictly, then with what Claude Code repairs. */
import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  parseDocument,
  type Range,
  type YAMLMap,
  type YAMLParseError
} from "yaml"
import type { Value } from "../domain/Agent.ts"
import type { Entry, Frontmatter, Span } from "../domain/audit/AuditedFile.ts"
import { repair, type RepairedLine, written } from "./readerRepair.ts"

export interface EntriesRead extends Pick<Frontmatter, "entries" | "problems" | "comments"> {
  readonly readable: boolean
}

/** The package makes an error of each mistake; to find the lines of its own code for them takes longer than to parse. */
const withoutStacks = <A>(work: () => A): A => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return work()
  } finally {
    Error.stackTraceLimit = limit
  }
}

const options = { uniqueKeys: false, schema: "core", prettyErrors: false, strict: true, logLevel: "error" } as const

type Problem = Frontmatter["problems"][number]

/** A value with its nodes counted, so that aliases to aliases cannot make it grow without end. */
interface Built {
  readonly value: Value
  readonly nodes: number
}

const maxNodes = 10_000

const nothing: Built = { value: null, nodes: 1 }

type Anchors = Map<string, Built>

/** What the package lets pass and the client does not: an alias of nothing, NUL, half of a surrogate pair. */
class Unreadable extends Error {}

const build = (node: unknown, anchors: Anchors): Built => {
  const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined
  // Within itself it stands for nothing yet.
  if (anchor !== undefined) anchors.set(anchor, nothing)
  const built = buildBare(node, anchors)
  if (anchor !== undefined) anchors.set(anchor, built)
  return built
}

const buildBare = (node: unknown, anchors: Anchors): Built => {
  if (isAlias(node)) {
    const built = anchors.get(node.source)
    if (built === undefined) throw new Unreadable(`nothing has the anchor ${node.source}`)
    return built
  }
  if (isScalar(node)) {
    const { value } = node
    if (typeof value === "string") {
      if (!value.isWellFormed()) throw new Unreadable("an unpaired surrogate is not text")
      return { value, nodes: 1 }
    }
    return typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))
      ? { value, nodes: 1 }
      : nothing
  }
  let nodes = 1
  const within = (item: Built): Value => {
    if (nodes + item.nodes > maxNodes) return null
    nodes += item.nodes
    return item.value
  }
  if (isSeq(node)) {
    const value = node.items.map((item) => within(build(isPair(item) ? undefined : item, anchors)))
    return { value, nodes }
  }
  if (!isMap(node)) return nothing
  const fields = new Map<string, Value>()
  for (const { key, value } of node.items) {
    const name = keyOf(key, anchors)
    const item = within(build(value, anchors))
    if (name !== undefined) fields.set(name, item)
  }
  return { value: Object.fromEntries(fields), nodes }
}

const keyOf = (key: unknown, anchors: Anchors): string | undefined => {
  if (isMap(key) || isSeq(key)) return undefined
  const { value } = build(key, anchors)
  return typeof value === "object" && value !== null ? undefined : String(value)
}

type Ranged = { readonly range?: Range | null | undefined }

/** Without the line ends that the package counts to a value of several lines. */
const rangeOf = (node: unknown, otherwise: number, yaml: string): Span => {
  // Boundary: nodes of a parsed document carry their range.
  const range = (node as Ranged | null | undefined)?.range
  if (!range) return { start: otherwise, end: otherwise }
  const [start] = range
  let [, end] = range
  while (end > start && /\s/.test(yaml[end - 1] ?? "")) end -= 1
  return { start, end }
}

const isArray = (value: Value): value is ReadonlyArray<Value> => Array.isArray(value)

/** Keys that `<<` brings in, under their own names, where no key of that name stands. */
const mergedInto = (entries: ReadonlyArray<Entry>): ReadonlyArray<Entry> => {
  const names = new Set(entries.map((entry) => entry.key))
  const merged: Array<Entry> = []
  for (const entry of entries) {
    if (entry.key !== "<<") continue
    const sources: ReadonlyArray<Value> = isArray(entry.value) ? entry.value : [entry.value]
    for (const source of sources) {
      if (typeof source !== "object" || source === null || isArray(source)) continue
      for (const [key, value] of Object.entries(source)) {
        if (names.has(key)) continue
        names.add(key)
        merged.push({ ...entry, key, value })
      }
    }
  }
  return [...merged, ...entries]
}

const entriesOf = (map: YAMLMap, yaml: string, place: (offset: number) => number): ReadonlyArray<Entry> => {
  const anchors: Anchors = new Map()
  const entries: Array<Entry> = []
  for (const { key: keyNode, value: node } of map.items) {
    const key = keyOf(keyNode, anchors)
    const { value } = build(node, anchors)
    if (key === undefined) continue
    const keyAt = rangeOf(keyNode, 0, yaml)
    const valueAt = rangeOf(node, keyAt.end, yaml)
    const empty = isScalar(node) && node.source === "" && node.type === "PLAIN"
    const keySpan = { start: place(keyAt.start), end: place(keyAt.end) }
    const valueSpan = empty
      ? { start: keySpan.end, end: keySpan.end }
      : { start: place(valueAt.start), end: place(valueAt.end) }
    entries.push({ key, value, keySpan, valueSpan, repaired: false, start: keySpan.start, end: valueSpan.end })
  }
  return mergedInto(entries)
}

/** The first thing that is wrong with a line; what follows on it is mostly a consequence. */
const problemsOf = (
  errors: ReadonlyArray<YAMLParseError>,
  yaml: string,
  place: (offset: number) => number
): ReadonlyArray<Problem> => {
  const problems: Array<Problem> = []
  let lineEnd = -1
  for (const { message, pos } of errors) {
    if (pos[0] <= lineEnd) continue
    const end = yaml.indexOf("\n", pos[0])
    lineEnd = end === -1 ? yaml.length : end
    problems.push({ start: place(pos[0]), end: place(pos[1]), message: message.split("\n")[0] ?? message })
  }
  return problems
}

/** The client takes a value that starts with a comma. */
const isForgiven = ({ code, message }: YAMLParseError): boolean => code === "BAD_SCALAR_START" && message.endsWith(" ,")

/** What the package says of a text: its keys and values, or that it is not one document of them. */
const parsed = (
  yaml: string,
  place: (offset: number) => number
): { readonly entries: ReadonlyArray<Entry> | undefined; readonly problems: ReadonlyArray<Problem> } => {
  const whole = { start: place(0), end: place(yaml.length) }
  try {
    if (yaml.includes("\0")) throw new Unreadable("a NUL character is not text")
    const document = withoutStacks(() => parseDocument(yaml, options))
    const problems = problemsOf(document.errors, yaml, place)
    if (document.errors.some((error) => !isForgiven(error))) return { entries: undefined, problems }
    const { contents } = document
    if (contents === null || (isScalar(contents) && contents.value === null)) return { entries: [], problems }
    if (isMap<Node>(contents)) return { entries: entriesOf(contents, yaml, place), problems }
    return { entries: undefined, problems: [{ ...whole, message: "not keys and values" }] }
  } catch (cause) {
    // A depth of nesting that no agent needs, or an alias that the package refuses.
    return {
      entries: undefined,
      problems: [{ ...whole, message: cause instanceof Error ? cause.message : "not YAML" }]
    }
  }
}

/** A mark of the lexer that stands before the text of a scalar. */
const scalarMark = "\u001f"

const commentsOf = (yaml: string, place: (offset: number) => number): ReadonlyArray<Span> => {
  if (!yaml.includes("#")) return []
  const comments: Array<Span> = []
  let [offset, previous] = [0, ""]
  for (const token of new Lexer().lex(yaml)) {
    const isMark = token === scalarMark || token === "\u0002" || token === "\u0018"
    if (!isMark && previous !== scalarMark && token.startsWith("#")) {
      comments.push({ start: place(offset), end: place(offset + token.trimEnd().length) })
    }
    if (!isMark) offset += token.length
    previous = token
  }
  return comments
}

const isList = (value: string): boolean => {
  try {
    const document = withoutStacks(() => parseDocument(value, options))
    build(document.contents, new Map())
    return document.errors.length === 0 && isSeq(document.contents)
  } catch {
    return false
  }
}

/** A value that the client quoted, with its span as written; `repaired` where strict YAML says otherwise or nothing. */
const requoted = (entry: Entry, quoted: ReadonlyMap<number, RepairedLine>, start: number, yaml: string): Entry => {
  const line = quoted.get(entry.start - start)
  if (line?.quoted === undefined) return entry
  const end = line.from + line.length
  const alone = parsed(yaml.slice(line.from, end), (offset) => offset).entries?.at(-1)
  return {
    ...entry,
    repaired: alone?.value !== entry.value,
    valueSpan: { start: start + line.from + line.quoted, end: start + end }
  }
}

/** `start` is where the frontmatter stands in the file; all offsets are of the file. */
export const readYamlEntries = (yaml: string, start: number): EntriesRead => {
  const place = (offset: number): number => start + offset
  const first = parsed(yaml, place)
  if (first.entries !== undefined) {
    return { readable: true, entries: first.entries, problems: first.problems, comments: commentsOf(yaml, place) }
  }
  const repaired = repair(yaml, isList)
  const back = (offset: number): number => start + written(repaired, offset)
  const second = parsed(repaired.yaml, back)
  const quoted = new Map(repaired.lines.filter((line) => line.quoted !== undefined).map((line) => [line.from, line]))
  return {
    readable: second.entries !== undefined,
    entries: (second.entries ?? []).map((entry) => requoted(entry, quoted, start, yaml)),
    problems: first.problems,
    comments: commentsOf(repaired.yaml, back)
  }
}
