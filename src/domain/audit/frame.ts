/** Places in a text: line and column, and the few lines around a finding as they may be shown. */
import { sanitize } from "../sanitize.ts"
import type { Span } from "./AuditedFile.ts"
import type { FrameLine } from "./AuditReport.ts"
import type { Region } from "./Finding.ts"

/** A stretch of text that nobody is to see, and what is shown in its place. */
export interface Masked extends Span {
  readonly mask: string
}

export interface Lines {
  /** The offset at which each line begins. */
  readonly starts: ReadonlyArray<number>
  readonly text: string
}

export const linesIn = (text: string): Lines => {
  const starts = [0]
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1)
  return { starts, text }
}

/** The index of the line on which an offset stands. */
const lineAt = ({ starts }: Lines, offset: number): number => {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

const clamp = (offset: number, { text }: Lines): number => Math.max(0, Math.min(offset, text.length))

export const regionOf = (lines: Lines, span: Span): Region => {
  const start = clamp(span.start, lines)
  const end = Math.max(start, clamp(span.end, lines))
  const first = lineAt(lines, start)
  // An end just behind a line end is shown on the line that it ends.
  const touched = lineAt(lines, end)
  const last = end > start && lines.starts[touched] === end ? touched - 1 : touched
  return {
    startLine: first + 1,
    startColumn: start - (lines.starts[first] ?? 0) + 1,
    endLine: last + 1,
    endColumn: end - (lines.starts[last] ?? 0) + 1
  }
}

/** Of a line, so many characters are shown; of a place on several lines, so many lines. */
const widest = 160
const tallest = 3

// oxlint-disable-next-line no-control-regex -- what a terminal would obey
const escapes = /[\u001b\u0090\u0098\u009b\u009d-\u009f]/g

/** Escape characters are shown, not obeyed; a tab is two spaces, so that a caret stands where it should. */
const shown = (text: string): string =>
  sanitize(text.replace(escapes, (each) => `\\u{${each.charCodeAt(0).toString(16)}}`)).replaceAll("\t", "  ")

/** The end of a line without its line end. */
const endOf = ({ starts, text }: Lines, index: number): number => {
  const next = starts[index + 1]
  if (next === undefined) return text.length
  return text[next - 2] === "\r" ? next - 2 : next - 1
}

/** The index of the first mask that reaches beyond an offset. */
const firstAfter = (masks: ReadonlyArray<Masked>, offset: number): number => {
  let low = 0
  let high = masks.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((masks[middle]?.end ?? 0) > offset) high = middle
    else low = middle + 1
  }
  return low
}

/** Part of a line with what is secret in it masked; `from` may lie in the midst of a secret. */
const maskedText = (
  lines: Lines,
  from: number,
  to: number,
  windowStart: number,
  masks: ReadonlyArray<Masked>
): string => {
  let text = ""
  let at = from
  for (let index = firstAfter(masks, from); index < masks.length; index++) {
    const { end, mask, start } = masks[index] ?? { end: to, mask: "", start: to }
    if (start >= to) break
    text += shown(lines.text.slice(at, Math.max(at, start)))
    if (start >= from || from === windowStart) text += shown(mask)
    at = Math.min(to, end)
  }
  return text + shown(lines.text.slice(at, to))
}

const frameLine = (lines: Lines, index: number, place: Span | undefined, masks: ReadonlyArray<Masked>): FrameLine => {
  const start = lines.starts[index] ?? 0
  const end = endOf(lines, index)
  const markStart = place === undefined ? start : Math.min(end, Math.max(start, place.start))
  const markEnd = place === undefined ? start : Math.max(markStart, Math.min(end, place.end))
  const room = Math.max(20, widest - Math.min(widest, markEnd - markStart))
  const from = end - start <= widest ? start : Math.max(start, markStart - Math.floor(room / 2))
  const to = end - start <= widest ? end : Math.min(end, from + widest)
  const meant = Math.min(markEnd, to)
  const before = `${from > start ? "…" : ""}${maskedText(lines, from, markStart, from, masks)}`
  const middle = maskedText(lines, markStart, meant, from, masks)
  const after = `${maskedText(lines, meant, to, from, masks)}${to < end ? "…" : ""}`
  return {
    line: index + 1,
    text: `${before}${middle}${after}`,
    ...(place === undefined ? {} : { mark: { start: before.length, end: before.length + middle.length } })
  }
}

/** The lines of a place and one on either side; `masks` in the order of their start, not overlapping. */
export const frameOf = (lines: Lines, span: Span, masks: ReadonlyArray<Masked>): ReadonlyArray<FrameLine> => {
  const region = regionOf(lines, span)
  const first = region.startLine - 1
  const last = Math.min(region.endLine - 1, first + tallest - 1)
  const frame: Array<FrameLine> = []
  if (first > 0) frame.push(frameLine(lines, first - 1, undefined, masks))
  for (let index = first; index <= last; index++) frame.push(frameLine(lines, index, span, masks))
  if (last === region.endLine - 1 && last + 1 < lines.starts.length)
    frame.push(frameLine(lines, last + 1, undefined, masks))
  return frame.filter((each) => each.mark !== undefined || each.text.trim() !== "")
}
