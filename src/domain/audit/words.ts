/**
 * The words of a text that any rule asks for, found in one pass: letters are folded to small ASCII, zero-width
 * characters inside a word are skipped and look-alikes are read as what they look like, so that neither hides a word.
 */
import type { AuditedFile } from "./AuditedFile.ts"

/** Words a rule asks for, by their number. */
export type WordSet = Uint8Array

/** More words than all rules together know. */
const capacity = 2048
const slots = 8192

const numbers = new Map<string, number>()
const tableHash = new Int32Array(slots)
const tableNumber = new Uint16Array(slots)
const spelled: Array<string> = [""]

const hashOf = (word: string): number => {
  let hash = 0
  for (let at = 0; at < word.length; at++) hash = (Math.imul(hash, 31) + word.charCodeAt(at)) | 0
  return hash
}

const numberOf = (word: string): number => {
  const known = numbers.get(word)
  if (known !== undefined) return known
  const number = spelled.push(word) - 1
  numbers.set(word, number)
  const hash = hashOf(word)
  let slot = hash & (slots - 1)
  while (tableNumber[slot] !== 0) slot = (slot + 1) & (slots - 1)
  tableHash[slot] = hash
  tableNumber[slot] = number
  return number
}

/** The numbers in a set, which are few. */
const members = new WeakMap<WordSet, Uint16Array>()

/** Words with spaces between them: small letters, digits and `_`, `don't` as `dont`. Made when a module loads. */
export const wordSet = (words: string): WordSet => {
  const set = new Uint8Array(capacity)
  for (const word of words.split(" ")) if (word !== "") set[numberOf(word)] = 1
  members.set(set, Uint16Array.from(new Set(words.split(" ").flatMap((word) => (word === "" ? [] : [numberOf(word)])))))
  return set
}

export interface Words {
  readonly text: string
  readonly count: number
  /** Which word it is; the other lists go by the same index. */
  readonly number: Uint16Array
  readonly start: Int32Array
  readonly end: Int32Array
  /** Which word of the text it is, unknown words counted too. */
  readonly ordinal: Int32Array
  /** Runs of at least 16 characters without a space that could be a token or a blob: `[start, end, start, …]`. */
  readonly runs: ReadonlyArray<number>
  /** By number, whether the word stands anywhere in the text. */
  readonly present: Uint8Array
  /** Bits of `Kind`. */
  readonly kinds: number
}

const pairs = (like: string, plain: string) =>
  like.split("").map((one, at) => [one.charCodeAt(0), plain.charCodeAt(at)] as const)
const lookAlikes = new Map([
  ...pairs("аеорсухіјѕкмтвнԁԛԝһӏ", "aeopcyxijskmtbhdqwhl"),
  ...pairs("АЕОРСУХІЈЅКМТВН", "aeopcyxijskmtbh"),
  ...pairs("αονρτικυχ", "aovptikux"),
  ...pairs("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhikmnoptyx"),
  ...pairs("ɡıſ", "gis")
])

/** Kinds of characters that rules look for, as bits: which of them a text holds is seen while its words are read. */
export const Kind = {
  /** Anything but printable ASCII, tabs and the ends of lines. */
  odd: 1,
  /** A control character, or a carriage return by itself. */
  control: 2,
  /** Changes the direction of the text. */
  direction: 4,
  /** Has no width. */
  invisible: 8,
  /** Chooses how the character before it looks; one beyond 16 bits counts as a tag as well. */
  selector: 16,
  tag: 32,
  fullWidth: 64,
  ampersand: 128
} as const

