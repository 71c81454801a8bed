/**
 * Whom to disobey, by the structure of a sentence: a verb of dropping, or of obeying that is denied, or a predicate such as
 * "void", joined to instructions that somebody else gave.
 */
import { hasAll, lexicon, signsAround, spanOf } from "../signs.ts"
import { eachOf, endOf, holds, isOf, startOf, type Words, wordSet } from "../words.ts"
import type { Place } from "./instructionKit.ts"

const told =
  "instruction instructions rule rules guideline guidelines guidance prompt prompts directive directives constraint " +
  "constraints restriction restrictions limits limitations guardrail guardrails safeguard safeguards policy policies " +
  "training programming directions wishes"
const asked = "order orders requests message"
const saying = "said says say told tells asked asks wants wanted"
const dropping =
  "ignore ignoring disregard disregarding forget forgetting bypass bypassing overriding circumvent " +
  "sidestep evade defy disobey dismiss flout violate abandon discard neglect cancel drop erase unlearn break breach skip scrap " +
  "shed nullify rescind revoke suspend"
const void_ =
  "void cancelled canceled obsolete revoked suspended replaced superseded lifted invalid outdated overridden overruled null " +
  "irrelevant noise rescinded waived meaningless moot nullified withdrawn"
const denying =
  "not never dont doesnt didnt cannot cant no nothing neednt without stop cease refuse quit mustnt shouldnt nor"
const outranking = "outrank outranks over trump trumps wins win prevails prevail"
const overruling = "override overrides overrule supersede supersedes"
const freeing = "free freed exempt exempted released liberated unbound"

/** One letter a class; see the patterns below. */
const known = lexicon({
  Y: "you",
  H: "system user users developer operator anthropic parent organisation organization owner human humans person conversation claude session permission permissions administrator admin",
  Z: "safety",
  W: "previous prior earlier preceding foregoing original initial former given told started received imposed built set usual already",
  B: "before",
  T: told,
  o: asked,
  g: "project company existing",
  e: "your",
  y: "by",
  "&": "and then please also must should may can will always simply just now or",
  S: saying,
  D: dropping,
  V: void_,
  N: denying,
  n: "without",
  F: "follow following obey obeying apply applying respect respecting heed heeding honour honor observe listen listening comply adhere abide enforce",
  E: "applies hold holds bind binds bound count counts matter matters valid govern governs weight force exist existed",
  R: freeing,
  A: outranking,
  X: overruling,
  v: "above",
  O: "this these following below here",
  K: "file document page text agent section",
  M: "whatever regardless mind",
  Q: "behaviour behaviours behavior behaviors measures mechanisms filters checks features protocols defaults",
  U: "input inputs content data provided supplied website web comment comments results result output outputs untrusted embedded found readme dependencies",
  L: "later new newer subsequent longer",
  C: "setting settings config configuration value values flag flags option options theme default preference preferences",
  G: "directory directories folder class classes method component node element package workspace",
  a: "as",
  i: "if though when where unless whenever",
  t: "to for in",
  p: "put throw toss lay push cast",
  u: "aside away out behind",
  h: "attention heed",
  m: "them it",
  c: "forbid forbids prohibit prohibits conflict conflicts conflicting contradict contradicts disagree disagrees otherwise",
  l: "less little",
  P: "priority precedence"
})

/** Somebody's instructions: the one who gave them, or when, before or after the noun. */
const theirs = "(?:[WvZe][^,iy]{0,2}[TS]|gT|H[^,iy]{0,2}[TSo]|[TS](?!U)[^,iUy]{0,4}(?:[WvHZ](?!G)|B(?:$|,|O)))"

