/** Lines that fit a terminal: broken between words, never inside of one, so that what is copied stays whole. */
import { displayWidth } from "./displayWidth.ts"
import type { Span } from "./text.ts"

/** From so many columns on, what belongs to a label stands under it; below that, indented by two. */
const roomy = 60

/** What may not be broken: spans that touch, and the space before them. */
interface Word {
  readonly gap: number
  readonly spans: Array<Span>
  width: number
}

const wordsOf = (line: ReadonlyArray<Span>): ReadonlyArray<Word> => {
  const words: Array<Word> = []
  let gap = 0
  let touching = false
  const add = (span: Span) => {
    const last = words.at(-1)
    const width = displayWidth(span.text)
    if (touching && last !== undefined) {
      last.spans.push(span)
      last.width += width
    } else words.push({ gap, spans: [span], width })
    gap = 0
    touching = true
  }
  for (const { look, text } of line) {
    // A command is one word.
    for (const part of look === "code" ? text.split(/(^ +| +$)/) : text.split(/( +)/)) {
      if (part === "") continue
      if (part.trim() === "") {
        gap += part.length
        touching = false
      } else add({ look, text: part })
    }
  }
  return words
}

/** Where the second row begins. */
const indentOf = (line: ReadonlyArray<Span>, words: ReadonlyArray<Word>, columns: number): number => {
  const [first] = line
  const isLabel = first !== undefined && first.look === "faint" && /\S +$/.test(first.text)
  return isLabel && columns >= roomy ? displayWidth(first.text) : (words[0]?.gap ?? 0) + 2
}

/** One line as rows of at most so many columns; a line that is to be copied as it is stays one row. */
export const foldLine = (line: ReadonlyArray<Span>, columns: number): ReadonlyArray<ReadonlyArray<Span>> => {
  const whole = line.reduce((sum, { text }) => sum + displayWidth(text), 0)
  if (whole <= columns || line.some((span) => span.whole === true)) return [line]
  const words = wordsOf(line)
  const indent = indentOf(line, words, columns)
  const space = (count: number): ReadonlyArray<Span> =>
    count === 0 ? [] : [{ look: "plain", text: " ".repeat(count) }]
  const rows: Array<ReadonlyArray<Span>> = []
  let row: Array<Span> = []
  let width = 0
  let empty = true
  for (const { gap, spans, width: own } of words) {
    if (!empty && width + gap + own > columns) {
      rows.push(row)
      row = [...space(indent), ...spans]
      width = indent + own
      continue
    }
    row.push(...space(gap), ...spans)
    width += gap + own
    empty = false
  }
  return [...rows, row]
}