const isDirection = (code: number): boolean =>
  (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || [0x200e, 0x200f, 0x061c].includes(code)

/** The first units of characters beyond 16 bits among them: shorthand and musical controls. */
const isInvisible = (code: number): boolean =>
  (code >= 0x200b && code <= 0x200d) ||
  (code >= 0x2060 && code <= 0x2065) ||
  (code >= 0x206a && code <= 0x206f) ||
  (code >= 0x180b && code <= 0x180f) ||
  [0xad, 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x3164, 0xfeff, 0xffa0, 0xd82f, 0xd834].includes(code)

/** Of one UTF-16 code unit. */
const kindsOfUnit = (code: number): number => {
  if (code === 38) return Kind.ampersand
  if (code === 9 || code === 10 || code === 13 || (code >= 32 && code < 127)) return 0
  if (code < 0xa0) return Kind.odd | Kind.control
  if (isDirection(code)) return Kind.odd | Kind.direction
  if (isInvisible(code)) return Kind.odd | Kind.invisible
  if (code >= 0xfe00 && code <= 0xfe0f) return Kind.odd | Kind.selector
  if (code === 0xdb40) return Kind.odd | Kind.selector | Kind.tag
  return code >= 0xff01 && code <= 0xff5e ? Kind.odd | Kind.fullWidth : Kind.odd
}
const kindsOfEach = Uint8Array.from({ length: 1 << 16 }, (_, code) => kindsOfUnit(code))

/** The small ASCII letter or digit that a character stands for, 0 where it ends a word, -1 where it is invisible. */
const foldedOdd = (code: number): number => {
  if (code === 0xad || (code >= 0x200b && code <= 0x200f) || (code >= 0x2060 && code <= 0x2064) || code === 0xfeff)
    return -1
  if (code >= 0xfe00 && code <= 0xfe0f) return -1
  if (code >= 0xff21 && code <= 0xff3a) return code - 0xff21 + 97
  if (code >= 0xff41 && code <= 0xff5a) return code - 0xff41 + 97
  return lookAlikes.get(code) ?? 0
}

/** For each ASCII character: what it is in a word, 0 where it ends one. */
const folded = new Uint8Array(128)
for (let code = 48; code < 58; code++) folded[code] = code
for (let code = 97; code < 123; code++) {
  folded[code] = code
  folded[code - 32] = code
}
folded[95] = 95

/** What may stand in a token beside letters, digits and `_`: `+ - . / = %`. */
const inRun = new Uint8Array(128)
for (const character of "+-./=%") inRun[character.charCodeAt(0)] = 1

interface Scratch {
  readonly number: Uint16Array
  readonly start: Int32Array
  readonly end: Int32Array
  readonly ordinal: Int32Array
}

const scratchFor = (words: number): Scratch => ({
  number: new Uint16Array(words),
  start: new Int32Array(words),
  end: new Int32Array(words),
  ordinal: new Int32Array(words)
})

/** Written anew for each text; a text beyond its size gets one of its own. */
const shared = scratchFor(1 << 15)

/** The carriage return of a CR LF, or the last character. */
const endsLine = (text: string, at: number): boolean => {
  const next = text.charCodeAt(at + 1)
  return next === 10 || next === 13 || Number.isNaN(next)
}

/** For a text that is no agent file; `wordsOf` keeps what it has read. */
export const readWords = (text: string): Words => {
  const length = text.length
  const most = (length >> 1) + 1
  const { end, number, ordinal, start } = most > shared.number.length ? scratchFor(most) : shared
  const runs: Array<number> = []
  const present = new Uint8Array(capacity)
  let count = 0
  let words = 0
  let runStart = 0
  let kinds = 0
  let at = 0
  while (at < length) {
    let code = text.charCodeAt(at)
    let letter = code < 128 ? (folded[code] ?? 0) : foldedOdd(code)
    if (letter <= 0 || letter === 95) {
      kinds |= kindsOfEach[code] ?? 0
      if (code === 13 && !endsLine(text, at)) kinds |= Kind.odd | Kind.control
      if (letter !== 95 && (code >= 128 || inRun[code] !== 1)) {
        if (at - runStart >= 16) runs.push(runStart, at)
        runStart = at + 1
      }
      at++
      continue
    }
    const from = at
    let hash = 0
    // Underscores at its ends are emphasis.
    let held = 0
    let last = at
    while (true) {
      if (code >= 128) kinds |= kindsOfEach[code] ?? 0
      if (letter === 95) held++
      else if (letter > 0) {
        for (; held > 0; held--) hash = (Math.imul(hash, 31) + 95) | 0
        hash = (Math.imul(hash, 31) + letter) | 0
        last = at
      }
      at++
      if (at >= length) break
      code = text.charCodeAt(at)
      letter = code < 128 ? (folded[code] ?? 0) : foldedOdd(code)
      if (letter === 0) {
        // The apostrophe of "don't".
        const joins = code === 39 || code === 0x2019
        const next = joins ? text.charCodeAt(at + 1) | 32 : 0
        if (next !== 116 || (folded[text.charCodeAt(at + 2) & 127] ?? 0) !== 0) break
        letter = -1
      }
    }
    words++
    let slot = hash & (slots - 1)
    while (tableNumber[slot] !== 0) {
      if (tableHash[slot] === hash) {
        const which = tableNumber[slot] ?? 0
        number[count] = which
        present[which] = 1
        start[count] = from
        end[count] = last + 1
        ordinal[count] = words
        count++
        break
      }
      slot = (slot + 1) & (slots - 1)
    }
  }
  if (at - runStart >= 16) runs.push(runStart, at)
  return {
    text,
    count,
    number: number.slice(0, count),
    start: start.slice(0, count),
    end: end.slice(0, count),
    ordinal: ordinal.slice(0, count),
    runs,
    present,
    kinds
  }
}

const kept = new WeakMap<Pick<AuditedFile, "text">, Words>()

/** Read once a file, however many rules ask. */
export const wordsOf = (file: Pick<AuditedFile, "text">): Words => {
  const known = kept.get(file)
  if (known !== undefined) return known
  const words = readWords(file.text)
  kept.set(file, words)
  return words
}

/** Whether the file holds a character of one of these kinds. */
export const hasKind = (file: Pick<AuditedFile, "text">, kinds: number): boolean => (wordsOf(file).kinds & kinds) !== 0

export const isOf = (words: Words, at: number, set: WordSet): boolean => set[words.number[at] ?? 0] === 1

export const startOf = (words: Words, at: number): number => words.start[at] ?? 0

export const endOf = (words: Words, at: number): number => words.end[at] ?? 0

/** Whether any word of the set stands in the text: most often none does. */
export const holds = ({ present }: Words, set: WordSet): boolean => {
  const of = members.get(set)
  if (of === undefined) return true
  for (let at = 0; at < of.length; at++) if (present[of[at] ?? 0] === 1) return true
  return false
}

const none: ReadonlyArray<never> = []

/** The indices of the words that are of the set. */
export const eachOf = (words: Words, set: WordSet): ReadonlyArray<number> => {
  if (!holds(words, set)) return none
  const found: Array<number> = []
  const { number } = words
  for (let at = 0; at < number.length; at++) if (set[number[at] ?? 0] === 1) found.push(at)
  return found
}

/** Whether a sentence, a paragraph or a list item ends between the two places. */
export const breaks = (text: string, from: number, to: number): boolean => {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    if (code === 33 || code === 63 || code === 46 || code === 0x3002) {
      const next = text.charCodeAt(at + 1)
      if (next <= 32 || next === 0x201d || ((next === 34 || next === 41) && text.charCodeAt(at + 2) <= 32)) return true
    } else if (code === 59) {
      if (text.charCodeAt(at + 1) <= 32) return true
    } else if (code === 10) {
      let next = at + 1
      while (text.charCodeAt(next) === 32 || text.charCodeAt(next) === 9 || text.charCodeAt(next) === 13) next++
      const first = text.charCodeAt(next)
      if (first === 10 || first === 35 || Number.isNaN(first)) return true
      if ((first === 45 || first === 42 || first === 43) && text.charCodeAt(next + 1) === 32) return true
      if (first >= 48 && first <= 57 && /^\d{1,3}[.)] /.test(text.slice(next, next + 6))) return true
      if (first === 96 && text.startsWith("```", next)) return true
    }
  }
  return false
}

