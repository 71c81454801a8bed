/** Text that wants to rank above the person, the project and Claude Code itself. */
import { eachOf, endOf, isOf, matches, startOf, type Words, wordSet } from "../words.ts"
import { ahead, behind, instruction, type Place } from "./instructionKit.ts"
import { disobeying } from "./instructionsAuthority.ts"
import { overridingPhrases } from "./instructionsPhrases.ts"

const discarding = wordSet(
  "ignore disregard forget override bypass overrule discard supersede abandon neglect overwrite void cancel delete erase drop"
)
const which = wordSet(
  "previous prior above earlier preceding foregoing existing system original initial safety your other former past old"
)
const what = wordSet(
  "instructions instruction rules guidelines prompt prompts directives directive constraints restrictions training guardrails programming policies orders messages context commands safeguards directions"
)
const whichNarrow = wordSet("previous prior above earlier preceding foregoing your system safety")
const told = wordSet(
  "instructions instruction guidelines prompt prompts directives directive guardrails safeguards rules training directions"
)
const plural = wordSet("all any every these those")

const span = (words: Words, match: ReadonlyArray<number>) => ({
  start: startOf(words, match[0] ?? 0),
  end: endOf(words, match.at(-1) ?? 0)
})

const discarded = (words: Words): ReadonlyArray<Place> => {
  const says = "Told to ignore the instructions given by others"
  // "Never forget: ignore …" starts at the second verb.
  const last = ([verb = 0, next = 0]: ReadonlyArray<number>): boolean => {
    for (let at = verb + 1; at < next; at++) if (isOf(words, at, discarding)) return false
    return true
  }
  const full = matches(words, [discarding, [4, which], [3, what]]).filter((match) => {
    const [verb = 0, qualifier = 0, object = 0] = match
    if (!last(match)) return false
    const word = words.text.slice(startOf(words, verb), endOf(words, verb)).toLowerCase()
    const narrow = isOf(words, qualifier, whichNarrow)
    // "Override existing rules" is said of style sheets, "drop your context" of memory, "cancel your orders" of shops.
    if (/^(?:override|overwrite|delete|drop|erase|cancel|bypass|void|abandon|neglect)$/.test(word))
      return narrow && isOf(words, object, told)
    return narrow || (isOf(words, object, told) && (words.ordinal[object] ?? 0) - (words.ordinal[qualifier] ?? 0) <= 1)
  })
  const broad = matches(words, [discarding, [1, plural], [1, what]]).filter(last)
  return [
    ...full.map((match) => ({ ...span(words, match), says })),
    ...broad.map((match) => ({ ...span(words, match), says, severity: "medium" as const }))
  ]
}

const attention = wordSet("attention heed")
const unheeded = (words: Words): ReadonlyArray<Place> =>
  eachOf(words, attention).flatMap((at) => {
    const before = /\b(?:pay|give|take)\s+no\s+$/i.exec(behind(words.text, startOf(words, at), 16))
    const after =
      /^\s+(?:to|of)\s+[^.\n]{0,60}?\b(?:user|system|previous|prior|above|earlier|instructions?|rules|CLAUDE)\b/i.exec(
        ahead(words.text, endOf(words, at), 100)
      )
    if (before === null || after === null) return []
    return [
      {
        start: startOf(words, at) - before[0].length,
        end: endOf(words, at) + after[0].length,
        says: "Told to ignore the instructions given by others"
      }
    ]
  })

const forget = wordSet("forget disregard ignore")
const everything = wordSet("everything all anything what")
const before = wordSet("before above previously earlier told said learned instructed")

const forgotten = (words: Words): ReadonlyArray<Place> =>
  matches(words, [forget, [1, everything], [6, before]]).map((match) => ({
    ...span(words, match),
    says: "Told to forget what was said before"
  }))

const now =
  /^\s+(?:are|have|will)\s+(?:now|no longer|become|henceforth|from now on)\b[^.\n]{0,80}?\b(?:unrestricted|jailbroken|jailbreak|dan|uncensored|unfiltered|no (?:restrictions|rules|limits|limitations|guidelines|filters?)|not bound|free (?:from|of)|(?:god|developer|debug|root|admin) mode|bound by|without (?:restrictions|limits|rules|filters?)|evil)\b/i
const people = wordSet("you")
const modes = wordSet("developer god dan jailbreak debug sudo unrestricted")

