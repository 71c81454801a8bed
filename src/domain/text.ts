/**
 * Text for a terminal as data: a line is spans with a meaning, never escape codes. The Output layer sanitizes every
 * span and only then gives it its look, so nothing that came from outside can draw on the terminal.
 */
export type Look = "plain" | "strong" | "faint" | "good" | "warn" | "bad" | "code"

export interface Span {
  readonly look: Look
  readonly text: string
  /** A text that is to be copied as it is: its line is not folded where the terminal is narrow. */
  readonly whole?: true
}

export type Line = ReadonlyArray<Span | string>

const span =
  (look: Look) =>
  (text: string): Span => ({ look, text })

export const strong = span("strong")
export const faint = span("faint")
export const good = span("good")
export const warn = span("warn")
export const bad = span("bad")
export const code = span("code")

/** As it is, however narrow the terminal. */
export const whole = ({ look, text }: Span): Span => ({ look, text, whole: true })

/** Lines of a text, each as it is. */
export const linesOf = (text: string): ReadonlyArray<Line> =>
  text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => [whole({ look: "plain", text: line })])

/** `1 agent`, `3 agents`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

/** `812 B`, `4 KB`, `12 MB` */
export const sizeText = (bytes: number): string =>
  bytes < 1024
    ? `${bytes} B`
    : bytes < 1024 ** 2
      ? `${Math.round(bytes / 1024)} KB`
      : `${Math.round(bytes / 1024 ** 2)} MB`

/**
 * A text in rows of so many columns, broken at spaces; from the second row on indented. A word that is wider than a row
 * stays whole, so that it can be copied. Undefined columns: one row.
 */
export const wrapped = (text: string, columns: number | undefined, indent: number): ReadonlyArray<string> => {
  if (columns === undefined || text.length <= columns) return [text]
  const lead = /^ */.exec(text)?.[0] ?? ""
  const rows: Array<string> = []
  let row = lead
  for (const word of text.slice(lead.length).split(/(?<=\S) (?=\S)/)) {
    const empty = row.trim() === ""
    const longer = empty ? `${row}${word}` : `${row} ${word}`
    if (empty || longer.length <= columns) {
      row = longer
      continue
    }
    rows.push(row)
    row = `${" ".repeat(indent)}${word}`
  }
  return [...rows, row]
}
