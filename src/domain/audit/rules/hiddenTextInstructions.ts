/** What stands where no page shows it, and tells the agent to do something. */
import type { Confidence, Hit, Severity } from "../Finding.ts"
import type { Rule } from "../Rule.ts"
import { hiddenStretches, type HiddenStretch } from "./hiddenTextMarkup.ts"
import { seen } from "./lookalikes.ts"
import { shown } from "./shown.ts"

const confidences: ReadonlyArray<Confidence> = ["low", "medium", "high"]

const less = (a: Confidence, b: Confidence): Confidence => (confidences.indexOf(a) < confidences.indexOf(b) ? a : b)

/** Overrides, conceals, sends away or runs: nothing that an author has to hide from a reader. */
const hostile: ReadonlyArray<RegExp> = [
  /\b(?:ignore|disregard|forget|override|bypass|discard|supersede)s? (?:[a-z]+ ){0,4}(?:instructions?|prompts?|rules?|guidelines?|directives?|policy|policies|restrictions?|safety|guardrails?|constraints?|system)\b/,
  /\b(?:do not|don't|never|must not|avoid|without) (?:[a-z]+ ){0,2}(?:telling|mentioning|revealing|informing|disclosing|notifying|show|showing|ask|asking|alert|alerting|report|reporting|log|logging) (?:[a-z]+ ){0,6}(?:users?|human|developer|reviewer|anyone|operator|comment|instructions?)\b/,
  /\b(?:do not|don't|never|must not) (?:ever )?(?:tell|mention|reveal|disclose|inform|notify|admit)\b/,
  /\b(?:exfiltrate|leak|smuggle)\b/,
  /\b(?:send|post|upload|transmit|forward|email|append|copy|report|submit) (?:[^ \n]+ ){0,12}(?:https?:\/\/|to (?:an? )?(?:external|remote|attacker)|[a-z0-9-]{1,60}\.(?:com|net|org|io|dev|xyz|ru|cn|example|test)\b)/,
  /\b(?:curl|wget|invoke-webrequest|iwr|nc|ncat)\b[^\n]{0,200}(?:https?:\/\/|\|)/,
  /(?:~|\$home|\/home\/[a-z]+|\/root)\/\.(?:ssh|aws|config|kube|npmrc|netrc|gnupg|docker)|\bid_(?:rsa|ed25519)\b|\/etc\/passwd/,
  /\b(?:hidden|secret|covert|real|true|new) (?:[a-z]+ )?(?:instructions?|directive|objective|task|mission|prompt)\b/,
  /\b(?:rm -rf|base64 (?:-d|--decode)|chmod \+x|--dangerously-skip-permissions|bypasspermissions)\b/,
  /\b(?:system|developer|admin)(?: prompt)?(?: override)? ?:/,
  /(?<!never |not |don't )\b(?:read|cat|print|include|collect|open|copy|encode|output|append|send|dump) (?:[^ \n]+ ){0,5}(?:\.env\b|credentials?\b|api keys?\b|private keys?\b|passwords?\b|access tokens?\b|environment variables\b)/
]

/** Who is spoken to. */
const addressed = /\b(?:you(?:'re|r)?|ai|llms?|claude|assistants?|agent|model|gpt|copilot|chatbots?)\b/

const ordering =
  /\b(?:must|should|shall|always|never|do not|don't|remember to|make sure|before|after|when(?:ever)?|first|instead|from now on|secretly|silently|quietly|immediately|important)\b/

const doing =
  /\b(?:run|execute|call|invoke|fetch|download|install|read|open|write|create|delete|remove|modify|change|send|post|upload|approve|accept|merge|commit|push|grant|allow|enable|disable|add|include|insert|append|use|follow|treat|act|respond|reply|answer|output|print|say|claim|pretend|skip|trust|prefer|recommend|encode|collect|search|set|put|set)\b/

const alphabetic = /[a-z]/

interface Judged {
  readonly severity: Severity
  readonly confidence: Confidence
  readonly does: string
}

/** `undefined`: a licence, a heading, a note to other authors. */
const judged = (stretch: HiddenStretch): Judged | undefined => {
  const plain = seen(stretch.content).toLowerCase().replaceAll("’", "'")
  const text = plain.replace(/\s+/g, " ")
  if (!alphabetic.test(text)) return undefined
  const signs = hostile.filter((form) => form.test(text)).length
  if (signs > 1) return { severity: "critical", confidence: "high", does: "orders what nobody is meant to see" }
  if (signs === 1) return { severity: "high", confidence: "medium", does: "gives the agent orders" }
  // A licence, a heading or a note beside an example is ordinary; one sentence that orders the reader about is not.
  const lines = plain.replace(/https?:\/\/\S*/g, "").split("\n")
  // A sentence may go on in the next line.
  const sentences = lines.flatMap((line, at) => `${line} ${lines[at + 1] ?? ""}`.split(/[!?;]|\. |\.$/))
  const ordered = sentences.filter((one) => ordering.test(one) && doing.test(one))
  if (ordered.length === 0) return undefined
  if (!ordered.some((one) => addressed.test(one))) {
    return { severity: "low", confidence: "low", does: "may give the agent orders" }
  }
  return { severity: "medium", confidence: "medium", does: "speaks to the agent" }
}

const inExample = { info: "info", low: "low", medium: "medium", high: "medium", critical: "medium" } as const

export const hiddenInstructions: Rule = {
  id: "hidden-instructions",
  category: "hidden-text",
  title: "Instructions that a page does not show",
  severity: "high",
  why: "The model reads HTML comments, link definitions and hidden elements like all other text. On the page where the agent is reviewed they are not there.",
  remedy: "Remove the comment, or write it where everybody can read it.",
  check: (file, { speech }) => {
    const known = new Map<string, Judged | undefined>()
    const inLine = new Set<string>()
    let end = 0
    return hiddenStretches(file).flatMap((stretch): ReadonlyArray<Hit> => {
      const found = known.has(stretch.content) ? known.get(stretch.content) : judged(stretch)
      known.set(stretch.content, found)
      if (stretch.start >= end) {
        const newline = file.text.indexOf("\n", stretch.start)
        end = newline === -1 ? file.text.length : newline
        inLine.clear()
      }
      // Said again and again in one line, it is told once.
      if (inLine.has(stretch.content)) return []
      inLine.add(stretch.content)
      if (found === undefined) return []
      // The fence around an example is the author's own, so it lowers the weight to medium and no further.
      const spoken = stretch.start >= file.body.start ? speech(stretch.start).confidence : "high"
      const severity = spoken === "low" ? inExample[found.severity] : found.severity
      return [
        {
          start: stretch.start,
          end: stretch.end,
          message: `${stretch.kind} ${found.does}: ${shown(stretch.content, 100)}`,
          confidence: less(found.confidence, spoken === "high" ? "high" : "medium"),
          severity,
          identity: stretch.content.slice(0, 400).trim()
        }
      ]
    })
  }
}
