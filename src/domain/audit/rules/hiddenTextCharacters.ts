// oxlint-disable no-control-regex, no-misleading-character-class -- such characters are what this file looks for
/** Text in characters that no screen shows: tags, variation selectors, zero-width characters. */
import type { AuditedFile, Span } from "../AuditedFile.ts"
import type { Value } from "../../Agent.ts"
import type { Hit } from "../Finding.ts"
import type { Rule } from "../Rule.ts"
import { hasKind, Kind } from "../words.ts"
import { codePoint } from "./lookalikes.ts"
import { listed, shown } from "./shown.ts"

const odd = /[^\t\n\r\u0020-\u007e]/

/** Most texts hold none of all these. */
const plainText = (text: string): boolean => !odd.test(text)

const textsIn = (value: Value): ReadonlyArray<string> => {
  if (typeof value === "string") return [value]
  if (typeof value !== "object" || value === null) return []
  return (Array.isArray(value) ? value : Object.values(value)).flatMap(textsIn)
}

const nothing: ReadonlySet<string> = new Set()

/** Looks at the text, and at what YAML's own escapes (`"\\u200b"`) make of plain text in the frontmatter. */
export const withEscapes =
  (check: Rule["check"], but = nothing): Rule["check"] =>
  (file, context) => [
    ...check(file, context),
    ...file.frontmatter.entries.flatMap((entry) => {
      const raw = file.text.slice(entry.valueSpan.start, entry.valueSpan.end)
      if (!raw.includes("\\") || but.has(entry.key)) return []
      // Ends as a line does, so that a carriage return in it is no end of a line.
      const text = `${textsIn(entry.value).join("\n")}\n`
      if (plainText(text) && !text.includes("\r")) return []
      const of = (part: string) =>
        check(
          {
            ...file,
            text: part,
            body: { start: part.length, end: part.length },
            frontmatter: { ...file.frontmatter, entries: [] }
          },
          context
        )
      if (!plainText(raw) && of(raw).length > 0) return []
      return of(text).map((hit) => ({
        ...hit,
        ...entry.valueSpan,
        message: `written as an escape in ${shown(entry.key)}: ${hit.message}`
      }))
    })
  ]

const tagRun = /[\u{e0000}-\u{e007f}]+/gu

/** England, Scotland and Wales are the only flags made of tags. */
const flags = new Set(["gbeng", "gbsct", "gbwls"])

/** For a message, so that the beginning will do. */
const decodedAtMost = 2000

const fromTags = (run: string): string =>
  Array.from(run.slice(0, decodedAtMost), (tag) => String.fromCodePoint((tag.codePointAt(0) ?? 0) - 0xe0000))
    .filter((one) => one >= " " && one <= "~")
    .join("")

const isFlag = (file: AuditedFile, start: number, run: string): boolean =>
  run.length === 12 &&
  file.text.slice(start - 2, start) === "\u{1f3f4}" &&
  run.endsWith("\u{e007f}") &&
  flags.has(fromTags(run))

interface Line extends Span {
  readonly runs: Array<string>
}

/** The matches of each line together: spread over a sentence they still spell one text. */
const byLine = (text: string, matches: Iterable<RegExpMatchArray>): ReadonlyArray<Line> => {
  const lines: Array<{ start: number; end: number; runs: Array<string> }> = []
  let newline = -1
  for (const match of matches) {
    const start = match.index ?? 0
    if (start > newline) {
      const found = text.indexOf("\n", start)
      newline = found === -1 ? text.length : found
      lines.push({ start, end: start, runs: [] })
    }
    const line = lines.at(-1)
    if (line === undefined) continue
    line.end = start + match[0].length
    line.runs.push(match[0])
  }
  return lines
}

export const unicodeTags: Rule = {
  id: "unicode-tags",
  category: "hidden-text",
  title: "Text in tag characters",
  severity: "critical",
  why: "Tag characters spell out ASCII that no editor and no terminal shows. A model reads it as if it were written. Nobody types them by accident.",
  remedy: "Read what the message decodes, find out who put it there, and do not deploy the agent.",
  check: (file) =>
    !hasKind(file, Kind.tag)
      ? []
      : byLine(
          file.text,
          [...file.text.matchAll(tagRun)].filter((match) => !isFlag(file, match.index, match[0]))
        ).map(({ end, runs, start }): Hit => {
          const run = runs.join("")
          const text = fromTags(run)
          const spelt = text === "" ? "no readable text" : shown(text, 120)
          return {
            start,
            end,
            message: `${run.length / 2} tag characters that no screen shows; decoded: ${spelt}`,
            confidence: "high",
            severity: text.length > 2 ? "critical" : "high",
            identity: text
          }
        })
}

