/** What rules about instructions share: a place with its confidence becomes a finding. */
import type { AuditedFile } from "../AuditedFile.ts"
import type { Confidence, Hit, RuleInfo, Severity } from "../Finding.ts"
import type { Rule, RuleContext } from "../Rule.ts"
import type { Speech } from "../speech.ts"
import { sanitize } from "../../sanitize.ts"
import { unmaskedOf } from "../unmask.ts"
import { type Words, wordsOf } from "../words.ts"

export interface Place {
  readonly start: number
  readonly end: number
  /** A sentence without its full stop; the reason of a lowered confidence is added. */
  readonly says: string
  /** Where this form is better or worse than the rule. */
  readonly severity?: Severity
  /** No surer than this, whatever the words around say. */
  readonly atMost?: Confidence
  /** So many places in one line that nobody wrote them for a person: no word around excuses them. */
  readonly flood?: boolean
  /** Where to look for what the words around make of it, when not at the start. */
  readonly spokenAt?: number
}

const ranks: Record<Confidence, number> = { low: 0, medium: 1, high: 2 }
const weights: Record<Severity, number> = { info: 0, low: 1, medium: 2, high: 3, critical: 4 }

const longest = 400

/** The matched text, made plain: blanks are one blank, and no longer than tells places apart. */
const identityOf = (text: string): string => text.slice(0, longest).replace(/\s+/g, " ").trim().toLowerCase()

const hitOf = (info: RuleInfo, file: AuditedFile, context: RuleContext, place: Place): Hit => {
  const spoken: Speech = place.flood === true ? { confidence: "high" } : context.speech(place.spokenAt ?? place.start)
  const lowered = place.atMost !== undefined && ranks[place.atMost] < ranks[spoken.confidence]
  const confidence = lowered ? place.atMost : spoken.confidence
  const own = place.severity ?? info.severity
  const severity = confidence === "low" && weights[own] > weights.low ? "low" : own
  const because = spoken.because === undefined ? "" : ` (${sanitize(spoken.because)})`
  return {
    start: place.start,
    end: Math.min(place.end, place.start + longest),
    message: `${place.says}${because}`,
    confidence,
    ...(severity === info.severity ? {} : { severity }),
    identity: identityOf(file.text.slice(place.start, place.end))
  }
}

/** More of one rule in one line are told as one. */
const mostInLine = 64

/** Whoever floods a line with decoys gains nothing: the rest of it is one place, taken at its worst. */
const folded = (text: string, places: ReadonlyArray<Place>): ReadonlyArray<Place> => {
  if (places.length <= mostInLine) return places
  const kept: Array<Place> = []
  let inLine = 0
  let before = 0
  for (const place of places) {
    inLine = text.slice(before, place.start).includes("\n") ? 1 : inLine + 1
    before = place.start
    const last = kept.at(-1)
    if (inLine <= mostInLine || last === undefined) kept.push(place)
    else if (last.flood === true) kept[kept.length - 1] = { ...last, end: place.end }
    else
      kept.push({
        start: place.start,
        end: place.end,
        says: `${place.says}, and more of the same in this line`,
        flood: true
      })
  }
  return kept
}

/** Places that overlap are one finding: the one that starts first and reaches furthest. */
const merged = (places: ReadonlyArray<Place>): ReadonlyArray<Place> => {
  const kept: Array<Place> = []
  for (const place of places.toSorted((one, other) => one.start - other.start || other.end - one.end)) {
    const last = kept.at(-1)
    if (last !== undefined && place.start < last.end) {
      if (last.atMost !== undefined && place.atMost === undefined) {
        kept[kept.length - 1] = place
        continue
      }
      const worse = weights[place.severity ?? "critical"] > weights[last.severity ?? "critical"]
      if (worse && last.severity !== undefined)
        kept[kept.length - 1] = { ...place, start: last.start, spokenAt: place.spokenAt ?? place.start }
      continue
    }
    kept.push(place)
  }
  return kept
}

type Find = (words: Words, file: AuditedFile, context: RuleContext) => ReadonlyArray<Place>

/** What shows only when the text is made plain. */
const disguised = (file: AuditedFile, context: RuleContext, find: Find): ReadonlyArray<Place> => {
  const unmasked = unmaskedOf(file)
  if (unmasked === undefined) return []
  const { file: plain, original } = unmasked
  return find(wordsOf(plain), plain, context).flatMap((place) => {
    const start = original(place.start)
    const end = original(place.end)
    const shown =
      end - start === place.end - place.start &&
      plain.text.slice(place.start, place.end) === file.text.slice(start, end)
    return shown ? [] : [{ ...place, start, end, spokenAt: original(place.spokenAt ?? place.start) }]
  })
}

/** A rule from a function that finds places. */
export const instruction = (info: Omit<RuleInfo, "category">, find: Find): Rule => {
  const whole: RuleInfo = { ...info, category: "instructions" }
  return {
    ...whole,
    check: (file, context) => {
      const places = [...find(wordsOf(file), file, context), ...disguised(file, context, find)]
      return places.length === 0
        ? []
        : folded(file.text, merged(places)).map((place) => hitOf(whole, file, context, place))
    }
  }
}

/** Text around a place, never more than asked for. */
export const behind = (text: string, at: number, length: number): string => text.slice(Math.max(0, at - length), at)
export const ahead = (text: string, at: number, length: number): string => text.slice(at, at + length)

const inPath = new Uint8Array(128)
for (const one of "~${}./\\*-_") inPath[one.charCodeAt(0)] = 1
for (let code = 48; code < 123; code++) if (/[0-9A-Za-z]/.test(String.fromCharCode(code))) inPath[code] = 1

/** How many characters just before `at`, `most` of them at most, are of a path such as `~/.ssh/` or `${HOME}/`. */
export const pathBefore = (text: string, at: number, most: number): number => {
  let from = at
  while (from > 0 && at - from < most && inPath[text.charCodeAt(from - 1)] === 1) from--
  return at - from
}

/** The end of the line in which `at` stands, or where the look ahead ends: a line may be a megabyte. */
export const lineEnd = (text: string, at: number, most = 600): number => {
  const newline = text.slice(at, at + most).indexOf("\n")
  return newline < 0 ? Math.min(text.length, at + most) : at + newline
}
