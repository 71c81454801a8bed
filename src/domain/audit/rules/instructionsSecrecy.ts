/**
 * Working behind somebody's back, by the structure of a sentence: a verb of telling that is denied, joined to the agent's
 * own deeds or to a person; leaving a deed out of a record; lying about it; and doing without consent.
 */
import { hasAll, lexicon, signsAround, spanOf } from "../signs.ts"
import { eachOf, endOf, isOf, startOf, type Words, type WordSet, wordSet } from "../words.ts"
import { isHarmless } from "./harmless.ts"
import type { Place } from "./instructionKit.ts"

const denying =
  "not never dont doesnt mustnt shouldnt cannot cant wont no without avoid refrain nobody nothing neither instead rather skip"
const telling = "tell say telling inform notify alert warn let"
const owning = "mention reveal disclose admit acknowledge expose mentioning revealing disclosing admitting"
const showing = "show announce describe explain document note record"
const toldOf = "told informed notified alerted warned mentioned revealed reported disclosed"
const knowing = "know learn notice find realise realize suspect discover hear knows learns notices"
const asking =
  "ask asking wait waiting seek seeking check checking request requesting requests bother bothering consult consulting prompt prompting confirm confirming pause pausing"
const consenting =
  "permission approval consent confirmation confirmations authorisation authorization agreement blessing"
const omitting = "omit omitting hide hiding conceal concealing disguise withhold leave leaving keep keeping"
const unaware = "unaware oblivious hidden secret unmentioned undisclosed unseen unnoticed confidential dark"
const lying = "lie deny pretend feign denying pretending"

/** One letter a class; see the patterns below. */
const known = lexicon({
  Y: "you your",
  N: denying,
  s: telling,
  M: owning,
  K: showing,
  g: toldOf,
  k: knowing,
  p: "user users human humans developer developers operator person owner anyone anybody someone somebody reviewer reviewers maintainer maintainers team engineer people",
  B: "nobody",
  a: asking,
  w: "waiting",
  c: consenting,
  v: "ran run did do made sent changed installed uploaded read deleted downloaded executed copied pushed opened used accessed took added wrote touched modified",
  d: "step steps command commands upload uploads download downloads transfer request requests call calls hook activity action actions edit edits commit commits change changes script existence section instruction instructions dependency payload",
  D: "this these that it them",
  T: "the any extra second new",
  e: "trace traces evidence sign signs hint hints footprint footprints",
  C: "report log answer",
  r: "summary reply transcript logs history output response changelog conversation notes",
  o: omitting,
  U: unaware,
  y: "stay stays remain remains kept left be",
  l: lying,
  h: "about of",
  H: "having knowing knowledge ever where what",
  i: "if when",
  q: "asked asks questioned challenged queried ask",
  f: "out from off",
  L: "let",
  O: "on",
  A: "draw drawing call calling attract attracting",
  t: "attention",
  R: "required needed necessary given granted obtained",
  S: "silence",
  G: "assume assuming presume consider",
  b: "behalf",
  E: "every all any each",
  z: "whether",
  Z: "approved agreed approves consented consents",
  W: "agrees agree wants objects objected",
  V: "need needs",
  j: "mask disguise camouflage dress",
  J: "as",
  X: "even",
  u: "success successful done ok finished",
  m: "real true actual",
  n: "until unless except twice again",
  F: "first before beforehand",
  I: "with",
  Q: "only merely just"
})

const untold = "Told not to tell the user"
const hidden = "Told to hide what it does"
const lied = "Told to deceive the user"
const unasked = "Told not to ask the user"

