/** Places in the frontmatter, and changes of it that keep it readable for the client. */
import type { AuditedFile, Entry, Span } from "../AuditedFile.ts"
import type { Edit } from "../Finding.ts"

/** Where a finding about the whole file points: its first line. */
export const firstLine = (file: AuditedFile): Span => {
  const end = file.text.indexOf("\n")
  return { start: 0, end: end === -1 ? file.text.length : end }
}

/** The value of an entry, or its key where it has none. */
export const valuePlace = (entry: Entry): Span =>
  entry.valueSpan.end > entry.valueSpan.start ? entry.valueSpan : entry.keySpan

/** A double-quoted YAML scalar. The client takes any `---` for the end of the frontmatter, so none is left. */
export const quotedScalar = (value: string): string =>
  JSON.stringify(value)
    .replace(/-{3,}/g, (run) => run.replaceAll("-", "\\x2d"))
    .replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** The lines that an entry takes up, or undefined where it shares a line with something else. */
export const linesOf = (file: AuditedFile, entry: Entry): Span | undefined => {
  const { text } = file
  const start = text.lastIndexOf("\n", entry.start - 1) + 1
  if (text.slice(start, entry.start).trim() !== "") return undefined
  if (text[entry.end - 1] === "\n") return { start, end: entry.end }
  const newline = text.indexOf("\n", entry.end)
  const end = newline === -1 ? text.length : newline + 1
  const rest = text.slice(entry.end, end).trim()
  return rest === "" || rest.startsWith("#") ? { start, end } : undefined
}

/** Whether one of the others, which are in order and do not overlap, lies at least partly within. */
const touches = (one: Span, others: ReadonlyArray<Span>): boolean => {
  let low = 0
  let high = others.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((others[middle]?.end ?? 0) > one.start) high = middle
    else low = middle + 1
  }
  const first = others[low]
  return first !== undefined && first.start < one.end
}

/** The names of a list, which commas and spaces outside of brackets divide: `Agent(a, b), Read` are two. */
export const pieces = (text: string, from: number): ReadonlyArray<Span> => {
  const found: Array<Span> = []
  let scoped = false
  let start = 0
  for (let index = 0; index <= text.length; index++) {
    const character = text[index]
    if (character === "(") scoped = true
    else if (character === ")") scoped = false
    else if (character === undefined || (!scoped && (character === "," || character === " "))) {
      if (text.slice(start, index).trim() !== "") found.push({ start: from + start, end: from + index })
      start = index + 1
    }
  }
  return found
}

/** Edits that take names out of a list of tools, however the list is written; undefined where that is not safe. */
export const withoutNames = (
  file: AuditedFile,
  list: Entry,
  names: ReadonlyArray<Span>
): ReadonlyArray<Edit> | undefined => {
  const { end, start } = list.valueSpan
  const text = file.text.slice(start, end)
  if (!text.trimEnd().includes("\n")) {
    const trimmed = text.trimEnd()
    const open = /^[["']/.exec(trimmed)?.[0] ?? ""
    const close = open === "" ? "" : trimmed.slice(-1)
    const inner = trimmed.slice(open.length, trimmed.length - close.length)
    const kept = pieces(inner, start + open.length).filter((piece) => !touches(piece, names))
    if (kept.length === 0) return undefined
    const words = kept.map((piece) => file.text.slice(piece.start, piece.end).trim())
    return [{ start, end, text: `${open}${words.join(", ")}${close}${text.slice(trimmed.length)}` }]
  }
  const edits: Array<Edit> = []
  for (let line = start; line < end;) {
    const newline = file.text.indexOf("\n", line)
    const next = newline === -1 ? file.text.length : newline + 1
    if (touches({ start: line, end: next }, names)) {
      const from = file.text.lastIndexOf("\n", line - 1) + 1
      // Only a line that is one item of a list, and nothing else, can go whole.
      if (!/^[ \t]*-[ \t]+[^\s,]+[ \t]*\r?\n?$/.test(file.text.slice(from, next))) return undefined
      edits.push({ start: from, end: next, text: "" })
    }
    line = next
  }
  return edits.length > 0 ? edits : undefined
}