/** One set after the other, with at most so many other words between. */
export type Pattern = readonly [WordSet, ...ReadonlyArray<readonly [gap: number, set: WordSet]>]

/** What a match is made of: indices of words. */
export type Match = ReadonlyArray<number>

const furthest = 320

const follow = (words: Words, match: Array<number>, pattern: Pattern, step: number): boolean => {
  const next = pattern[step]
  if (next === undefined || next instanceof Uint8Array) return true
  const [gap, set] = next
  const before = match[match.length - 1] ?? 0
  const last = (words.ordinal[before] ?? 0) + gap + 1
  for (let at = before + 1; at < words.count && (words.ordinal[at] ?? 0) <= last; at++) {
    if (!isOf(words, at, set)) continue
    match.push(at)
    if (follow(words, match, pattern, step + 1)) return true
    match.pop()
  }
  return false
}

/** Every place where the words of the pattern follow each other within one sentence. */
export const matches = (words: Words, pattern: Pattern): ReadonlyArray<Match> => {
  for (const part of pattern) if (!holds(words, part instanceof Uint8Array ? part : part[1])) return none
  const found: Array<Match> = []
  const [first] = pattern
  const { number } = words
  for (let at = 0; at < number.length; at++) {
    if (first[number[at] ?? 0] !== 1) continue
    const match = [at]
    if (!follow(words, match, pattern, 1)) continue
    const from = endOf(words, at)
    const to = startOf(words, match[match.length - 1] ?? at)
    if (to - from > furthest || breaks(words.text, from, to)) continue
    found.push(match)
  }
  return found
}
