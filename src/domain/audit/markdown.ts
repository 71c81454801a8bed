/**
 * As much of Markdown as a rule needs to tell an order from an example: for each line of the body what it is, under
 * which heading it stands and what leads up to it. One pass, no tree.
 */
import type { AuditedFile } from "./AuditedFile.ts"

export type LineKind = "blank" | "heading" | "fence" | "code" | "quote" | "item" | "table" | "text"

export interface Line {
  readonly start: number
  /** Without the line's end. */
  readonly end: number
  readonly kind: LineKind
  /** Of a fence or of a line in one: where its block starts, as an index of lines; else -1. */
  readonly block: number
  /** The nearest headings above, by their level: indices of lines, the outermost first. */
  readonly headings: ReadonlyArray<number>
  /** The line of text that leads up to this list, fence or quotation, or -1. */
  readonly lead: number
}

export interface Block {
  /** Indices of lines, those of the fences included. */
  readonly first: number
  readonly last: number
  /** The first word after the opening fence; empty for indented code. */
  readonly language: string
  readonly closed: boolean
}

export interface Structure {
  readonly lines: ReadonlyArray<Line>
  readonly blocks: ReadonlyMap<number, Block>
}

const fenceForm = /^(`{3,}|~{3,})[ \t]*([\w+#.-]{0,30})/
const itemForm = /^(?:[-*+]|\d{1,4}[.)]|[❌✗✘🚫⛔⚠✅•])/u

interface Open {
  readonly first: number
  readonly mark: string
  readonly length: number
  readonly language: string
}

const headingLevel = (text: string): number => {
  let level = 0
  while (level < 7 && text.charCodeAt(level) === 35) level++
  return level > 0 && level < 7 && (text.length === level || text.charCodeAt(level) === 32) ? level : 0
}

/** A line that is nothing but `**Never do this:**` serves as a heading does. */
const isBoldLine = (text: string): boolean =>
  text.length < 120 && /^(?:\*\*|__)[^*_]{1,100}(?:\*\*|__):?\s*$/.test(text)

export const structureOf = (file: AuditedFile): Structure => {
  const { body, text } = file
  const lines: Array<Line> = []
  const blocks = new Map<number, Block>()
  let headings: ReadonlyArray<readonly [level: number, line: number]> = []
  let above: ReadonlyArray<number> = []
  let open: Open | undefined
  let lead = -1
  let indented = -1
  const close = (last: number, closed: boolean) => {
    if (open !== undefined) blocks.set(open.first, { first: open.first, last, language: open.language, closed })
    open = undefined
  }
  let at = body.start
  while (at <= body.end) {
    const newline = text.indexOf("\n", at)
    const stop = newline < 0 || newline >= body.end ? body.end : newline
    const end = stop > at && text.charCodeAt(stop - 1) === 13 ? stop - 1 : stop
    let from = at
    let indent = 0
    while (from < end && (text.charCodeAt(from) === 32 || text.charCodeAt(from) === 9)) {
      indent += text.charCodeAt(from) === 9 ? 4 : 1
      from++
    }
    // What a line is stands at its start; a line of a megabyte is not copied for it.
    const head = text.slice(from, Math.min(end, from + 140))
    const index = lines.length
    const push = (kind: LineKind, block = -1) =>
      lines.push({ start: at, end, kind, block, headings: above, lead: kind === "heading" ? -1 : lead })
    const fence = fenceForm.exec(head)
    if (open !== undefined) {
      push("fence", open.first)
      const mark = fence?.[1]
      if (
        mark !== undefined &&
        mark.startsWith(open.mark) &&
        mark.length >= open.length &&
        head.slice(mark.length).trim() === ""
      )
        close(index, true)
    } else if (from >= end) {
      push("blank", -1)
    } else if (fence?.[1] !== undefined) {
      const mark = fence[1]
      open = { first: index, mark: mark.charAt(0), length: mark.length, language: (fence[2] ?? "").toLowerCase() }
      indented = -1
      push("fence", index)
    } else if (headingLevel(head) > 0 || (isBoldLine(head) && from + head.length === end)) {
      const level = headingLevel(head) || 7
      headings = [...headings.filter(([other]) => other < level), [level, index]]
      above = headings.map(([, line]) => line)
      lead = -1
      push("heading")
    } else if (itemForm.test(head) && (/^(?:[-*+]|\d+[.)]) /.test(head) || !/^[-*+\d]/.test(head))) {
      push("item")
    } else if (
      indent >= 4 &&
      (lines[index - 1]?.kind === "blank" || indented >= 0) &&
      lines[index - 1]?.kind !== "item" &&
      !inList(lines, index)
    ) {
      if (indented < 0) indented = index
      push("code", indented)
      blocks.set(indented, { first: indented, last: index, language: "", closed: true })
    } else if (head.startsWith(">")) {
      push("quote")
    } else if (head.startsWith("|")) {
      push("table")
    } else if (indent >= 2 && inList(lines, index)) {
      push("item")
    } else {
      indented = -1
      lead = index
      push("text")
    }
    if (newline < 0 || newline >= body.end) break
    at = newline + 1
  }
  close(lines.length - 1, false)
  return { lines, blocks }
}

/** Whether the lines just above belong to a list. */
const inList = (lines: ReadonlyArray<Line>, index: number): boolean => {
  const before = lines[index - 1]
  if (before?.kind !== "blank") return before?.kind === "item"
  return lines[index - 2]?.kind === "item"
}

/** The line in which an offset lies, by halves; -1 outside of the body. */
export const lineAt = (structure: Structure, offset: number): number => {
  const { lines } = structure
  let low = 0
  let high = lines.length - 1
  if (high < 0 || offset < (lines[0]?.start ?? 0) || offset > (lines[high]?.end ?? 0) + 1) return -1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((lines[middle]?.start ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}