/** The signs that each needs, for a quick look; of those that match the first tells. */
const structures: ReadonlyArray<readonly [needed: string, pattern: RegExp, says: string]> = [
  ["Np", /N[^,nN]{0,3}[sCMK][^,np]{0,2}[dD][^,n]{0,3}p(?!.{0,2}n)/, untold],
  ["ND", /N[^,nN]{0,2}[sCM][^,n]{0,1}D?D[dD_]?(?:d|Yv)(?!.{0,2}n)/, untold],
  ["Npg", /N[^,npN]{0,5}p[_y]{0,2}g/, untold],
  ["NMd", /N_{0,2}M(?:T|D|_)?d(?:,|$)/, untold],
  ["gh", /(?:p[^,n]{0,2}N|B)[^,n]{0,2}g[^,n]{0,1}h[^,n]{0,1}[DdT]d?(?!.{0,3}n)/, untold],
  ["k", /(?:p[^,n]{0,3}N|B)[^,nV]{0,2}k(?:f?h|D|f)[^,n]{0,4}(?:[DdvY]|$)/, untold],
  ["NVk", /p[^,n]{0,2}NV[^,n]{0,1}kf?h?(?:D|HY)/, untold],
  ["kD", /(?:p[^,n]{0,3}N|B)[^,nV]{0,2}kD/, untold],
  ["Nh", /[sCM]Nh[^,n]{0,2}(?:Yv|[Td]?d)/, untold],
  ["NO", /N[sC]O[^n]{0,2}(?:Y|D)/, untold],
  ["NAt", /N[^,nN]{0,1}A[^,]{0,3}t/, untold],
  ["yU", /p[^,]{0,6}y_?U/, hidden],
  ["yUp", /[dDrC][^,]{0,9}y_?U[^,]{0,2}p/, hidden],
  ["oU", /o[^,]{0,4}[dD][^,]{0,1}U/, hidden],
  ["oe", /o_{0,2}[DTE]?e/, hidden],
  ["of", /o(?:[DTY_]{0,3}d|D)f[^,]{0,4}[rCp]/, hidden],
  ["of", /of(?:[DTY_]{0,3}d|D)[^,]{0,3}[rCp]/, hidden],
  ["om", /o[TYDE]m[^,]{0,3}/, hidden],
  ["jd", /j[TYDE]{0,2}dJ[^,]/, hidden],
  ["lh", /(?<![_DTpYs])lh/, lied],
  ["lH", /(?<![_DTpYs])l[^,]?H/, lied],
  ["l", /(?<![_DTpYs])l[^,]{0,3}(?:N[^,]{0,2}v|Y[^,]{0,1}(?:N|Q))/, lied],
  ["iqYv", /i[^,]{0,3}q[^,]{0,2},?[^,]{0,2}[sC][^,]{0,2}Y[^,]{0,1}[QN][^,]{0,1}v/, lied],
  ["u", /[sC]_?u[^,]{0,4}(?:X|z)/, lied],
  ["N", /N[^,nN]{0,4}[aw][^,n]{0,7}[cZW](?!.{0,1}n)/, unasked],
  ["NaIp", /N[^,nN]{0,3}a[^,n]{0,1}I[^,n]{0,2}p/, unasked],
  ["NcR", /N[^,nN]{0,1}c[^,n]{0,3}R/, unasked],
  ["Nc", /N[^,nN]{0,2}c(?:$|,(?!N))/, unasked],
  ["Sc", /S[^,]{0,2}c/, unasked],
  ["GcR", /G[^,]{0,3}c[^,]{0,3}R/, unasked],
  ["zNpZ", /z[^,N]{0,2}N[^,]{0,2}p[^,]{0,3}Z/, unasked],
  ["b", /b[^,]{0,3}E?[^,]{0,1}(?:c|q)/, unasked]
]

const denials = wordSet(denying)
const deeds = wordSet(
  `${telling} ${owning} show describe explain report log answer ${toldOf} ${knowing} ${asking} ${consenting} draw drawing`
)

/** Enough by themselves. */
const alone =
  "omit hide conceal disguise mask withhold unaware unmentioned undisclosed unseen oblivious confidential lie deny pretend " +
  "silence behalf discreet assume questioned"

/** Of everyday use, unless a word of the second list follows soon. */
const together: ReadonlyArray<readonly [words: WordSet, needed: WordSet]> = [
  [denials, deeds],
  [wordSet("leave leaving keep keeping"), wordSet("out secret hidden unmentioned")],
  [wordSet("secret hidden"), wordSet("user users human developer reviewer")],
  [wordSet("whether"), wordSet("approved agreed approves consented consents")],
  [wordSet("success"), wordSet("though whether regardless")],
  [wordSet("asks asked"), wordSet("say claim answer")]
]
const anchors = wordSet(`${denying} ${alone} leave leaving keep keeping secret hidden whether success asks asked`)

const isFollowed = (words: Words, at: number, set: WordSet): boolean => {
  const own = words.ordinal[at] ?? 0
  for (let next = at + 1; next < words.count && (words.ordinal[next] ?? 0) - own <= 7; next++)
    if (isOf(words, next, set)) return true
  return false
}

export const goingBehind = (words: Words): ReadonlyArray<Place> => {
  const places: Array<Place> = []
  let done = -1
  for (const at of eachOf(words, anchors)) {
    if (startOf(words, at) < done) continue
    if (together.some(([first, needed]) => isOf(words, at, first) && !isFollowed(words, at, needed))) continue
    const sentence = signsAround(words, at, known)
    done = Math.max(endOf(words, at), sentence.end.at(-1) ?? 0)
    for (const [needed, pattern, says] of structures) {
      if (!hasAll(sentence.signs, needed)) continue
      const match = pattern.exec(sentence.signs)
      if (match === null) continue
      const span = spanOf(sentence, match)
      const said = words.text.slice(sentence.start[0] ?? 0, done)
      places.push({
        ...span,
        says,
        severity: says === unasked && isHarmless(said) ? "low" : "medium",
        // "If anyone asks, say …" is no condition of a search.
        ...(match[0].startsWith("i") ? { spokenAt: sentence.start[0] ?? span.start } : {})
      })
      break
    }
  }
  return places
}