const selector = "\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}"

/** What stands before a selector, and all selectors that follow. */
const selectorRun = new RegExp(`(?<=([^${selector}])|^)[${selector}]+`, "gu")

const single = (run: string): boolean =>
  run.length === (run.charCodeAt(0) >= 0xd800 && run.charCodeAt(0) < 0xe000 ? 2 : 1)

const unique = (characters: ReadonlyArray<string>): string => listed([...new Set(characters)].map(codePoint), 4)

const byteOf = (one: string): number => {
  const code = one.codePointAt(0) ?? 0
  return code >= 0xe0100 ? code - 0xe0100 + 16 : code - 0xfe00
}

/** One selector after one of these is how emoji, Chinese characters and symbols are written. */
const takesSelector =
  /[\p{Extended_Pictographic}\p{Emoji}\p{sc=Han}\p{S}\p{P}\p{sc=Mongolian}\p{sc=Phags_Pa}\p{sc=Myanmar}\u20e3]/u

const readable = (bytes: ReadonlyArray<number>): string =>
  bytes
    .filter((byte) => byte >= 0x20 && byte < 0x7f)
    .map((byte) => String.fromCharCode(byte))
    .join("")

export const variationSelectors: Rule = {
  id: "variation-selectors",
  category: "hidden-text",
  title: "Bytes in variation selectors",
  severity: "critical",
  why: "A variation selector chooses how the character before it looks. There are 256 of them, one for each byte, so that any text fits behind a single emoji without being seen.",
  remedy: "Read what the message decodes, find out who put it there, and do not deploy the agent.",
  check: (file) => {
    if (!hasKind(file, Kind.selector)) return []
    const odd = [...file.text.matchAll(selectorRun)].filter(
      ([run, base]) => !single(run) || base === undefined || !takesSelector.test(base)
    )
    const [first] = odd
    if (first === undefined) return []
    const all = Array.from(odd.map(([run]) => run).join(""))
    if (all.length < 4) {
      return [
        {
          start: first.index,
          end: first.index + first[0].length,
          message: `${all.length} variation selectors where none belongs: ${unique(all)}`,
          confidence: "medium",
          severity: "low",
          identity: unique(all)
        }
      ]
    }
    return byLine(file.text, odd).map(({ end, runs, start }): Hit => {
      const run = Array.from(runs.join(""))
      const shownRun = run.slice(0, decodedAtMost)
      const text = readable(shownRun.map(byteOf))
      const spelt = text === "" ? "no readable text" : shown(text, 120)
      return {
        start,
        end,
        message: `${run.length} variation selectors that no screen shows; as bytes: ${spelt}`,
        confidence: "high",
        severity: text.length * 2 > shownRun.length ? "critical" : "high",
        identity: text === "" ? shownRun.slice(0, 60).map(codePoint).join(" ") : text
      }
    })
  }
}

const zeroWidth =
  /[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}]/gu

/** Scripts that are written with joiners, or that break lines at a zero-width space. */
const usesJoiners =
  /[\p{sc=Arabic}\p{sc=Syriac}\p{sc=Mongolian}\p{sc=Devanagari}\p{sc=Bengali}\p{sc=Gurmukhi}\p{sc=Gujarati}\p{sc=Oriya}\p{sc=Tamil}\p{sc=Telugu}\p{sc=Kannada}\p{sc=Malayalam}\p{sc=Sinhala}\p{sc=Khmer}\p{sc=Myanmar}\p{sc=Thai}\p{sc=Lao}\p{sc=Tibetan}\p{sc=Hebrew}\p{M}]/u

const before = (text: string, at: number): string => {
  const low = text.charCodeAt(at - 1)
  return low >= 0xdc00 && low <= 0xdfff ? text.slice(at - 2, at) : text.slice(Math.max(0, at - 1), at)
}

const after = (text: string, at: number): string => String.fromCodePoint(text.codePointAt(at) ?? 0)

/** At work: within an emoji, or between letters of a script that needs it. */
const atWork = (text: string, start: number, end: number): boolean => {
  const left = before(text, start)
  const right = after(text, end)
  if (usesJoiners.test(left) && (usesJoiners.test(right) || /[\s\p{P}]|^\0$/u.test(right))) return true
  return (
    text.slice(start, end) === "\u200d" &&
    /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]/u.test(left) &&
    /\p{Extended_Pictographic}|[\u2640\u2642\u2695]/u.test(right)
  )
}