/** The signs that each needs, for a quick look; of those that match the first tells. */
const structures: ReadonlyArray<readonly [needed: string, pattern: RegExp, says: string]> = [
  [
    "",
    new RegExp(`(?:D|(?:^|(?<=[,&tY]))X)[^,FOAvXy]{0,4}?${theirs}`),
    "Told to ignore the instructions given by others"
  ],
  ["Z", /[DX][^,]{0,2}Z[TQ]/, "Told to ignore the instructions given by others"],
  ["Z", /Z[TQ].{0,9}[DX](?:m|$)/, "Told to ignore the instructions given by others"],
  [
    "F",
    new RegExp(
      `[Nn](?:[^,iDX]{0,2})F[^,O]{0,3}(?:[HZe]{1,2}[^,i]{0,1}[TSo](?!.{0,3}U)|[Wv][^,i]{0,1}T(?![^,]{0,2}[tiU])|T[^,iUt]{0,4}H(?!.{0,2}U))`
    ),
    "Told not to follow the instructions given by others"
  ],
  [
    "u",
    new RegExp(`(?:p[_m]?u|[Wv]_?u)[^,i]{0,3}?(?:${theirs}|TY)`),
    "Told to ignore the instructions given by others"
  ],
  ["nT", /n[^,i]{0,3}(?:[He][^,]{0,1}T|T[^,iYt]{0,3}[Wv])/, "Told to act without the limits that it was given"],
  ["aiT", /ai[^,]{0,4}[Nn][^,]{0,1}T/, "Told to act as if it had no rules"],
  ["aiT", /ai[^,]{0,3}(?:[WvHZYe][^,]{0,2})T[^,]{0,3}(?:N.?[EF]|V)/, "Told to act as if it had no rules"],
  ["", /(?:_N?h|NM)(?:t|_)[^,]{0,3}(?:H|[Wv]|T[^,]{0,3}[WvB])/, "Told to ignore the instructions given by others"],
  ["T", /(?:M|NE)[^,]{0,2}(?:H|Z)[^,t]{0,1}T[^,]{0,1}(?:S|$|,)/, "Told to ignore the instructions given by others"],
  ["YR", /Y[^,]{0,3}R(?!t)[^,]{0,4}T/, "Told that its limits no longer hold"],
  ["Y", /Y[^,]{0,2}[NL]{1,2}[^,]{0,1}(?:E|F)[^,]{0,4}(?:T|H)/, "Told that its limits no longer hold"],
  ["TcV", /T[^,]{0,2}c[^,]{0,4}V/, "Told that the instructions given by others no longer hold"],
  [
    "T",
    /(?:[WvHZe][^,i]{0,1}T|T[^,i]{0,3}[WvHZ])(?:[^,i]{0,9}V(?!.{0,3}L)|[^,i]{0,5}(?:N(?:L)?[^,]{0,1}[EF]|NL)(?![^,]{0,1}t(?!Y|O)))/,
    "Told that the instructions given by others no longer hold"
  ],
  ["YV", /Y[^,i]{0,2}(?:S|[Wv])[^,i]{0,4}V/, "Told that the instructions given by others no longer hold"],
  ["HEl", /H[^,i]{0,1}[ST][^,i]{0,3}El/, "Says that it ranks above the user, the system or CLAUDE.md"],
  [
    "O",
    /O[KTo][^,iN]{0,2}[AvX][^,]{0,3}(?:HT|HH|H$|H,|H_?[ST]|T[^,]{0,3}B)/,
    "Says that it ranks above the user, the system or CLAUDE.md"
  ],
  [
    "OP",
    /O[KTo][^,iN]{0,2}P[^,]{0,1}[AvX][^,]{0,3}(?:H|T[^,]{0,3}[BWv])/,
    "Says that it ranks above the user, the system or CLAUDE.md"
  ],
  [
    "",
    /[OK][^,N]{0,2}[AvX][^,]{0,3}(?:H[^,C]{0,2}C?[Wv]?$|H[^,C]{0,2}[ST])/,
    "Says that it ranks above the user, the system or CLAUDE.md"
  ],
  ["icOK", /^i.{0,4}c.{0,4}OK.?.?OK[^,]{0,1}[AvX]/, "Says that it ranks above the user, the system or CLAUDE.md"],
  [
    "icOK",
    /^i(?=.{0,4}H|.{0,4}T).{0,6}c.{0,3}OK,?OK[AvX]/,
    "Says that it ranks above the user, the system or CLAUDE.md"
  ]
]

/** Somebody else does it: "prompts that try to …", "an agent cannot be persuaded to …". */
const described =
  /\b(?:try|tries|trying|attempts?|attempting|persuaded?|tricked?|designed|meant|wants?|instructs?|telling|tells?|asks?)\s+(?:(?:an?|the|it|its|them|this|your|other)\s*(?:agents?|models?|assistants?|ai|llm|reader)?\s+)?(?:to|that)\s+(?:\w+\s+){0,2}$/i
const someoneElse =
  /\b(?:prompts?|texts?|comments?|issues?|inputs?|content|attackers?|messages|agents?|models?|assistants?|jailbreaks?|documents|pages|instructions)\b/i

/** Whether the words before make it the deed of somebody whom the agent looks at. */
export const isDescribed = (text: string, start: number): boolean => {
  const before =
    text
      .slice(Math.max(0, start - 90), start)
      .split(/[.!?]\s/)
      .at(-1) ?? ""
  return described.test(before) && someoneElse.test(before) && !/\byou\b/i.test(before)
}

const anchors = wordSet(`${told} ${asked} ${saying} safety`)
const strong = `${dropping} ${void_} ${freeing} ${overruling} attention regardless whatever aside throw`
const weak = `${denying} ${outranking} above away less`
const turns = wordSet(`${strong} ${weak}`)
const everyday = wordSet(`${weak} skip drop break free null invalid`)
const others = wordSet(
  "system user users developer operator anthropic parent safety previous prior earlier original above claude session bound though your"
)

/**
 * Whether a word that turns instructions down stands near, and by one of everyday use somebody whose they are: most
 * mentions of instructions have none.
 */
const isTurned = (words: Words, at: number): boolean => {
  const own = words.ordinal[at] ?? 0
  let near = at
  while (near > 0 && own - (words.ordinal[near - 1] ?? 0) <= 9) near--
  let turned = false
  let theirs = false
  for (; near < words.count && (words.ordinal[near] ?? 0) - own <= 10; near++) {
    if (isOf(words, near, others)) theirs = true
    if (!isOf(words, near, turns)) continue
    if (!isOf(words, near, everyday)) return true
    turned = true
  }
  return turned && theirs
}

export const disobeying = (words: Words): ReadonlyArray<Place> => {
  if (!holds(words, turns)) return []
  const places: Array<Place> = []
  let done = -1
  for (const at of eachOf(words, anchors)) {
    if (startOf(words, at) < done || !isTurned(words, at)) continue
    const sentence = signsAround(words, at, known)
    done = Math.max(endOf(words, at), sentence.end.at(-1) ?? 0)
    for (const [needed, pattern, says] of structures) {
      if (!hasAll(sentence.signs, needed)) continue
      const match = pattern.exec(sentence.signs)
      if (match === null) continue
      const span = spanOf(sentence, match)
      places.push({ ...span, says, severity: isDescribed(words.text, span.start) ? "low" : "medium" })
      break
    }
  }
  return places
}
