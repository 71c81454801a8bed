/** Whether the words just before a place forbid it, speak about it, or order it. Looks back over one sentence only. */
export interface Clause {
  /** `never`, `flag`: the word that makes it a mention, and how surely it does. */
  readonly mention?: { readonly word: string; readonly sure: boolean }
  /** `run`, `execute`: a word that makes it an order. */
  readonly ordered: boolean
}

const window = 260

const orders = new Set(
  (
    "run execute exec perform follow obey type paste enter invoke launch start begin apply evaluate eval source call " +
    "use install pipe do first then next now"
  ).split(" ")
)

/** Orders strong enough to turn a quotation into one. */
const strongOrders = new Set(
  "run execute exec perform follow obey type paste enter invoke launch start begin evaluate carry".split(" ")
)

const negations = new Set(
  (
    "never not dont doesnt wont mustnt shouldnt cannot cant avoid refuse refuses reject rejects decline forbid forbids " +
    "forbidden prohibit prohibits prohibited disallow disallows disallowed ban bans banned prevent prevents block blocks " +
    "blocked deny denies denied no nor neither unsafe dangerous malicious"
  ).split(" ")
)

const detections = new Set(
  (
    "detect detects detecting flag flags flagging report reports find finds finding warn warns identify identifies " +
    "identifying spot catch catches scan scans scanning audit audits grep search searches searching review reviews " +
    "recognize recognise beware alert alerts suspicious suspect example examples such eg attacker attackers adversary " +
    "attack attacks injection pattern patterns if say says contains"
  ).split(" ")
)

/** "Look for", "watch for". */
const looking = new Set(["look", "looking", "watch", "watching"])

/** After "and", "then" or a comma these begin an order of their own: "review the code, then send it". */
const further = new Set([
  ...strongOrders,
  ..."read send post upload copy append write add ignore disregard download fetch curl wget cat delete open put collect install use pipe forget hide load".split(
    " "
  )
])

/** Before a negation these turn it round: "no reason not to run". */
const doubled = new Set("no nothing never cannot cant not without hardly".split(" "))

const someone = new Set("you we i it they that which".split(" "))

/** After a negation these turn it round: "never forget to run". */
const turning = new Set(
  (
    "forget hesitate fail skip omit neglect miss worry mind ask wait stop bother question refuse delay afraid pause " +
    "optional negotiable enough sufficient asking forgetting skipping missing waiting stopping hesitating failing think doubt object ignore only just merely simply"
  ).split(" ")
)

/** Between a negation and the place these end its reach. */
const contrasts = new Set(
  "but just instead simply always however unless until without except otherwise rather please must".split(" ")
)

interface Word {
  readonly text: string
  readonly start: number
  readonly end: number
}

