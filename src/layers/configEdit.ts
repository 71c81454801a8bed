/** Changes one value of a YAML text and leaves all else as it stands: comments, order, quotes, indentation, line ends. */
import { Result } from "effect"
import { isMap, isNode, isScalar, isSeq, type Pair, parseDocument, type Scalar, stringify, type YAMLMap } from "yaml"
import type { SettingValue } from "../domain/configSettings.ts"

type Path = readonly [string, ...ReadonlyArray<string>]

const parse = (text: string) => parseDocument(text, { schema: "core", prettyErrors: false })

/** Where the line that holds this offset begins. */
const lineStart = (text: string, offset: number): number => text.lastIndexOf("\n", offset - 1) + 1

/** Where the line after this offset begins. */
const nextLine = (text: string, offset: number): number => {
  const end = text.indexOf("\n", offset)
  return end === -1 ? text.length : end + 1
}

const pairOf = (map: YAMLMap, key: string): Pair | undefined =>
  map.items.find((item) => isScalar(item.key) && item.key.value === key)

/** Offsets of a pair in a block mapping: from its key to the end of the last thing in it. */
const spanOf = ({ key, value }: Pair): readonly [from: number, to: number] | undefined => {
  const from = isNode(key) ? key.range?.[0] : undefined
  let last: unknown = value
  while ((isMap(last) || isSeq(last)) && last.flow !== true && last.items.length > 0) {
    const item: unknown = last.items.at(-1)
    last = isMap(last) && typeof item === "object" && item !== null && "value" in item ? item.value : item
  }
  const to = isNode(last) ? last.range?.[1] : isNode(key) ? key.range?.[1] : undefined
  return from === undefined || to === undefined ? undefined : [from, to]
}

const inline = (value: string | boolean | number, like?: Scalar): string => {
  if (typeof value !== "string") return String(value)
  // One line in any case; and quoted as what it replaces.
  if (like?.type === "QUOTE_DOUBLE" || /[\p{Cc}\u2028\u2029]/u.test(value)) return JSON.stringify(value)
  if (like?.type === "QUOTE_SINGLE") return `'${value.replaceAll("'", "''")}'`
  return stringify(value, { lineWidth: 0 }).trimEnd()
}

/** The lines of a setting: of its groups, too, where they are not there yet. */
const linesFor = (
  [key, ...rest]: ReadonlyArray<string>,
  value: SettingValue,
  indent: string
): ReadonlyArray<string> => {
  const head = `${indent}${key}:`
  if (rest.length > 0) return [head, ...linesFor(rest, value, `${indent}  `)]
  if (typeof value !== "object") return [`${head} ${inline(value)}`]
  return value.length === 0 ? [`${head} []`] : [head, ...value.map((each) => `${indent}  - ${inline(each)}`)]
}

/** The text with these lines in place of what stands there; a last line without an end gets one. */
const spliced = (text: string, from: number, to: number, lines: ReadonlyArray<string>): string => {
  const end = text.includes("\r\n") ? "\r\n" : "\n"
  const before = text.slice(0, from)
  const gap = before === "" || before.endsWith("\n") ? "" : end
  return `${before}${gap}${lines.map((line) => `${line}${end}`).join("")}${text.slice(to)}`
}

const indentOf = (text: string, offset: number): string => text.slice(lineStart(text, offset), offset)

/** The plain way, for block mappings; undefined where the text is of another kind. */
const byText = (text: string, path: Path, value: SettingValue | undefined): string | undefined => {
  const root: unknown = parse(text).contents
  if (!isMap(root))
    return value === undefined ? undefined : spliced(text, text.length, text.length, linesFor(path, value, ""))
  let map: YAMLMap = root
  // The outermost pair that would be left empty without the setting.
  let lonely: Pair | undefined
  for (const [index, key] of path.entries()) {
    const pair = pairOf(map, key)
    if (pair === undefined) {
      if (value === undefined) return text
      const last = map.items.at(-1)
      const span = last === undefined || map.flow === true ? undefined : spanOf(last)
      if (span === undefined) return undefined
      const at = nextLine(text, span[1])
      return spliced(text, at, at, linesFor(path.slice(index), value, indentOf(text, span[0])))
    }
    lonely = map.items.length > 1 || map === root ? pair : (lonely ?? pair)
    if (isMap(pair.value) && index < path.length - 1) {
      map = pair.value
      continue
    }
    if (index < path.length - 1) return undefined
    const old = pair.value
    if (
      value !== undefined &&
      typeof value !== "object" &&
      isScalar(old) &&
      old.range !== null &&
      old.range !== undefined
    ) {
      const [from, to] = old.range
      // A value that is left empty stands right behind its colon.
      return from === to ? undefined : `${text.slice(0, from)}${inline(value, old)}${text.slice(to)}`
    }
    const span = spanOf(value === undefined ? lonely : pair)
    if (span === undefined || map.flow === true) return undefined
    const from = lineStart(text, span[0])
    const lines = value === undefined ? [] : linesFor([key], value, indentOf(text, span[0]))
    return spliced(text, from, nextLine(text, span[1]), lines)
  }
  return undefined
}

/** The same through the document, which keeps comments and order, and may set spaces anew. */
const byDocument = (text: string, path: Path, value: SettingValue | undefined): string => {
  const document = parse(text)
  if (value === undefined) {
    if (document.hasIn(path)) document.deleteIn(path)
    for (let parent = path.slice(0, -1); parent.length > 0; parent = parent.slice(0, -1)) {
      const left: unknown = document.getIn(parent)
      if (isMap(left) && left.items.length === 0) document.deleteIn(parent)
    }
  } else {
    for (const [index] of path.slice(0, -1).entries()) {
      const group = path.slice(0, index + 1)
      if (document.hasIn(group) && !isMap(document.getIn(group))) document.deleteIn(group)
    }
    document.setIn(path, document.createNode(value))
  }
  return document.toString({ lineWidth: 0 })
}

const contentOf = (text: string): string | undefined => {
  const document = parse(text)
  return document.errors.length > 0 ? undefined : JSON.stringify(document.toJS({ maxAliasCount: 100 }) ?? {})
}

/** Undefined takes the setting out. A group that is left empty goes with it. The text has to be YAML without errors. */
export const withSetting = (text: string, path: Path, value: SettingValue | undefined): string => {
  const whole = byDocument(text, path, value)
  const near = Result.getOrElse(
    Result.try(() => byText(text, path, value)),
    () => undefined
  )
  // What the plain way made has to say the same.
  return near !== undefined && contentOf(near) === contentOf(whole) ? near : whole
}
