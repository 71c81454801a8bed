/**
 * Working behind somebody's back, by the structure of a sentence: a verb of telling that is denied, joined to the agent's
 * own deeds or to a person; leaving a deed out of a record; lying about it; and doing without consent.
 */
import { lexicon, signsAround, spanOf } from "../signs.ts"
import { eachOf, endOf, isOf, startOf, type Words, type WordSet, wordSet } from "../words.ts"
import { isHarmless } from "./harmless.ts"
import type { Place } from "./instructionKit.ts"

const denying =
  "not never dont doesnt mustnt shouldnt cannot cant wont no without avoid refrain nobody nothing none neither instead rather skip"
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
const wiping = "remove erase delete scrub destroy clear wipe cover"
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
  x: wiping,
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

const structures: ReadonlyArray<readonly [pattern: RegExp, says: string]> = [
  [/N[^,nN]{0,3}[sCMK][^,np]{0,2}[dD][^,n]{0,3}p(?!.{0,2}n)/, untold],
  [/N[^,nN]{0,2}[sCM][^,n]{0,1}D?D[dD_]?(?:d|Yv)(?!.{0,2}n)/, untold],
  [/N[^,npN]{0,5}p[_y]{0,2}g/, untold],
  [/N_{0,2}M(?:T|D|_)?d(?:,|$)/, untold],
  [/(?:p[^,n]{0,2}N|B)[^,n]{0,2}g[^,n]{0,1}h[^,n]{0,1}[DdT]d?(?!.{0,3}n)/, untold],
  [/(?:p[^,n]{0,3}N|B)[^,nV]{0,2}k(?:f?h|D|f)[^,n]{0,4}(?:[DdvY]|$)/, untold],
  [/p[^,n]{0,2}NV[^,n]{0,1}kf?h?(?:D|HY)/, untold],
  [/(?:p[^,n]{0,3}N|B)[^,nV]{0,2}kD/, untold],
  [/[sCM]Nh[^,n]{0,2}(?:Yv|[Td]?d)/, untold],
  [/N[sC]O[^n]{0,2}(?:Y|D)/, untold],
  [/N[^,nN]{0,1}A[^,]{0,3}t/, untold],
  [/p[^,]{0,6}y_?U/, hidden],
  [/[dDrC][^,]{0,9}y_?U[^,]{0,2}p/, hidden],
  [/o[^,]{0,4}[dD][^,]{0,1}U/, hidden],
  [/o_{0,2}[DTE]?e/, hidden],
  [/x_{0,2}[DTE]?e/, hidden],
  [/o(?:[DTY_]{0,3}d|D)f[^,]{0,4}[rCp]/, hidden],
  [/of(?:[DTY_]{0,3}d|D)[^,]{0,3}[rCp]/, hidden],
  [/o[TYDE]m[^,]{0,3}/, hidden],
  [/j[TYDE]{0,2}dJ[^,]/, hidden],
  [/(?<![_DTpYs])lh/, lied],
  [/(?<![_DTpYs])l[^,]?H/, lied],
  [/(?<![_DTpYs])l[^,]{0,3}(?:N[^,]{0,2}v|Y[^,]{0,1}(?:N|Q))/, lied],
  [/i[^,]{0,3}q[^,]{0,2},?[^,]{0,2}[sC][^,]{0,2}Y[^,]{0,1}[QN][^,]{0,1}v/, lied],
  [/[sC]_?u[^,]{0,4}(?:X|z)/, lied],
  [/N[^,nN]{0,4}[aw][^,n]{0,7}[cZW](?!.{0,1}n)/, unasked],
  [/N[^,nN]{0,3}a[^,n]{0,1}I[^,n]{0,2}p/, unasked],
  [/N[^,nN]{0,1}c[^,n]{0,3}R/, unasked],
  [/N[^,nN]{0,2}c(?:$|,(?!N))/, unasked],
  [/S[^,]{0,2}c/, unasked],
  [/G[^,]{0,3}c[^,]{0,3}R/, unasked],
  [/z[^,N]{0,2}N[^,]{0,2}p[^,]{0,3}Z/, unasked],
  [/b[^,]{0,3}E?[^,]{0,1}(?:c|q)/, unasked]
]

const denials = wordSet(denying)
const deeds = wordSet(
  `${telling} ${owning} ${showing} report log answer ${toldOf} ${knowing} ${asking} ${consenting} draw drawing`
)
const anchors = wordSet(
  `${denying} leave leaving keep keeping omit hide conceal disguise mask withhold unaware unmentioned undisclosed unseen ` +
    "oblivious confidential secret hidden lie deny pretend silence behalf discreet whether elsewhere evidence traces trace assume informed questioned asks summary success"
)

/** Of everyday use, unless one of the others follows. */
const leaving = wordSet("leave leaving keep keeping")
const leftOut = wordSet("out secret hidden unmentioned")

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
    if (isOf(words, at, denials) && !isFollowed(words, at, deeds)) continue
    if (isOf(words, at, leaving) && !isFollowed(words, at, leftOut)) continue
    const sentence = signsAround(words, at, known)
    done = Math.max(endOf(words, at), sentence.end.at(-1) ?? 0)
    for (const [pattern, says] of structures) {
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
