/** Working behind the back of the person: not telling, not asking, wiping traces. */
import { eachOf, endOf, isOf, matches, startOf, type Words, wordSet } from "../words.ts"
import { isHarmless, sentenceAround } from "./harmless.ts"
import { ahead, behind, instruction, type Place } from "./instructionKit.ts"
import { concealingPhrases } from "./instructionsPhrases.ts"
import { goingBehind } from "./instructionsSecrecy.ts"

const people =
  "user users human humans developer developers operator person owner anyone anybody reviewer reviewers maintainer maintainers team customer engineer"
const person = wordSet(people)
const not = wordSet("not never dont no avoid mustnt shouldnt cannot refrain")
const telling = wordSet("tell inform notify alert warn")
const showing = wordSet(
  "mention reveal disclose show report display expose say announce acknowledge admit log discuss explain"
)
const owning = wordSet("mention reveal disclose acknowledge admit")
const never = wordSet("never not dont")
const asking = wordSet("ask prompt request seek wait")
const leave = wordSet("permission confirmation approval consent authorization")
const deed =
  /^[\s*_]*(?:["'”’)]?\s*(?:[.,;!)\n]|$)|about\s+(?:this|it|that|these|them|any|the|what|your|how)\b|of\s+(?:this|it|that|these|your|any|what)\b|that\s+(?:you|it|this|the\s+\w+\s+(?:was|is|were|has))\b|what\s+you\b|anything\b|under any\b|when\b|or\s+\w+)/i

/** The "do" of "do not" belongs to it. */
const negated = (words: Words, first: number): number => {
  const start = startOf(words, first)
  return start - (/\bdo\s+$/i.exec(behind(words.text, start, 6))?.[0].length ?? 0)
}

/** Only blanks, commas and emphasis between two words: "not found: inform" are two thoughts. */
const together = (words: Words, one: number, other: number): boolean =>
  /^[\w\s,*_'’]*$/.test(words.text.slice(endOf(words, one), startOf(words, other)))

/** "Do not tell the user about this" rather than "do not tell the user to restart". */
const untold = (words: Words): ReadonlyArray<Place> =>
  matches(words, [not, [2, telling], [2, person]]).flatMap((match) => {
    const [first = 0, verb = 0, last = 0] = match
    if (!together(words, first, verb)) return []
    const after = ahead(words.text, endOf(words, last), 40)
    const honest =
      /^\s*(?:to\b|until\b|unless\b|that\s+(?:something|work|a|everything|tests?)\b|(?:something|work) is\b)/i.test(
        after
      ) || /^\s*that\b(?!\s+you\b)/i.test(after)
    const sure = deed.test(after) && !honest
    return [
      {
        start: negated(words, first),
        end: endOf(words, last),
        says: "Told not to tell the user",
        ...(sure ? {} : { severity: "low" as const })
      }
    ]
  })

const unshown = (words: Words): ReadonlyArray<Place> => [
  ...matches(words, [not, [2, showing], [8, person]]).flatMap((match) => {
    const [first = 0, verb = 0, last = 0] = match
    if (!together(words, first, verb)) return []
    const between = words.text.slice(endOf(words, verb), startOf(words, last))
    const own =
      /^\s+(?:to\s+(?:the\s+|any\s*)?$|(?:any\s+of\s+)?(?:this|it|these|that|them|what\s+you|your\s+(?:actions?|activity|steps|work|changes|instructions|real)|(?:the\s+)?(?:command|upload|request|transfer|step|download|script|task|activity|existence))\b)/i.test(
        between
      ) && /\bto\s+(?:the\s+|any\s*|your\s+)?$/i.test(between)
    return [
      {
        start: negated(words, first),
        end: endOf(words, last),
        says: "Told not to show the user what it does",
        ...(own ? {} : { severity: "low" as const })
      }
    ]
  }),
  ...matches(words, [not, [1, owning]]).flatMap((match) => {
    const [first = 0, last = 0] = match
    const found =
      /^\s+(?:(?:any of\s+)?this(?=\s*(?:[.!;,)\n]|$)|\s+(?:step|to|anywhere|rule|section|command|under)\b)|these\s+(?:instructions|steps|commands|rules)|(?:that|what)\s+you\s+(?:ran|run|did|do|sent|send|have|are(?!\s+an?\s+(?:ai|llm|language|model|assistant|agent|bot)\b)|were|read|uploaded?)|your\s+(?:instructions|actions|prompt))/i.exec(
        ahead(words.text, endOf(words, last), 50)
      )
    return found === null
      ? []
      : [
          {
            start: negated(words, first),
            end: endOf(words, last) + found[0].trimEnd().length,
            says: "Told not to mention what it does"
          }
        ]
  })
]

const unaware = wordSet("not doesnt wont never dont no cannot")
const aware = wordSet("know notice see realize realise learn suspect discover find")
const letting = wordSet("let allow")
const need = wordSet("need reason")

/** "Do not let the user know", "so that the user does not notice", "no need for the user to know". */
const keptUnaware = (words: Words): ReadonlyArray<Place> => {
  const says = "Told to keep the user from knowing"
  const place = (match: ReadonlyArray<number>) => ({
    start: startOf(words, match[0] ?? 0),
    end: endOf(words, match.at(-1) ?? 0),
    says
  })
  const lets = matches(words, [not, [1, letting], [3, person], [1, aware]]).filter(([first = 0, verb = 0]) =>
    together(words, first, verb)
  )
  const so = matches(words, [person, [2, unaware], [1, aware]]).filter(([first = 0]) =>
    /\bso\s+(?:that\s+)?(?:the\s+|any|no\s*)?$/i.test(behind(words.text, startOf(words, first), 20))
  )
  const needless = matches(words, [need, [3, person], [3, aware]]).filter(
    ([first = 0, , last = 0]) =>
      /\bno\s+$/i.test(behind(words.text, startOf(words, first), 5)) &&
      !/^\s+(?:how|which|the)\b/i.test(ahead(words.text, endOf(words, last), 8))
  )
  // The "no" before belongs to it.
  const whole = needless.map((match) => ({ ...place(match), start: startOf(words, match[0] ?? 0) - 3 }))
  return [...lets.map(place), ...so.map(place), ...whole]
}

const without = wordSet("without")
const knowing = wordSet("telling informing notifying alerting warning")
const noticing =
  /^\s+(?:the\s+)?(?:user|users|human|developer|operator|owner|anyone|anybody|person)(?:['’]s)?\s+(?:ever\s+)?(?:knowledge|knowing|noticing|awareness|seeing|being aware|realizing|realising|attention)\b/i
const unasked =
  /^\s+(?:first\s+)?(?:any\s+|the\s+|explicit\s+|user\s+|human\s+|prior\s+|user['’]s\s+|further\s+|their\s+)*(?:asking(?:\s+(?:for\s+(?:\w+\s+)?(?:permission|confirmation|approval|consent)|(?:the\s+)?(?:user|human|developer|anyone)\s*(?:first|for\s+(?:\w+\s+)?(?:permission|confirmation|approval|consent)|[.,;!)\n]|$)|first\b|permission)|\s*[.;!]|\s*$)|confirm(?:ation|ing)|approval|consent|permission|prompting(?:\s+the\s+user|\s*[.,;]))/i

const unknowing = (words: Words): ReadonlyArray<Place> =>
  eachOf(words, without).flatMap((at): ReadonlyArray<Place> => {
    const end = endOf(words, at)
    const after = ahead(words.text, end, 100)
    const start = startOf(words, at)
    const next = at + 1
    if (noticing.test(after))
      return [{ start, end: end + (noticing.exec(after)?.[0].length ?? 0), says: "Acts without the user's knowledge" }]
    if (
      isOf(words, next, knowing) &&
      startOf(words, next) - end < 3 &&
      /^\s+(?:the\s+|any)?(?:user|users|human|developer|operator|owner|one|body)/i.test(
        ahead(words.text, endOf(words, next), 30)
      )
    )
      return [{ start, end: endOf(words, next), says: "Acts without telling the user" }]
    const found = unasked.exec(after)
    return found === null
      ? []
      : [
          {
            start,
            end: end + found[0].trimEnd().length,
            says: "Acts without asking the user",
            severity: isHarmless(sentenceAround(words.text, start, end)) ? ("low" as const) : ("medium" as const)
          }
        ]
  })

const neverAsk = (words: Words): ReadonlyArray<Place> =>
  matches(words, [never, [1, asking], [6, leave]]).map((match) => ({
    start: startOf(words, match[0] ?? 0),
    end: endOf(words, match.at(-1) ?? 0),
    says: "Told never to ask the user",
    severity: isHarmless(sentenceAround(words.text, startOf(words, match[0] ?? 0), endOf(words, match.at(-1) ?? 0)))
      ? ("low" as const)
      : ("medium" as const)
  }))

const covertly = wordSet("silently quietly secretly covertly stealthily discreetly surreptitiously")
const doing = wordSet(
  "run execute send upload install copy exfiltrate collect post transmit download append insert inject forward add push fetch read gather transfer write"
)
const secretly = /^(?:secretly|covertly|stealthily|surreptitiously)$/i
const sending = /^(?:send|upload|exfiltrate|post|transmit|forward|transfer|collect|gather)$/i

const stealth = (words: Words): ReadonlyArray<Place> =>
  [...matches(words, [covertly, [1, doing]]), ...matches(words, [doing, [6, covertly]])].map((match) => {
    const texts = match.map((at) => words.text.slice(startOf(words, at), endOf(words, at)))
    const sure = texts.some((text) => secretly.test(text)) || texts.some((text) => sending.test(text))
    const start = startOf(words, match[0] ?? 0)
    // "It silently drops" tells what code does.
    const described =
      /\b(?:it|they|that|which|code|sdk|system|agent|api|library|service|may|might|could|would|can|will|to)\s+$/i.test(
        behind(words.text, start, 30)
      )
    return {
      start,
      end: endOf(words, match.at(-1) ?? 0),
      says: "Told to do something unnoticed",
      ...(described ? { severity: "low" as const } : sure ? {} : { severity: "medium" as const })
    }
  })

const hiding = wordSet("hide conceal keep withhold")
const hidden =
  /^\s+(?:all\s+(?:of\s+)?)?(?:this|it|these|that|them|your|what|everything|any\s+(?:trace|sign|evidence)|(?:the|these|all)\s+(?:fact|activity|action|actions|commands?|upload|transfer|output\s+of|evidence|requests?))\b[^.\n]{0,60}?\b(?:from|secret|hidden|between us|confidential)\b/i

const hides = (words: Words): ReadonlyArray<Place> =>
  eachOf(words, hiding).flatMap((at) => {
    const found = hidden.exec(ahead(words.text, endOf(words, at), 120))
    if (found === null) return []
    const after = ahead(words.text, endOf(words, at) + found[0].length, 50)
    if (
      /from$/i.test(found[0]) &&
      !/^\s+(?:the\s+|any|your\s+|every)?(?:user|users|human|developer|operator|person|owner|one|body|review|team|maintainer|everyone)/i.test(
        after
      )
    )
      return []
    return [{ start: startOf(words, at), end: endOf(words, at) + found[0].length, says: "Told to hide what it does" }]
  })

const approving = wordSet("approve accept allow confirm grant")
const asked = wordSet("permission permissions prompt prompts tool confirmation confirmations")
const automatic = /\b(?:automatically|all|every|any|always)\b/i

const approves = (words: Words): ReadonlyArray<Place> =>
  matches(words, [approving, [5, asked]]).flatMap((match) => {
    const [first = 0, last = 0] = match
    const said =
      behind(words.text, startOf(words, first), 16) + words.text.slice(startOf(words, first), endOf(words, last) + 20)
    if (!automatic.test(said) || !/\b(?:permission|prompt|confirm|tool (?:use|call|request))/i.test(said)) return []
    const sure = /\b(?:permission|confirm)/i.test(said)
    return [
      {
        start: startOf(words, first),
        end: endOf(words, last),
        says: "Told to approve what a person should",
        ...(sure ? {} : { severity: "medium" as const })
      }
    ]
  })

const traces = wordSet("history histfile tracks traces evidence wevtutil histsize journalctl logs")
const wipes =
  /(?:\b(?:unset|export)\s+$|\bcover\s+(?:your|its|our|up\s+your|the)\s+$|\b(?:clear|delete|remove|erase|wipe|clean\s+up|purge|scrub|destroy)\s+(?:(?:the|all|any|your|our|its|shell|bash|command|zsh|of|audit|\.?bash_|forensic|system)\s*){0,4}$)/i

const wipesTraces = (words: Words): ReadonlyArray<Place> =>
  eachOf(words, traces).flatMap((at) => {
    const { text } = words
    const start = startOf(words, at)
    const word = text.slice(start, endOf(words, at)).toLowerCase()
    const after = ahead(text, endOf(words, at), 20)
    const before = behind(text, start, 60)
    if (word === "history" && /^\s+-c\b/.test(after))
      return [{ start, end: endOf(words, at) + 3, says: "Wipes its traces" }]
    if (word === "histfile" && /^=(?:\/dev\/null|\s|$)/.test(after))
      return [{ start, end: endOf(words, at), says: "Wipes its traces" }]
    const found = wipes.exec(before)
    if (found === null) return []
    const sure =
      word === "tracks" ||
      word === "traces" ||
      word === "evidence" ||
      word === "histfile" ||
      (word === "history" && /\b(?:shell|bash|command|zsh)/i.test(found[0]))
    return sure || /audit|system/i.test(found[0])
      ? [{ start: start - found[0].length, end: endOf(words, at), says: "Wipes its traces" }]
      : []
  })

export const concealsFromUser = instruction(
  {
    id: "conceals-from-user",
    title: "Conceals from the user, or does not ask",
    severity: "high",
    why: "What a person is not told they cannot stop. An honest agent has no reason to hide what it does.",
    remedy: "Remove it. If output should be short, say what to leave out, not whom to keep it from."
  },
  (words) => [
    ...untold(words),
    ...unshown(words),
    ...keptUnaware(words),
    ...unknowing(words),
    ...neverAsk(words),
    ...stealth(words),
    ...hides(words),
    ...approves(words),
    ...wipesTraces(words),
    ...concealingPhrases(words),
    ...goingBehind(words)
  ]
)
