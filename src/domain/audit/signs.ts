/**
 * A sentence as a row of signs, one character a word, by what the word does in it. A rule then says a structure, such as
 * "a verb of dropping, near it somebody's instructions", as a short pattern over signs instead of a list of sentences.
 */
import { breaks, startOf, type Words } from "./words.ts"
import { sentenceStart } from "./clause.ts"

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

/** Beyond so many characters to the right a sentence is not read. */
const reach = 220
const token = /[\p{L}\p{N}_]+(?:['’]t\b)?|[,:()–—]/gu

const sentenceEnd = (text: string, offset: number): number => {
  const most = Math.min(text.length, offset + reach)
  for (let at = offset; at < most; at++) if (breaks(text, at, at + 1)) return at
  return most
}

/** The signs of the sentence in which the word at this index stands. */
export const signsAround = (words: Words, at: number, known: Lexicon): Signs => {
  const { text } = words
  const place = startOf(words, at)
  const from = sentenceStart(text, place, 0)
  const start: Array<number> = []
  const end: Array<number> = []
  let signs = ""
  for (const match of text.slice(from, sentenceEnd(text, place)).matchAll(token)) {
    const word = match[0].toLowerCase().replace(/['’]/, "")
    signs += /^[,:()–—]/.test(word) ? "," : (known.get(word) ?? "_")
    start.push(from + match.index)
    end.push(from + match.index + match[0].length)
  }
  return { signs, start, end }
}

/** Where a pattern of signs stands in the text. */
export const spanOf = (
  { end, start }: Signs,
  match: RegExpExecArray
): { readonly start: number; readonly end: number } => ({
  start: start[match.index] ?? 0,
  end: end[match.index + match[0].length - 1] ?? 0
})
