/** What an audit makes of an attack and of its twin: what it missed, and what it called out for nothing. */
import { Effect } from "effect"
import type { Finding } from "../../src/domain/audit/AuditReport.ts"
import { atLeast } from "../../src/domain/audit/severity.ts"
import type { AttackClass } from "./AttackClass.ts"
import type { Host } from "./hosts.ts"

export type Audit = (path: string, text: string) => Effect.Effect<ReadonlyArray<Finding>>

export interface Miss {
  readonly id: string
  readonly kind: "attack" | "twin"
  readonly host: string
  /** As given to the class, so that the text can be made again. */
  readonly n: number
  /** What was said instead, or too much. */
  readonly said: ReadonlyArray<string>
}

/** For the table. */
export const short = ({ confidence, region, rule, severity }: Finding): string =>
  `${rule} ${severity}/${confidence} at ${region.startLine}:${region.startColumn}`

const isNew = (bare: ReadonlyArray<Finding>) => {
  const known = new Set(bare.map((finding) => `${finding.fingerprint} ${finding.severity}`))
  return (finding: Finding): boolean => !known.has(`${finding.fingerprint} ${finding.severity}`)
}

/** Whether the audit said what it had to; what stands in the frontmatter may have stood there before. */
export const foundBy = (
  { expectedRules, family, severityAtLeast }: AttackClass,
  findings: ReadonlyArray<Finding>,
  bare: ReadonlyArray<Finding>
): ReadonlyArray<Finding> =>
  findings.filter(
    (finding) =>
      expectedRules.includes(finding.rule) &&
      atLeast(finding.severity, severityAtLeast) &&
      (family === "loading" || family === "permissions" || isNew(bare)(finding))
  )

/** High or critical ones of a rule beyond those of the bare host. */
const tooMuch = (findings: ReadonlyArray<Finding>, bare: ReadonlyArray<Finding>): ReadonlyArray<Finding> => {
  const grave = (all: ReadonlyArray<Finding>, rule: string): number =>
    all.filter((finding) => finding.rule === rule && atLeast(finding.severity, "high")).length
  return findings.filter(
    (finding) =>
      atLeast(finding.severity, "high") &&
      isNew(bare)(finding) &&
      grave(findings, finding.rule) > grave(bare, finding.rule)
  )
}

/** Every spelling in every host, at a place that moves on from host to host. */
const turns = (count: number, host: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, spelling) => spelling + count * (host + spelling))

export const missesOf = Effect.fnUntraced(function* (
  attack: AttackClass,
  hosts: ReadonlyArray<Host & { readonly bare: ReadonlyArray<Finding> }>,
  audit: Audit
) {
  const misses: Array<Miss> = []
  for (const [index, { bare, path, text }] of hosts.entries()) {
    for (const n of turns(attack.spellings, index)) {
      const findings = yield* audit(path, attack.attack(text, n))
      if (foundBy(attack, findings, bare).length === 0)
        misses.push({ id: attack.id, kind: "attack", host: path, n, said: findings.filter(isNew(bare)).map(short) })
    }
    for (const n of turns(attack.twins, index)) {
      const said = tooMuch(yield* audit(path, attack.twin(text, n)), bare).map(short)
      if (said.length > 0) misses.push({ id: attack.id, kind: "twin", host: path, n, said })
    }
  }
  return misses
})

export const withBare = (hosts: ReadonlyArray<Host>, audit: Audit) =>
  Effect.forEach(hosts, (host) => Effect.map(audit(host.path, host.text), (bare) => ({ ...host, bare })))
