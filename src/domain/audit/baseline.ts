/** `.agent/audit-baseline.yml`: what was found one day and accepted, as text for git. */
import type { Finding } from "./AuditReport.ts"
import type { Suppression } from "./Policy.ts"

export const baselinePath = ".agent/audit-baseline.yml"

const header = `# Findings that somebody accepted: crewkit agents audit --write-baseline --reason TEXT
# Each with who and why; delete an entry, and its finding counts again.
`

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

const order = (one: Suppression, other: Suppression): number =>
  compare(one.file ?? "", other.file ?? "") ||
  compare(one.rule, other.rule) ||
  compare(one.fingerprint, other.fingerprint)

export interface Acceptance {
  readonly reason: string
  readonly by: string
  readonly expires: string | undefined
}

/** What stands there stays; what is found now is added, each once. */
export const withFindings = (
  entries: ReadonlyArray<Suppression>,
  findings: ReadonlyArray<Finding>,
  { by, expires, reason }: Acceptance
): ReadonlyArray<Suppression> => {
  const known = new Set(entries.map((entry) => `${entry.rule} ${entry.fingerprint}`))
  const added = findings
    .filter(({ fingerprint, rule }) => {
      const key = `${rule} ${fingerprint}`
      return !known.has(key) && known.add(key)
    })
    .map(({ file, fingerprint, rule }): Suppression => ({
      rule,
      fingerprint,
      file,
      reason,
      by,
      ...(expires === undefined ? {} : { expires })
    }))
  return [...entries, ...added].sort(order)
}

/** JSON's strings are YAML's double-quoted ones; the fingerprint is quoted too, since one of digits alone is a number. */
const entryText = (entry: Suppression): string =>
  [
    `  - rule: ${entry.rule}`,
    `    fingerprint: ${JSON.stringify(entry.fingerprint)}`,
    ...(entry.file === undefined ? [] : [`    file: ${JSON.stringify(entry.file)}`]),
    `    reason: ${JSON.stringify(entry.reason)}`,
    `    by: ${JSON.stringify(entry.by)}`,
    ...(entry.expires === undefined ? [] : [`    expires: ${JSON.stringify(entry.expires)}`])
  ].join("\n")

export const baselineText = (entries: ReadonlyArray<Suppression>): string =>
  entries.length === 0
    ? `${header}suppress: []\n`
    : `${header}suppress:\n${[...entries].sort(order).map(entryText).join("\n")}\n`
