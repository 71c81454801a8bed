/** Which findings somebody has accepted, and which acceptances have had their time. */
import type { Finding } from "./AuditReport.ts"
import type { RuleHit } from "./engine.ts"
import type { RuleInfo } from "./Finding.ts"
import type { Suppression } from "./Policy.ts"

/** A file with suppressions: the configuration or the baseline. */
export interface Source {
  /** As it is shown. */
  readonly path: string
  readonly text: string
  readonly entries: ReadonlyArray<Suppression>
}

const about = (id: string, title: string, severity: RuleInfo["severity"], why: string, remedy: string): RuleInfo => ({
  id,
  category: "policy",
  title,
  severity,
  why,
  remedy
})

export const suppressionExpired = about(
  "suppression-expired",
  "A suppression has expired",
  "medium",
  "Somebody accepted a finding for a time, and that time is over. The finding counts again.",
  "Mend what was found. Or look at it again, and write down a new reason and a new date."
)

export const suppressionUnused = about(
  "suppression-unused",
  "A suppression matches nothing",
  "low",
  "What was accepted is no longer there. The entry would hide the same thing if somebody put it back.",
  "Delete the entry."
)

export const suppressionRefused = about(
  "suppression-refused",
  "The organization allows no suppression here",
  "medium",
  "The organization's policy locks this rule, so that no project can accept its findings. The finding counts.",
  "Mend what was found, or ask the people who keep the organization's audit.yml."
)

export const suppressionRules: ReadonlyArray<RuleInfo> = [suppressionExpired, suppressionUnused, suppressionRefused]

export interface Judged {
  readonly findings: ReadonlyArray<Finding>
  readonly suppressed: ReadonlyArray<Finding>
  /** What is to be said about the suppressions themselves, by the file they stand in. */
  readonly remarks: ReadonlyArray<{ readonly source: Source; readonly hits: ReadonlyArray<RuleHit> }>
}

const keyOf = ({ fingerprint, rule }: { readonly fingerprint: string; readonly rule: string }): string =>
  `${rule} ${fingerprint}`

export interface Judgement {
  readonly findings: ReadonlyArray<Finding>
  readonly sources: ReadonlyArray<Source>
  readonly isLocked: (rule: string) => boolean
  /** As `2026-01-31`. */
  readonly today: string
  /** Every file and every rule was looked at, so that what matches nothing is of no use. */
  readonly whole: boolean
}

export const judge = ({ findings, isLocked, sources, today, whole }: Judgement): Judged => {
  const accepted = new Map<string, { readonly source: Source; readonly entry: Suppression }>()
  const found = new Set(findings.map(keyOf))
  const remarks = sources.map((source) => {
    const hits: Array<RuleHit> = []
    for (const entry of source.entries) {
      const key = keyOf(entry)
      const start = Math.max(0, source.text.indexOf(entry.fingerprint))
      const say = (rule: RuleInfo, message: string) => {
        const hit = {
          start,
          end: start + entry.fingerprint.length,
          message,
          identity: key,
          confidence: "high"
        } as const
        hits.push({ rule, hit })
      }
      const what = `${entry.rule} ${entry.fingerprint.slice(0, 8)}`
      if (isLocked(entry.rule)) say(suppressionRefused, `${what} is locked by the organization, so it still counts`)
      else if (entry.expires !== undefined && entry.expires < today) {
        say(suppressionExpired, `${what} was accepted by ${entry.by} until ${entry.expires}`)
      } else if (!found.has(key)) {
        if (whole) say(suppressionUnused, `${what} was accepted by ${entry.by} and is not found any more`)
      } else if (!accepted.has(key)) accepted.set(key, { source, entry })
    }
    return { source, hits }
  })
  const counting: Array<Finding> = []
  const suppressed: Array<Finding> = []
  for (const finding of findings) {
    const match = accepted.get(keyOf(finding))
    if (match === undefined) counting.push(finding)
    else {
      const { by, expires, reason } = match.entry
      const until = expires === undefined ? {} : { expires }
      suppressed.push({ ...finding, suppressed: { source: match.source.path, reason, by, ...until } })
    }
  }
  return { findings: counting, suppressed, remarks }
}
