// oxlint-disable no-control-regex, no-misleading-character-class -- such characters are what this file looks for
/** Characters that change how the text around them is shown: direction, terminal control, carriage return. */
import type { Hit, Severity } from "../Finding.ts"
import type { Rule } from "../Rule.ts"
import { hasKind, Kind } from "../words.ts"
import { codePoint } from "./lookalikes.ts"
import { listed, shown } from "./shown.ts"

const bidi = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g

const rightToLeft = /[\p{sc=Hebrew}\p{sc=Arabic}\p{sc=Syriac}\p{sc=Thaana}\p{sc=Nko}\p{sc=Adlam}]/u

/** Marks say on which side a full stop stands, and reorder nothing else. */
const isMark = (one: string): boolean => /[\u200e\u200f\u061c]/.test(one)

const overrides = /[\u202d\u202e]/

/** Each one opened is closed in its line. */
const balanced = (controls: ReadonlyArray<string>): boolean => {
  const open: Array<string> = []
  for (const one of controls.filter((control) => !isMark(control))) {
    if (one === "\u202c" || one === "\u2069") {
      if (open.pop() !== one) return false
    } else open.push(one >= "\u2066" ? "\u2069" : "\u202c")
  }
  return open.length === 0
}

const directionOf = (line: string, controls: ReadonlyArray<string>): Severity => {
  if (controls.some((one) => overrides.test(one))) return "high"
  if (controls.every(isMark)) return "low"
  if (!rightToLeft.test(line)) return "high"
  return balanced(controls) ? "low" : "medium"
}

interface Line {
  readonly start: number
  readonly text: string
}

/** The lines that hold such a character, each once. */
const linesWith = (text: string, form: RegExp): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  let end = -1
  for (const match of text.matchAll(form)) {
    if (match.index < end) continue
    const start = text.lastIndexOf("\n", match.index - 1) + 1
    const newline = text.indexOf("\n", match.index)
    end = newline === -1 ? text.length : newline + 1
    lines.push({ start, text: text.slice(start, end) })
  }
  return lines
}

export const bidiControls: Rule = {
  id: "bidi-controls",
  category: "hidden-text",
  title: "The order of the text is changed",
  severity: "high",
  why: "These characters make a screen show a line in another order than the one in which the model reads it: a person approves one text, and the agent follows another.",
  remedy: "Remove them. Text in Hebrew or Arabic needs none of them to be shown rightly.",
  check: (file) =>
    !hasKind(file, Kind.direction)
      ? []
      : linesWith(file.text, bidi).map((line): Hit => {
          const found = [...line.text.matchAll(bidi)]
          const controls = found.map((match) => match[0])
          const first = found[0]?.index ?? 0
          const last = found.at(-1)?.index ?? first
          const severity = directionOf(line.text, controls)
          return {
            start: line.start + first,
            end: line.start + last + 1,
            message: `characters that change the direction of the text (${listed([...new Set(controls)].map(codePoint))}) in ${shown(line.text)}`,
            confidence: severity === "low" ? "low" : "high",
            severity,
            identity: line.text.trim().slice(0, 400)
          }
        })
}

const control = /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f]|\r(?![\r\n]|$)/g

/** Colours and bold letters; 8 conceals. */
const colour = /(?:\u001b\[|\u009b)[\d;:]*m/y

const sequence =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])|\u001b[ -/]*[0-~]/y

const at = (form: RegExp, text: string, index: number): string | undefined => {
  form.lastIndex = index
  return form.exec(text)?.[0]
}

interface Judged {
  readonly severity: Severity
  readonly what: string
}

const conceals = (code: string): boolean => /[[\u009b;:]0?8(?:[;:]|m)/.test(code) && !/[34]8[;:]/.test(code)

const judgedAt = (text: string, index: number): Judged => {
  const character = text[index] ?? ""
  const code = at(colour, text, index)
  if (code !== undefined) {
    return conceals(code)
      ? { severity: "high", what: "a terminal escape that conceals text" }
      : { severity: "low", what: "a terminal escape for colours" }
  }
  const escape = at(sequence, text, index)
  if (character === "\u001b") return { severity: "high", what: "a terminal escape" }
  // Alone, such a character is most often left over from a wrong encoding.
  if (character >= "\u0080")
    return escape !== undefined && escape.length > 2
      ? { severity: "high", what: "a terminal escape" }
      : { severity: "low", what: "a control character" }
  if (character === "\r") return { severity: "medium", what: "a carriage return, which hides what stands before it" }
  if (character === "\b") return { severity: "medium", what: "a backspace, which hides what stands before it" }
  return { severity: "low", what: "a control character" }
}

const weight = { info: 0, low: 1, medium: 2, high: 3, critical: 4 } as const

interface Worst extends Judged {
  readonly line: Line
  readonly index: number
  readonly one: string
}

const worstIn = (line: Line, old: boolean): Worst | undefined => {
  let worst: Worst | undefined
  for (const match of line.text.matchAll(control)) {
    const [one] = match
    if (old && one === "\r") continue
    const judged = judgedAt(line.text, match.index)
    if (worst === undefined || weight[judged.severity] > weight[worst.severity])
      worst = { ...judged, line, index: match.index, one }
    if (worst.severity === "high") break
  }
  return worst
}

export const terminalEscapes: Rule = {
  id: "terminal-escapes",
  category: "hidden-text",
  title: "Control characters for a terminal",
  severity: "high",
  why: "On a terminal such a sequence erases, moves or conceals text, changes the window's title or the clipboard. Who reads the agent with `cat`, `less -R` or `git diff` sees something else than the model does.",
  remedy: "Remove them.",
  check: (file) => {
    if (!hasKind(file, Kind.control)) return []
    const { text } = file
    // Files of old Macs end their lines so, all of them.
    const old = !text.includes("\n")
    const strays: Array<Worst> = []
    const hits = linesWith(text, control).flatMap((line): ReadonlyArray<Hit> => {
      const worst = worstIn(line, old)
      if (worst === undefined) return []
      if (worst.severity === "low") {
        strays.push(worst)
        return []
      }
      return [
        {
          start: line.start + worst.index,
          end: line.start + worst.index + 1,
          message: `${worst.what} (${codePoint(worst.one)}) in ${shown(line.text)}`,
          confidence: "high",
          severity: worst.severity,
          identity: `${worst.what} ${line.text.trim().slice(0, 400)}`
        }
      ]
    })
    const [first] = strays
    if (first === undefined) return hits
    const start = first.line.start + first.index
    const lines = strays.length === 1 ? "one line" : `${strays.length} lines`
    return [
      ...hits,
      {
        start,
        end: start + 1,
        message: `${first.what} (${codePoint(first.one)}) in ${lines}, first ${shown(first.line.text)}`,
        confidence: "medium",
        severity: "low",
        identity: first.what
      }
    ]
  }
}
