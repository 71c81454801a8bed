// oxlint-disable no-misleading-character-class -- such characters are what this file looks for
/** Text pushed so far down or to the right that nobody scrolls to it. */
import type { AuditedFile } from "../AuditedFile.ts"
import type { Hit } from "../Finding.ts"
import type { Rule } from "../Rule.ts"
import { shown } from "./shown.ts"

/** Lines; about as many as a tall window shows. */
const blankLines = 40

/** Columns; wider than any window. */
const columns = 200

/** Columns of a tab, by a narrow setting. */
const tab = 4

const isWideBlank = (code: number): boolean =>
  code === 0xa0 ||
  code === 0xad ||
  code === 0x1680 ||
  code === 0x180e ||
  (code >= 0x2000 && code <= 0x200f) ||
  code === 0x2028 ||
  code === 0x2029 ||
  code === 0x202f ||
  code === 0x205f ||
  (code >= 0x2060 && code <= 0x2064) ||
  code === 0x2800 ||
  code === 0x3000 ||
  code === 0x3164 ||
  code === 0xfeff

const isBlankCode = (code: number): boolean =>
  code <= 0x20 ? code === 0x20 || (code >= 0x09 && code <= 0x0d) : code >= 0xa0 && isWideBlank(code)

/** What a page shows as nothing but an empty line. */
const htmlBlank = /&nbsp;|&#160;|<br ?\/?>|<p>|<\/p>/gi

const isBlankLine = (text: string, start: number, end: number): boolean => {
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index)
    if (isBlankCode(code)) continue
    if (code !== 0x3c && code !== 0x26) return false
    return end - start < columns && text.slice(start, end).replace(htmlBlank, "").trim() === ""
  }
  return true
}

const below = (file: AuditedFile): ReadonlyArray<Hit> => {
  const { text } = file
  const hits: Array<Hit> = []
  let blank = 0
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start)
    const end = newline === -1 ? text.length : newline
    if (isBlankLine(text, start, end)) blank++
    else {
      if (blank >= blankLines) {
        hits.push({
          start,
          end,
          message: `${blank} empty lines stand before ${shown(text.slice(start, end))}`,
          confidence: "high",
          identity: text.slice(start, Math.min(end, start + 400)).trim()
        })
      }
      blank = 0
    }
    start = end + 1
  }
  return hits
}

interface Pushed {
  readonly run: number
  readonly index: number
}

/** The first run of blanks in a line that is wide enough and has text after it. */
const pushedIn = (text: string, start: number, end: number): Pushed | undefined => {
  let run = 0
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index)
    if (isBlankCode(code)) run += code === 0x09 ? tab : 1
    else if (run >= columns) return { run, index }
    else run = 0
  }
  return undefined
}

/** The fewest characters that make up so many columns. */
const fewest = columns / tab

/** A run that is wide enough covers one of these places and three on one side of it. */
const mayBePushed = (text: string, start: number, end: number): boolean => {
  const blank = (index: number): boolean => isBlankCode(text.charCodeAt(index))
  for (let at = start + fewest - 1; at < end; at += fewest)
    if (
      blank(at) &&
      ((blank(at - 1) && blank(at - 2) && blank(at - 3)) || (blank(at + 1) && blank(at + 2) && blank(at + 3)))
    )
      return true
  return false
}

const aside = (file: AuditedFile): ReadonlyArray<Hit> => {
  const { text } = file
  const hits: Array<Hit> = []
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start)
    const end = newline === -1 ? text.length : newline
    const pushed = end - start > fewest && mayBePushed(text, start, end) ? pushedIn(text, start, end) : undefined
    if (pushed !== undefined) {
      const rest = text.slice(pushed.index, end).trimEnd()
      // A table with wide columns is made up with spaces, and a page shows all of it.
      const table = rest.startsWith("|") && text.slice(start, pushed.index).trimStart().startsWith("|")
      hits.push({
        start: pushed.index,
        end: pushed.index + rest.length,
        message: `${pushed.run} blanks stand before ${shown(rest)} in its line`,
        confidence: table ? "low" : "high",
        severity: table ? "low" : "high",
        identity: rest.slice(0, 400)
      })
    }
    start = end + 1
  }
  return hits
}

export const textOutOfSight: Rule = {
  id: "text-out-of-sight",
  category: "hidden-text",
  title: "Text pushed out of sight",
  severity: "high",
  why: "An editor and a review page show the beginning of a line, and a screenful of lines. What comes after 40 empty lines or 200 blanks is read by the model alone.",
  remedy: "Remove the empty space, and read what comes after it.",
  check: (file) => [...below(file), ...aside(file)]
}
