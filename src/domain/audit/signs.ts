/**
 * A sentence as a row of signs, one character a word, by what the word does in it. A rule then says a structure, such as
 * "a verb of dropping, near it somebody's instructions", as a short pattern over signs instead of a list of sentences.
 */
import { breaks, startOf, type Words } from "./words.ts"

/** For each word its sign. A word that is in none is `_`, a comma or a dash `,`. */
export type Lexicon = ReadonlyMap<string, string>

/** Lists of words by their sign, without apostrophes; a word has the sign of the last list that it is in. */
export const lexicon = (lists: Readonly<Record<string, string>>): Lexicon =>
  new Map(Object.entries(lists).flatMap(([sign, words]) => words.split(" ").map((word) => [word, sign] as const)))

export interface Signs {
  readonly signs: string
  /** Of each sign, where its word starts and ends in the text. */
  readonly start: ReadonlyArray<number>
  readonly end: ReadonlyArray<number>
}

/** Beyond so many characters to either side a sentence is not read. */
const reach = 180

/** A letter, a digit, `_`, or anything beyond ASCII but the curly apostrophe and dashes. */
const isLetter = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 48 && code <= 57) ||
  code === 95 ||
  (code >= 128 && (code < 0x2010 || code > 0x2030))

/** A comma, a colon, a bracket or a dash: a pause that most structures do not reach over. */
const isPause = (code: number): boolean =>
  code === 44 || code === 58 || code === 40 || code === 41 || code === 0x2013 || code === 0x2014

const isApostrophe = (code: number): boolean => code === 39 || code === 0x2019

/** Full stops, `!`, `?`, `;`, and ends of lines. */
const mayBreak = (code: number): boolean => code === 10 || code === 46 || code === 33 || code === 63 || code === 59

const endsAt = (text: string, at: number): boolean => mayBreak(text.charCodeAt(at)) && breaks(text, at, at + 1)

const sentenceAt = (text: string, offset: number): readonly [from: number, to: number] => {
  const least = Math.max(0, offset - reach)
  const most = Math.min(text.length, offset + reach)
  let from = offset
  while (from > least && !endsAt(text, from - 1)) from--
  let to = offset
  while (to < most && !endsAt(text, to)) to++
  return [from, to]
}

/** The signs of the sentence in which the word at this index stands. */
export const signsAround = (words: Words, at: number, known: Lexicon): Signs => {
  const { text } = words
  const place = startOf(words, at)
  const [from, to] = sentenceAt(text, place)
  const written = text.slice(from, to)
  const lowered = written.toLowerCase()
  // A few letters grow when they are made small, and places would no longer be places.
  const said = lowered.length === written.length ? lowered : written
  const start: Array<number> = []
  const end: Array<number> = []
  let signs = ""
  const add = (sign: string, one: number, other: number): void => {
    signs += sign
    start.push(from + one)
    end.push(from + other)
  }
  for (let next = 0; next < said.length; next++) {
    const code = said.charCodeAt(next)
    if (isPause(code)) add(",", next, next + 1)
    if (!isLetter(code)) continue
    const first = next
    while (isLetter(said.charCodeAt(next))) next++
    // "don't" is a word of its own, "user's" is the user.
    if (isApostrophe(said.charCodeAt(next)) && said[next + 1] === "t" && !isLetter(said.charCodeAt(next + 2))) {
      add(known.get(`${said.slice(first, next)}t`) ?? "_", first, next + 2)
      next++
      continue
    }
    add(known.get(said.slice(first, next)) ?? "_", first, next)
    if (isApostrophe(said.charCodeAt(next)) && said[next + 1] === "s") next++
    else next--
  }
  return { signs, start, end }
}

/** Whether each of these signs is there at all. */
export const hasAll = (signs: string, needed: string): boolean => {
  for (const sign of needed) if (!signs.includes(sign)) return false
  return true
}

/** Where a pattern of signs stands in the text. */
export const spanOf = (
  { end, start }: Signs,
  match: RegExpExecArray
): { readonly start: number; readonly end: number } => ({
  start: start[match.index] ?? 0,
  end: end[match.index + match[0].length - 1] ?? 0
})