const wordsOf = (text: string): ReadonlyArray<Word> =>
  [...text.matchAll(/[\p{L}\p{N}_]+(?:['’][a-z]{1,2}\b)?/giu)].map((match) => ({
    text: match[0].toLowerCase().replace(/['’]/g, ""),
    start: match.index,
    end: match.index + match[0].length
  }))

/** Where the sentence in which `offset` lies starts; a list item, a heading and a paragraph start one too. */
export const sentenceStart = (text: string, offset: number, floor: number): number => {
  const least = Math.max(floor, offset - window)
  for (let at = offset - 1; at >= least; at--) {
    const code = text.charCodeAt(at)
    if (code === 10) {
      const next = text.slice(at + 1, at + 60).trimStart()
      if (next === "" || next.startsWith("\n") || /^(?:[-*+#>|] |#{1,6} |\d{1,3}[.)] |```|~~~)/.test(next))
        return at + 1
      if (/^[ \t]*\r?\n/.test(text.slice(at + 1, at + 12))) return at + 1
    }
    if (code === 62 && text.startsWith("-->", at - 2)) return at + 1
    if ((code === 46 || code === 33 || code === 63 || code === 59) && /^[\s"'”’)*_]/.test(text.slice(at + 1, at + 2))) {
      if (!/\b(?:e\.g|i\.e|etc|vs)\.$/.test(text.slice(Math.max(least, at - 5), at + 1))) return at + 1
    }
  }
  return least
}

/** A negation does not reach over "…, run", "…: run" and "… and run" once it has something else to deny. */
const reaches = (text: string, words: ReadonlyArray<Word>, at: number): "yes" | "perhaps" | "no" => {
  const rest = words.slice(at + 1)
  const [first] = rest
  if (first === undefined) return "yes"
  const skipped = first.text === "to" || first.text === "be" || first.text === "ever" ? rest[1] : first
  if (skipped !== undefined && turning.has(skipped.text) && skipped !== rest.at(-1)) return "no"
  if (turning.has(first.text)) return "no"
  let perhaps = rest.length > 12
  for (const [index, word] of rest.entries()) {
    if (contrasts.has(word.text)) return "no"
    if (index === 0) continue
    const before = text.slice(rest[index - 1]?.end ?? 0, word.start)
    const isOrder = orders.has(word.text)
    const parenthetical = /^\s*,/.test(text.slice(words[at]?.end ?? 0, first.start))
    if (/[:—–]|--/.test(before) && isOrder) return "no"
    if (/,/.test(before) && isOrder && !parenthetical) return "no"
    if (isOrder && rest[index - 1]?.text === "and") perhaps = true
  }
  // "…, " right before the place: the negation had its object before.
  const last = text.slice(rest.at(-1)?.end ?? 0)
  if (
    /^\s*(?:,|:|—|–)/.test(last) &&
    rest.length > 1 &&
    rest.some((word) => /^(?:ask|questions?|wait|anything|it|user)$/.test(word.text))
  )
    return "no"
  return perhaps ? "perhaps" : "yes"
}

/** What the words from `from` to `offset` make of what stands at `offset`. */
export const clauseOf = (text: string, from: number, offset: number): Clause => {
  const before = text.slice(from, offset)
  const words = wordsOf(before)
  let ordered = false
  for (let at = words.length - 1; at >= 0; at--) {
    const word = words[at]
    if (word === undefined) continue
    if (strongOrders.has(word.text) && words.length - at <= 8) ordered = true
    if (negations.has(word.text)) {
      const reach = words.slice(Math.max(0, at - 3), at).some((each) => doubled.has(each.text))
        ? "no"
        : reaches(before, words, at)
      if (reach !== "no")
        return { mention: { word: before.slice(word.start, word.end), sure: reach === "yes" }, ordered: false }
      return { ordered: true }
    }
    const previous = words[at - 1]
    const joined = before.charAt(word.start - 1) === "-" || before.charAt(word.end) === "-"
    const sought = word.text === "for" && looking.has(words[at - 1]?.text ?? "")
    if (
      (sought || detections.has(word.text)) &&
      !joined &&
      words.length - at <= 18 &&
      !(previous !== undefined && someone.has(previous.text))
    ) {
      const later = words.slice(at + 1)
      const last = later.at(-1)?.text
      const orderedLater =
        last === "then" ||
        last === "and" ||
        later.some(
          (each, index) =>
            further.has(each.text) &&
            (later.slice(0, index).some((one) => one.text === "but") ||
              later[index - 1]?.text === "and" ||
              later[index - 1]?.text === "then" ||
              /[,:;]/.test(before.slice(later[index - 1]?.end ?? word.end, each.start)))
        )
      if (!orderedLater) return { mention: { word: before.slice(word.start, word.end), sure: true }, ordered: false }
      return { ordered: true }
    }
  }
  return { ordered }
}

const leadWords =
  /\b(?:detect\w*|flag\w*|look(?:ing)? for|watch (?:out )?for|check(?:ing)? for|scan(?:ning)? for|search(?:ing)? for|anti-?patterns?|avoid|never|do ?n[o']t|don’t|must not|red flags?|vulnerab\w*|bad|wrong|malicious|attack\w*|injection\w*|threats?|suspicious|dangerous|unsafe|insecure|forbidden|prohibited|disallowed|banned|blocked|block|deny|refuse|reject|exploit\w*|payloads?|indicators?|smells?|violations?|mistakes?|pitfalls?|risks?|risky|examples?|e\.g\.|for instance|such as|incorrect|not allowed)\b|❌|🚫|⛔|✗|✘/i

const turned =
  /\b(?:never|not|don['’]?t)\s+(?:to\s+|be\s+)?(?:forget|hesitate|fail|skip|omit|neglect|miss|afraid|ask|wait|stop|only|just)\b|\bavoid (?:skipping|forgetting|missing|asking)\b/i

/** Whether a heading or a line that leads up to a list or a fence says: what follows is looked for, or forbidden. */
export const leadsToMentions = (lead: string): string | undefined => {
  const short = lead.slice(-240)
  const found = leadWords.exec(short)
  return found === null || turned.test(short) ? undefined : found[0].trim()
}

const procedure =
  /\b(?:set ?up|install\w*|initiali[sz]\w*|bootstrap|prerequisites?|getting started|before (?:you )?(?:start|begin|anything)|first|steps?|workflow|procedure|instructions?|start-?up|on start|preparation|prepare|usage|commands?|quick ?start|required|mandatory|always)\b/i

export const leadsToSteps = (lead: string): boolean => procedure.test(lead.slice(-240))

const ordering =
  /\b(?:run|execut\w+|perform|follow|obey|type|paste|enter|invoke|launch|start (?:by|with)|begin (?:by|with)|carry out|do|use|install|apply|issue)\b/i

/** "Run this:" just before a fence or a quotation. */
export const ordersWhatFollows = (lead: string): boolean => {
  const last =
    lead
      .slice(-200)
      .split(/[.!?]\s/)
      .at(-1) ?? ""
  const found = ordering.exec(last)
  if (found === null) return false
  return clauseOf(last, 0, found.index).mention === undefined
}

/** "Execute the above." just after one. */
export const ordersWhatPrecedes = (text: string): boolean =>
  /^\W*(?:(?:now|then|please|always|you must|first|immediately|and)\W+){0,3}(?:run|execute|perform|follow|obey|do|apply|paste|carry out)\s+(?:it|this|that|these|them|the (?:above|command|commands|script|snippet|code|block|quoted|previous|instructions?)|(?:what|as)\b[^.\n]{0,30}\b(?:says|said|above|shown|written))\b/i.test(
    text.slice(0, 120)
  )