const freed = (words: Words): ReadonlyArray<Place> => [
  ...eachOf(words, people).flatMap((at) => {
    const found = now.exec(ahead(words.text, endOf(words, at), 130))
    return found === null
      ? []
      : [
          {
            start: startOf(words, at),
            end: endOf(words, at) + found[0].length,
            says: "Told that its limits no longer hold"
          }
        ]
  }),
  ...eachOf(words, modes).flatMap((at) => {
    const found = /^\s+mode\s+(?:is\s+)?(?:now\s+)?(?:enabled|activated|engaged|unlocked)\b/i.exec(
      ahead(words.text, endOf(words, at), 40)
    )
    return found === null
      ? []
      : [
          {
            start: startOf(words, at),
            end: endOf(words, at) + found[0].length,
            says: "Told that its limits no longer hold"
          }
        ]
  })
]

const own = wordSet("these this following my below here")
const ranking = wordSet(
  "precedence priority supersede supersedes override overrides outrank outranks trump trumps replace replaces overrule"
)
const others = wordSet(
  "user users human system claude developer anthropic safety operator previous prior other others everything"
)
const rankedObject =
  /^(?:['’]s)?\s*(?:\.md)?(?:'s)?[\s,/]*(?:(?:or|and|the|all|any|project|default|level)[\s,]+){0,3}(?:\w+[\s,/]+){0,2}?(?:instructions?|rules?|prompts?|guidelines?|directives?|messages?|requests?|settings?|policies|policy|CLAUDE|$|[.,;!)]|says|said)/i

const ranked = (words: Words): ReadonlyArray<Place> =>
  matches(words, [own, [5, ranking], [5, others]]).flatMap((match) => {
    const [, verb = 0, object = 0] = match
    const said = words.text.slice(startOf(words, verb), startOf(words, object))
    const subject = words.text.slice(startOf(words, match[0] ?? 0), startOf(words, verb))
    if (/^(?:precedence|priority)/i.test(said) && !/\b(?:over|above)\b/i.test(said)) return []
    if (/\b(?:user|project|owner)/i.test(subject)) return []
    if (/\b(?:not|never|cannot)\s+(?:\w+\s+)?$|n['’]t\s+$/i.test(subject)) return []
    if (
      !/\b(?:instructions?|rules?|prompt|guidelines?|directives?|file|document|agent|section|text|message|take|takes|override|overrides|supersede|supersedes)\b/i.test(
        `${subject} ${said}`
      )
    )
      return []
    if (!rankedObject.test(ahead(words.text, endOf(words, object), 60))) return []
    return [{ ...span(words, match), says: "Says that it ranks above the user, the system or CLAUDE.md" }]
  })

const turnTags = wordSet("system im_start im_end inst sys human assistant user begin_of_text")

/** Tags and turns by which a model tells who speaks. */
const fakeTurns = (words: Words): ReadonlyArray<Place> =>
  eachOf(words, turnTags).flatMap((at): ReadonlyArray<Place> => {
    const { text } = words
    const start = startOf(words, at)
    const end = endOf(words, at)
    const word = text.slice(start, end)
    const left = behind(text, start, 4)
    const right = ahead(text, end, 24)
    const says = "Pretends to be a turn of the system or of the user"
    if (left.endsWith("<|") && /^(?:\|>)/.test(right)) return [{ start: start - 2, end: end + 2, says }]
    if (word === "INST" && left.endsWith("[") && right.startsWith("]"))
      return [{ start: start - 1, end: end + 1, says }]
    if (word === "SYS" && left.endsWith("<<") && right.startsWith(">>"))
      return [{ start: start - 2, end: end + 2, says }]
    if (
      word.toLowerCase() === "system" &&
      left.endsWith("<") &&
      /^(?:-reminder|_message|_prompt|-prompt)?>/.test(right)
    ) {
      const closed = right.startsWith("-reminder")
      return [
        {
          start: start - 1,
          end: end + right.indexOf(">") + 1,
          says,
          ...(closed ? {} : { severity: "medium" as const })
        }
      ]
    }
    if (/^(?:Human|Assistant)$/.test(word) && /^:\s/.test(right) && /\n\s*\n$/.test(behind(text, start, 4)))
      return [{ start, end: end + 1, says, severity: "medium" as const }]
    return []
  })

export const overridesInstructions = instruction(
  {
    id: "overrides-instructions",
    title: "Overrides other instructions",
    severity: "high",
    why: "An agent that sets aside what the user, the project or Claude Code says is no longer under anybody's control.",
    remedy: "Remove it. An agent says what it does, not whom to disobey."
  },
  (words) => [
    ...discarded(words),
    ...unheeded(words),
    ...forgotten(words),
    ...freed(words),
    ...ranked(words),
    ...fakeTurns(words),
    ...overridingPhrases(words),
    ...disobeying(words)
  ]
)
