/**
 * The frontmatter that most agents have, without the `yaml` package: keys at the start of a line, with text, a number, a
 * list of words, or a value that the client repairs. Anything else, a mistake included, is left to the package
 * (undefined), so this never has an opinion of its own; a property test holds the two against each other.
 */
import type { Value } from "../domain/Agent.ts"
import type { Entry, Frontmatter, Span } from "../domain/audit/AuditedFile.ts"
import { quotedFrom } from "./readerRepair.ts"
import type { EntriesRead } from "./readerYaml.ts"

const key = /^[A-Za-z][A-Za-z0-9_-]*(?=:(?: |$))/

/** Letters that are not text to YAML. */
const notText = /^(?:true|false|null)$/i

/** Nothing invisible, and nothing that ends a line for somebody; of the characters beyond 16 bits pictures alone. */
const odd =
  /[^\u0020-\u007e\u00a1-\u00ac\u00ae-\u167f\u1681-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\u2fff\u3001-\ud7ff\ue000-\ufefe\uff00-\uffef\u{1f000}-\u{1faff}]/u

const wholeNumber = /^(?:0|[1-9][0-9]{0,14})$/

const plainStart = /^(?:[A-Za-z/(\u00a1-\uffef\u{1f000}-\u{1faff}]|\.[./])/u

/** A plain text that means itself. `inFlow`: within `[…]`. */
const bare = (text: string, inFlow: boolean): Value | undefined => {
  if (wholeNumber.test(text)) return Number(text)
  if (!plainStart.test(text) || text.includes(": ") || text.includes(" #") || text.endsWith(":")) return undefined
  if (inFlow && /[[\]{},:?]/.test(text)) return undefined
  const constant = notText.test(text) ? text.toLowerCase() : text
  return constant === text && !notText.test(text)
    ? text
    : /^(?:[a-z]+|[A-Z]+|[A-Z][a-z]+)$/.test(text)
      ? constant === "null"
        ? null
        : constant === "true"
      : text
}

const doubleQuoted = /^"[^"\\]*"$/
const escapedQuoted = /^"(?:[^"\\]|\\["\\/nt])*"$/
const singleQuoted = /^'(?:[^']|'')*'$/

const scalar = (text: string, inFlow: boolean): Value | undefined => {
  switch (text[0]) {
    case '"':
      if (doubleQuoted.test(text)) return text.slice(1, -1)
      return escapedQuoted.test(text)
        ? text.slice(1, -1).replace(/\\(.)/g, (_, each: string) => (each === "n" ? "\n" : each === "t" ? "\t" : each))
        : undefined
    case "'":
      return singleQuoted.test(text) ? text.slice(1, -1).replaceAll("''", "'") : undefined
    default:
      return bare(text, inFlow)
  }
}

/** `[Read, "Grep"]`, where no item holds a comma. */
const flowList = (text: string): Value | undefined => {
  if (!text.endsWith("]")) return undefined
  const inner = text.slice(1, -1).trim()
  if (inner === "") return []
  const items: Array<Value> = []
  for (const each of inner.split(",")) {
    const item = scalar(each.trim(), true)
    if (item === undefined) return undefined
    items.push(item)
  }
  return items
}

const valueOf = (text: string): Value | undefined => (text.startsWith("[") ? flowList(text) : scalar(text, false))

/** Certainly not strict YAML: a key within a plain value that starts as text does. */
const isMapWithin = (text: string): boolean => /^[A-Za-z]/.test(text) && text.includes(": ") && !text.includes(" #")

const item = /^( *)- +(?=[^ ])/

interface Line extends Span {
  readonly text: string
}

const linesOf = (yaml: string, start: number): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  let from = start
  for (const line of yaml.split("\n")) {
    const ended = from + line.length < start + yaml.length
    const text = ended && line.endsWith("\r") ? line.slice(0, -1) : line
    lines.push({ text, start: from, end: from + line.length })
    from += line.length + 1
  }
  return lines
}