/** Two different characters, read as the bits of ASCII. */
const fromBits = (run: ReadonlyArray<string>): string => {
  const [zero, one, ...more] = [...new Set(run)].sort()
  if (zero === undefined || one === undefined || more.length > 0) return ""
  return [zero, one]
    .map((high) =>
      Array.from({ length: Math.floor(run.length / 8) }, (_, byte) =>
        run.slice(byte * 8, byte * 8 + 8).reduce((sum, bit) => sum * 2 + (bit === high ? 1 : 0), 0)
      )
    )
    .filter((bytes) => bytes.every((byte) => byte >= 0x20 && byte < 0x7f))
    .map((bytes) => String.fromCharCode(...bytes.slice(0, 500)))
    .join(" or ")
}

/** So many in one line carry something; fewer come along with a text that was copied from a page. */
const carrying = 8

interface Found {
  readonly character: string
  readonly index: number
  /** A soft hyphen between letters: where a long word may be broken. */
  readonly hyphen: boolean
}

const letter = /\p{L}/u

const placeOf = (line: ReadonlyArray<Found>) => {
  const last = line.at(-1)
  return { start: line[0]?.index ?? 0, end: last === undefined ? 0 : last.index + last.character.length }
}

/** One hit for each line that carries something, and one for all others together. */
const hitsOf = (lines: ReadonlyArray<ReadonlyArray<Found>>): ReadonlyArray<Hit> => {
  const carries = (line: ReadonlyArray<Found>): boolean => line.filter(({ hyphen }) => !hyphen).length >= carrying
  const many = lines.filter(carries)
  const few = lines.filter((line) => !carries(line))
  const hits = many.map((line): Hit => {
    const run = line.map(({ character }) => character)
    const bits = fromBits(run)
    return {
      ...placeOf(line),
      message: `${run.length} characters without width in one line (${unique(run)})${bits === "" ? "" : `; as bits: ${shown(bits, 120)}`}`,
      confidence: "high",
      severity: bits.length > 2 ? "critical" : "high",
      identity: run.slice(0, 60).map(codePoint).join(" ")
    }
  })
  const [first] = few
  if (first === undefined) return hits
  const all = few.flatMap((line) => line.map(({ character }) => character))
  const spread = few.flat().filter(({ hyphen }) => !hyphen).length >= carrying * 4
  return [
    ...hits,
    {
      ...placeOf(first),
      message: `${all.length} ${all.length === 1 ? "character" : "characters"} without width in ${few.length} ${few.length === 1 ? "line" : "lines"} (${unique(all)})`,
      confidence: spread ? "medium" : "low",
      severity: spread ? "medium" : "low",
      identity: [...new Set(all)].sort().map(codePoint).join(" ")
    }
  ]
}

/** What `disguised-name` judges: there, any such character is out of place. */
export const namingKeys: ReadonlySet<string> = new Set(["name", "tools", "disallowedTools"])

/** In order. */
const namePlaces = ({ frontmatter: { entries } }: AuditedFile): ReadonlyArray<Span> =>
  entries.flatMap((entry) => (namingKeys.has(entry.key) ? [entry.keySpan, entry.valueSpan] : [entry.keySpan]))

export const zeroWidthText: Rule = {
  id: "zero-width-text",
  category: "hidden-text",
  title: "Characters without width",
  severity: "high",
  why: "A run of characters without width carries text, one bit each, that a model may read and a person cannot see; a single one splits a word so that a search for it finds nothing.",
  remedy: "Remove them. One or two come along with text that was copied from a page; a run does not.",
  check: (file) => {
    if (!hasKind(file, Kind.invisible)) return []
    const { text } = file
    const lines: Array<Array<Found>> = []
    const places = namePlaces(file)
    let place = 0
    let end = -1
    for (const match of text.matchAll(zeroWidth)) {
      const [character] = match
      // At the very beginning it is a byte order mark, which is for another rule to judge.
      if (match.index === 0 && character === "\ufeff") continue
      while ((places[place]?.end ?? text.length) <= match.index) place++
      if ((places[place]?.start ?? text.length) <= match.index) continue
      if (atWork(text, match.index, match.index + character.length)) continue
      if (match.index > end) {
        const newline = text.indexOf("\n", match.index)
        end = newline === -1 ? text.length : newline
        lines.push([])
      }
      const at = match.index
      const hyphen = character === "\u00ad" && letter.test(before(text, at)) && letter.test(after(text, at + 1))
      lines.at(-1)?.push({ character, index: at, hyphen })
    }
    return hitsOf(lines)
  }
}
