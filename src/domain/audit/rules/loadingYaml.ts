/** Frontmatter that the client reads, but not as a strict YAML parser or a person would. */
import type { Entry } from "../AuditedFile.ts"
import type { Hit, Severity } from "../Finding.ts"
import type { Rule } from "../Rule.ts"
import { linesOf, quotedScalar, valuePlace } from "./frontmatterText.ts"
import { shown } from "./shown.ts"

const inside = (place: { readonly start: number }, span: { readonly start: number; readonly end: number }): boolean =>
  place.start >= span.start && place.start <= span.end

interface Duplicate {
  readonly earlier: Entry
  /** Of the earlier one. */
  readonly value: string
  readonly last: Entry
  readonly same: boolean
}

const duplicates = (entries: ReadonlyArray<Entry>): ReadonlyArray<Duplicate> => {
  const last = new Map(entries.map((entry) => [entry.key, entry]))
  if (last.size === entries.length) return []
  const values = new Map([...last].map(([key, entry]) => [key, JSON.stringify(entry.value)]))
  return entries.flatMap((entry) => {
    const counts = last.get(entry.key)
    if (counts === undefined || counts === entry) return []
    const value = JSON.stringify(entry.value)
    return [{ earlier: entry, value, last: counts, same: value === values.get(entry.key) }]
  })
}

export const fragileYaml: Rule = {
  id: "fragile-yaml",
  category: "loading",
  title: "Not strict YAML",
  severity: "low",
  why: "The client mends simple faults of YAML by itself; other tools refuse the file, and the next edit may turn the fault into one that the client does not mend: then the agent is gone without a word.",
  remedy: "Put the value in double quotes. `crewkit agents audit --fix` does it.",
  check: ({ frontmatter: { entries, problems, state } }) => {
    if (state !== "closed") return []
    const repaired = entries
      .filter((entry) => entry.repaired)
      .map((entry): Hit => {
        const hit: Hit = {
          ...valuePlace(entry),
          message: `the value of ${shown(entry.key)} is not strict YAML; Claude Code reads it as plain text`,
          confidence: "high",
          identity: entry.key
        }
        if (typeof entry.value !== "string" || entry.valueSpan.end <= entry.valueSpan.start) return hit
        const edit = { start: entry.valueSpan.start, end: entry.valueSpan.end, text: quotedScalar(entry.value) }
        return { ...hit, fix: { description: `Put the value of ${shown(entry.key)} in double quotes`, edits: [edit] } }
      })
    const told = [
      ...entries.filter((entry) => entry.repaired),
      ...duplicates(entries).flatMap(({ earlier, last }) => [earlier, last])
    ]
    const others = problems
      .slice(0, 20)
      .filter((problem) => !told.some((entry) => inside(problem, entry)))
      .slice(0, 1)
      .map((problem): Hit => ({
        start: problem.start,
        end: problem.end,
        message: `not strict YAML: ${shown(problem.message, 120)}`,
        confidence: "high",
        identity: problem.message
      }))
    return repaired.length > 0 ? repaired : others
  }
}

/** Keys whose first value a reviewer would take for what the agent may do. */
const granting = new Set(["tools", "disallowedTools", "permissionMode", "hooks", "mcpServers", "memory"])

const weight = ({ key }: Entry, same: boolean): Severity => {
  if (same) return "low"
  return granting.has(key) ? "high" : "medium"
}

export const duplicateKey: Rule = {
  id: "duplicate-key",
  category: "loading",
  title: "A key that stands twice",
  severity: "medium",
  why: "The last one counts for the client. A reviewer reads the first: `tools: Read` at the top and `tools: Bash` further down is an agent that runs commands.",
  remedy:
    "Keep one of them. `crewkit agents audit --fix` removes all but the last, so that the client reads what it read before.",
  check: (file) =>
    duplicates(file.frontmatter.entries).map(({ earlier, same, value }): Hit => {
      const lines = linesOf(file, earlier)
      const hit: Hit = {
        ...earlier.keySpan,
        message: `${shown(earlier.key)} stands again further down, and only the last one counts`,
        confidence: "high",
        severity: weight(earlier, same),
        identity: `${earlier.key} ${value.slice(0, 400)}`
      }
      if (lines === undefined) return hit
      return {
        ...hit,
        fix: { description: `Remove the ${shown(earlier.key)} that does not count`, edits: [{ ...lines, text: "" }] }
      }
    })
}