/** The items under a key without a value of its own, and how many lines they take. */
const blockList = (lines: ReadonlyArray<Line>, first: number) => {
  const items: Array<Value> = []
  const [from, indent] = [lines[first], item.exec(lines[first]?.text ?? "")?.[1]]
  let end = 0
  let at = first
  for (; at < lines.length; at++) {
    const line = lines[at]
    const match = item.exec(line?.text ?? "")
    if (line === undefined || match === null || match[1] !== indent) break
    const text = line.text.slice(match[0].length).trimEnd()
    const value = odd.test(text) ? undefined : scalar(text, false)
    if (value === undefined) return undefined
    items.push(value)
    end = line.start + match[0].length + text.length
  }
  return from === undefined || indent === undefined
    ? undefined
    : { items, count: at - first, span: { start: from.start + indent.length, end } }
}

/** `repairing`: as the client reads the values once one of them is not strict YAML. */
const attempt = (lines: ReadonlyArray<Line>, repairing: boolean): EntriesRead | "not strict" | undefined => {
  const entries: Array<Entry> = []
  const comments: Array<Span> = []
  const problems: Array<Frontmatter["problems"][number]> = []
  let notStrict = false
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]
    if (line === undefined || line.text === "") continue
    const { start, text } = line
    if (text.startsWith("#")) {
      if (odd.test(text)) return undefined
      comments.push({ start, end: start + text.trimEnd().length })
      continue
    }
    const name = key.exec(text)?.[0]
    if (name === undefined || notText.test(name) || odd.test(text)) return undefined
    const keySpan = { start, end: start + name.length }
    const rest = text.slice(name.length + 1)
    const shown = rest.trim()
    const valueStart = start + name.length + 1 + (rest.length - rest.trimStart().length)
    const spans = { keySpan, valueSpan: { start: valueStart, end: valueStart + shown.length }, start }
    const add = (value: Value, repaired: boolean): void => {
      entries.push({ key: name, value, repaired, ...spans, end: spans.valueSpan.end })
    }
    if (shown === "") {
      const list = item.test(lines[at + 1]?.text ?? "") ? blockList(lines, at + 1) : undefined
      if (list === undefined) {
        if (lines[at + 1]?.text.startsWith("-") === true || lines[at + 1]?.text.startsWith(" ") === true)
          return undefined
        spans.valueSpan = { ...keySpan, start: keySpan.end }
      } else {
        spans.valueSpan = list.span
        at += list.count
      }
      add(list?.items ?? null, false)
      continue
    }
    const value = valueOf(shown)
    const broken = value === undefined && isMapWithin(shown)
    if (value === undefined && !broken) return undefined
    if (broken) {
      // A line that ends in CR LF is not repaired.
      if (line.end - start !== text.length) return undefined
      notStrict = true
      problems.push({
        start: valueStart,
        end: valueStart + 1,
        message: "Nested mappings are not allowed in compact mappings"
      })
    }
    const quoted = repairing ? quotedFrom(text, (list) => flowList(list) !== undefined) : undefined
    if (quoted !== undefined) {
      const whole = text.slice(quoted)
      spans.valueSpan = { start: start + quoted, end: start + text.length }
      add(whole, whole !== value)
    } else if (value !== undefined) add(value, false)
    // A key with a digit, say: the client repairs it not.
    else if (repairing) return undefined
  }
  return notStrict && !repairing ? "not strict" : { readable: true, entries, problems, comments }
}

/** `start` is where the frontmatter stands in the file. Undefined where the package has to read it. */
export const readPlainEntries = (yaml: string, start: number): EntriesRead | undefined => {
  const lines = linesOf(yaml, start)
  const first = attempt(lines, false)
  if (first !== "not strict") return first
  const second = attempt(lines, true)
  return second === "not strict" ? undefined : second
}
