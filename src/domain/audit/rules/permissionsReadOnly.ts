/** An agent that is said to change nothing, and that can. */
import { entryOf, type AuditedFile, type Span } from "../AuditedFile.ts"
import type { Capability, CapabilityRow, ClientModel } from "../ClientModel.ts"
import type { Confidence, Hit, Severity } from "../Finding.ts"
import type { Rule, RuleContext } from "../Rule.ts"
import { holds, matches, type Words, wordSet, wordsOf } from "../words.ts"
import { listed, shown } from "./shown.ts"

const readOnly = "read[- ]?only"

const [joined, read, only] = [wordSet("readonly"), wordSet("read"), wordSet("only")]

/** Without this, none of the next ones is there. */
const mentions = (words: Words): boolean =>
  holds(words, joined) || (holds(words, read) && holds(words, only) && matches(words, [read, [0, only]]).length > 0)

/** Said of the agent itself; "read-only" alone is as often a file system, a replica or a keyword. */
const ofItself: ReadonlyArray<RegExp> = [
  new RegExp(
    `\\b(?:strict(?:ly)?|purely|entirely|completely|fully|always|remains?|stays?) \\*{0,3}${readOnly}\\b`,
    "gi"
  ),
  new RegExp(
    `\\b(?:you|this agent|the agent|this sub-?agent)(?:'re| are| is| operates?| works?| runs?| acts?| must (?:be|stay|remain))(?: [\\w']+){0,4} \\*{0,3}${readOnly}\\b(?! (?:quer|operation|replica|tool|file|memory|annotation))`,
    "gi"
  ),
  new RegExp(`\\b${readOnly} (?:agent|sub-?agent|reviewer|auditor|analyst|advisor)\\b`, "gi"),
  new RegExp(`^[ \\t]{0,20}(?:[-*#>]{1,6}|\\d{1,3}[.)])?[ \\t]{0,4}(?:is )?\\*\\*${readOnly}\\*\\*`, "gim")
]

/** In a description, after a comma or alone in its sentence: nothing else can be meant than the agent. */
const inPassing = new RegExp(`(?<=^["']?|[,.;:(] ?|\\bis |\\bstays )${readOnly}(?=[.;,!)"'\\\\]|$)`, "gi")

const object =
  "(?:(?:any|an?|single|the|your|existing|source|project|original|actual|user'?s?) ){0,3}(?:files?|code|source|codebase|anything|repository|repo)"

/** The end of a line ends a clause, but for one that goes on with the condition in the next. */
const lineEnd = "[ \\t]{0,4}\\r?$(?!\\r?\\n[ \\t]{0,20}(?:until|unless|before|without|except|outside|other than)\\b)"

/** The clause has to end there: "never change files outside of src" is another promise. */
const changesNothing = new RegExp(
  `\\b(?:never|(?<!that )do not|(?<!that )don't|must not|may not|cannot|can't|will not|won't|does not|not allowed to)(?: (?:ever|directly|actually|attempt to))? (?:modif(?:y|ies)|changes?|edits?|alters?|writes? to|writes|touch(?:es)?) ${object}(?=[*"'\`]*(?:[.,;:!)\\\\—]|${lineEnd}| and | or | - ))`,
  "gim"
)

/** Without this, the one before is not there; looking for it costs a tenth. */
const mayChangeNothing = (words: Words): boolean => matches(words, [never, [4, change]]).length > 0
const never = wordSet("never not dont cannot cant wont")
const change = wordSet("modify modifies change changes edit edits alter alters write writes touch touches")

const withoutChange = new RegExp(
  `\\b(?:without (?:modifying|changing|editing|altering|writing to|touching) ${object}|makes? no changes)(?=[*"'\`]*(?:[.,;:!)\\\\—]|[ \\t]{0,4}\\r?$| and | or | - | to the code))`,
  "gi"
)

interface Said extends Span {
  readonly text: string
  readonly confidence: Confidence
}

const firstIn = (
  file: AuditedFile,
  span: Span,
  forms: ReadonlyArray<RegExp>,
  confidence: (offset: number) => Confidence
): Said | undefined => {
  if (forms.length === 0) return undefined
  const text = file.text.slice(span.start, span.end)
  return forms
    .flatMap((form) => [...text.matchAll(form)])
    .map((match): Said => {
      const start = span.start + match.index + (match[0].length - match[0].trimStart().length)
      return { start, end: span.start + match.index + match[0].length, text: match[0], confidence: confidence(start) }
    })
    .sort((a, b) => rank[b.confidence] - rank[a.confidence] || a.start - b.start)[0]
}

const rank = { low: 0, medium: 1, high: 2 } as const

/** The name and the description are a promise to whoever chooses the agent, the body one to whoever reviews it. */
const saidIn = (file: AuditedFile, { speech }: RuleContext): Said | undefined => {
  const words = wordsOf(file)
  const mentioned = mentions(words)
  const promises = mayChangeNothing(words) ? [changesNothing] : []
  const itself = mentioned ? ofItself : []
  const description = entryOf(file, "description")
  const name = entryOf(file, "name")
  const promised =
    description === undefined
      ? undefined
      : firstIn(
          file,
          description.valueSpan,
          [...itself, ...(mentioned ? [inPassing] : []), ...promises, withoutChange],
          () => "high"
        )
  if (promised !== undefined) return promised
  const named = name === undefined ? undefined : firstIn(file, name.valueSpan, [/\bread-?only\b/gi], () => "high")
  return named ?? firstIn(file, file.body, [...itself, ...promises], (offset) => speech(offset).confidence)
}

/** By what the agent can change files after all, the plainest first; MCP tools may or may not write. */
const ways: ReadonlyArray<readonly [capability: Capability, severity: Severity]> = [
  ["writes files", "medium"],
  ["runs commands", "medium"],
  ["spawns agents", "medium"],
  ["keeps memory", "low"],
  ["uses MCP tools", "low"],
  ["starts MCP servers", "low"]
]

const open = (model: ClientModel): ReadonlyArray<readonly [CapabilityRow, Severity]> =>
  ways.flatMap(([capability, severity]) =>
    model.capabilities
      .filter((row) => row.capability === capability && row.reach !== "no")
      .map((row) => [row, severity] as const)
  )

export const saysReadOnly: Rule = {
  id: "says-read-only-but-can-write",
  category: "permissions",
  title: "Says that it is read-only, and can write",
  severity: "medium",
  why: "The words of an agent bind nobody: only its tools do. Bash, sub-agents, memory and MCP servers change files as well as Write does, and a prompt injected into what the agent reads is not bound by its promise.",
  remedy: "List tools that cannot write, such as `tools: Read, Grep, Glob`, or take the promise out.",
  check: (file, context) => {
    const can = open(context.model)
    const [, severity] = can[0] ?? []
    if (severity === undefined) return []
    const said = saidIn(file, context)
    if (said === undefined) return []
    const hit: Hit = {
      start: said.start,
      end: said.end,
      message: `says ${shown(said.text)}, but ${listed(can.map(([row]) => `${row.capability} (${shown(row.by).slice(1, -1)})`))}`,
      confidence: said.confidence,
      severity: said.confidence === "low" ? "low" : severity,
      identity: said.text.toLowerCase()
    }
    return [hit]
  }
}
