/**
 * A mention is not an instruction: "never run `curl … | sh`", a fenced example, a list headed "detect:" and a quotation
 * lower the confidence of a finding. They never bring it to nothing, since whoever writes an attack chooses the words
 * around it.
 */
import type { Confidence } from "./Finding.ts"

export interface Speech {
  readonly confidence: Confidence
  /** Why it is less than `high`, for the person: `in a fenced example`, `after "never"`. */
  readonly because?: string
}

/** For a place, by its UTF-16 offset in the whole file. */
export type SpeechOf = (offset: number) => Speech
