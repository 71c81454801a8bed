/**
 * What Claude Code does to frontmatter that is not YAML before it tries once more: it puts one-line values with YAML's
 * own characters into double quotes, all of them and not only the faulty one, and takes a tab of indentation for two
 * spaces. Nested lines and keys with a digit it leaves alone; so it does every line that ends in CR LF.
 */

/** `.` matches neither CR nor U+2028, and neither does the client's. */
const keyLine = /^([A-Za-z_-]+):(\s+)(.+)$/

const special = /[{}[\]*&#!|>%@`]|: /

const isQuoted = (value: string): boolean =>
  (value.startsWith('"') && value.endsWith('"')) || (value.startsWith("'") && value.endsWith("'"))

/** Where a value of a line begins that the client puts into quotes; undefined where it does not. */
export const quotedFrom = (line: string, isList: (value: string) => boolean): number | undefined => {
  const match = keyLine.exec(line)
  if (match === null) return undefined
  const [, key = "", space = "", value = ""] = match
  if (isQuoted(value) || !special.test(value)) return undefined
  if (value.startsWith("[") && value.endsWith("]") && isList(value)) return undefined
  return key.length + 1 + space.length
}

export interface RepairedLine {
  /** Offsets of the line in the text as written, and in the repaired one. */
  readonly from: number
  readonly to: number
  /** As written. */
  readonly length: number
  /** Tabs of indentation, each two spaces in the repaired text. */
  readonly tabs: ReadonlyArray<number>
  /** Where the value begins that was put into quotes. */
  readonly quoted: number | undefined
}

interface Repaired {
  readonly yaml: string
  readonly lines: ReadonlyArray<RepairedLine>
}

const escaped = (value: string): string => `"${value.replace(/["\\]/g, "\\$&")}"`

export const repair = (yaml: string, isList: (value: string) => boolean): Repaired => {
  const lines: Array<RepairedLine> = []
  const texts: Array<string> = []
  let [from, to] = [0, 0]
  for (const line of yaml.split("\n")) {
    const quoted = quotedFrom(line, isList)
    const indent = line.length - line.trimStart().length
    const tabs: Array<number> = []
    if (quoted === undefined) for (let at = 0; at < indent; at++) if (line[at] === "\t") tabs.push(at)
    const text =
      quoted !== undefined
        ? line.slice(0, quoted) + escaped(line.slice(quoted))
        : tabs.length === 0
          ? line
          : line.slice(0, indent).replaceAll("\t", "  ") + line.slice(indent)
    lines.push({ from, to, length: line.length, tabs, quoted })
    texts.push(text)
    from += line.length + 1
    to += text.length + 1
  }
  return { yaml: texts.join("\n"), lines }
}

/** The line of the repaired text that holds an offset. */
const lineOf = (repaired: Repaired, offset: number): RepairedLine | undefined => {
  let [low, high] = [0, repaired.lines.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((repaired.lines[middle]?.to ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return repaired.lines[low]
}

/** An offset of the repaired text, in the text as written. */
export const written = (repaired: Repaired, offset: number): number => {
  const line = lineOf(repaired, offset)
  if (line === undefined) return offset
  let column = offset - line.to
  if (line.quoted !== undefined && column > line.quoted) column = line.length
  for (const tab of line.tabs) if (tab < column) column -= 1
  return line.from + Math.min(Math.max(column, 0), line.length)
}
