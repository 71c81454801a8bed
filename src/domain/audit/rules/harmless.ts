import { breaks } from "../words.ts"
import { sentenceStart } from "../clause.ts"

/** Deeds that nobody needs to be asked about. */
const harmless =
  /\b(?:read-only|reading|typos?|format(?:s|ted|ting)?|formatter|lint(?:s|ing|er)?|documentation|clarif\w+|tests?|mocks?|e2e|end-to-end|dialogs?|fixtures?|apps?|naming|whitespace|imports)\b/i
const grave =
  /\b(?:delet\w*|remov\w*|overwrit\w*|push\w*|deploy\w*|run|execut\w*|install\w*|send\w*|upload\w*|merg\w*|publish\w*|credentials?|secrets?|production|force|destroy\w*|drop|rm|sudo|payload|permissions?)\b/i

/** Whether a sentence that says "without asking" speaks of nothing that could do harm. */
export const isHarmless = (sentence: string): boolean => harmless.test(sentence) && !grave.test(sentence)

/** The sentence around a place, as far as a few words to the right. */
export const sentenceAround = (text: string, start: number, end: number): string => {
  const most = Math.min(text.length, end + 120)
  let at = end
  while (at < most && !breaks(text, at, at + 1)) at++
  return text.slice(sentenceStart(text, start, 0), at)
}
