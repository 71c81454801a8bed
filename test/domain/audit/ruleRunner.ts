/** Runs rules over a text, as the engine does for a file. */
import type { AuditedFile } from "../../../src/domain/audit/AuditedFile.ts"
import type { Hit, Severity } from "../../../src/domain/audit/Finding.ts"
import { modelOf } from "../../../src/domain/audit/modelOf.ts"
import type { Rule } from "../../../src/domain/audit/Rule.ts"
import { hiddenTextRules } from "../../../src/domain/audit/rules/hiddenText.ts"
import { loadingRules } from "../../../src/domain/audit/rules/loading.ts"
import { permissionRules } from "../../../src/domain/audit/rules/permissions.ts"
import { speechOf } from "../../../src/domain/audit/speech.ts"
import { read } from "../../../src/layers/agentReader.ts"

export const ownRules: ReadonlyArray<Rule> = [...loadingRules, ...permissionRules, ...hiddenTextRules]

export interface Said extends Hit {
  readonly rule: string
  readonly severity: Severity
  /** `line:column`, both from 1. */
  readonly at: string
  readonly text: string
}

export interface Options {
  readonly path?: string
  readonly sameName?: ReadonlyArray<string>
  readonly rules?: ReadonlyArray<Rule>
}

const placesIn = (text: string): ((offset: number) => string) => {
  const starts = [0, ...Array.from(text.matchAll(/\n/g), (match) => match.index + 1)]
  return (offset) => {
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return `${low + 1}:${offset - (starts[low] ?? 0) + 1}`
  }
}

export const audited = (text: string, path?: string): AuditedFile => {
  const file = read(path ?? "agents/agent.md", new TextEncoder().encode(text))
  const { loading } = modelOf(file)
  return path === undefined && loading.loads ? { ...file, path: `agents/${loading.name}.md` } : file
}

/** What all rules of the three families say, in the order of the rules. A file is named after its agent unless told. */
export const said = (text: string, { path, rules = ownRules, sameName = [] }: Options = {}): ReadonlyArray<Said> => {
  const file = audited(text, path)
  const context = { model: modelOf(file), speech: speechOf(file), sameName }
  const placeOf = placesIn(file.text)
  return rules.flatMap((rule) =>
    rule.check(file, context).map((hit) => ({
      ...hit,
      rule: rule.id,
      severity: hit.severity ?? rule.severity,
      at: placeOf(hit.start),
      text: file.text.slice(hit.start, hit.end)
    }))
  )
}

export const saidBy = (id: string, text: string, options: Options = {}): ReadonlyArray<Said> =>
  said(text, { ...options, rules: ownRules.filter((rule) => rule.id === id) })

/** An agent with these lines of frontmatter after its name and description, and this body. */
export const agent = (lines: string, body = "Review the change.\n"): string =>
  `---\nname: reviewer\ndescription: Reviews changes\n${lines === "" ? "" : `${lines}\n`}---\n\n${body}`

/** One that no rule has anything to say about, with this body. */
export const quiet = (body: string): string => agent("tools: Read, Grep", body)
