/** From rules and files to findings. Pure: the hash is handed in, nothing is read, and nothing is printed. */
import { sanitize } from "../sanitize.ts"
import type { AuditedFile } from "./AuditedFile.ts"
import type { Finding } from "./AuditReport.ts"
import { Confidence, type Fix, type Hit, type RuleInfo, type Severity } from "./Finding.ts"
import { frameOf, linesIn, type Masked, regionOf } from "./frame.ts"
import type { Rule, RuleContext } from "./Rule.ts"
import { weightOf } from "./severity.ts"

/** A place in a file, and the rule that found it. */
export interface RuleHit {
  readonly rule: RuleInfo
  readonly hit: Hit
}

export const hitsOf = (file: AuditedFile, context: RuleContext, rules: ReadonlyArray<Rule>): ReadonlyArray<RuleHit> =>
  rules.flatMap((rule) => rule.check(file, context).map((hit) => ({ rule, hit })))

/** What a confidence can carry: a mention never fails a run, a guess is never critical. */
const heaviest: Record<Confidence, Severity> = { low: "low", medium: "high", high: "critical" }

const capped = (severity: Severity, confidence: Confidence): Severity =>
  weightOf(severity) > weightOf(heaviest[confidence]) ? heaviest[confidence] : severity

/** What the policy makes of a rule: another severity, or nothing at all. Undefined: as the rule says. */
export type SeverityOf = (rule: RuleInfo) => Severity | "off" | undefined

/** Lower-case hexadecimal SHA-256. */
export type Hash = (text: string) => string

export interface Found {
  /** Where the text came from; for a configuration file there is no frontmatter to speak of. */
  readonly file: Pick<AuditedFile, "path" | "text">
  /** The name under which the client loads it. */
  readonly agent: string | undefined
  readonly hits: ReadonlyArray<RuleHit>
}

const byPlace = (one: RuleHit, other: RuleHit): number =>
  one.hit.start - other.hit.start ||
  one.hit.end - other.hit.end ||
  (one.rule.id < other.rule.id ? -1 : one.rule.id > other.rule.id ? 1 : 0)

/** Two rules that see one secret are one finding: the surer one, then the heavier, then the longer. */
const withoutTwins = (hits: ReadonlyArray<RuleHit>): ReadonlyArray<RuleHit> => {
  const kept: Array<RuleHit> = []
  const better = (one: RuleHit, other: RuleHit): boolean => {
    const weights = ({ hit, rule }: RuleHit) => [
      Confidence.literals.indexOf(hit.confidence),
      weightOf(hit.severity ?? rule.severity),
      hit.end - hit.start
    ]
    const [mine, theirs] = [weights(one), weights(other)]
    const index = mine.findIndex((weight, at) => weight !== theirs[at])
    return index !== -1 && (mine[index] ?? 0) > (theirs[index] ?? 0)
  }
  let last: number | undefined
  for (const each of hits) {
    const secret = each.rule.category === "secrets"
    const twin = secret && last !== undefined ? kept[last] : undefined
    if (twin !== undefined && last !== undefined && each.hit.start < twin.hit.end) {
      if (better(each, twin)) kept[last] = each
      continue
    }
    if (secret) last = kept.length
    kept.push(each)
  }
  return kept
}

/** Shorter ones stand in ordinary words by accident. Characters. */
const tellingLength = 8

/** Stretches to mask, in order and joined where they overlap: what was found, and the same text elsewhere. */
const masksOf = (text: string, hits: ReadonlyArray<RuleHit>): ReadonlyArray<Masked> => {
  const all = new Map<number, Masked>()
  const secrets = new Map<string, string>()
  for (const { hit } of hits) {
    if (hit.mask === undefined) continue
    const before = all.get(hit.start)
    if (before === undefined || before.end < hit.end)
      all.set(hit.start, { start: hit.start, end: hit.end, mask: hit.mask })
    secrets.set(text.slice(hit.start, hit.end), hit.mask)
  }
  for (const [secret, mask] of secrets) {
    if (secret.length < tellingLength) continue
    for (let at = text.indexOf(secret); at !== -1; at = text.indexOf(secret, at + secret.length)) {
      if (!all.has(at)) all.set(at, { start: at, end: at + secret.length, mask })
    }
  }
  const masks: Array<Masked> = []
  for (const each of [...all.values()].sort((one, other) => one.start - other.start)) {
    const last = masks.at(-1)
    if (last !== undefined && each.start < last.end) {
      masks[masks.length - 1] = { ...last, end: Math.max(last.end, each.end) }
    } else masks.push(each)
  }
  return masks
}

/** A rule that quotes what it found does not know that it quotes a secret. */
const scrubber = (text: string, masks: ReadonlyArray<Masked>): ((said: string) => string) => {
  const secrets = masks
    .map(({ end, mask, start }) => [text.slice(start, end), mask] as const)
    .filter(([secret]) => secret.length >= 4)
  return (said) => secrets.reduce((all, [secret, mask]) => all.replaceAll(secret, mask), said)
}

const findingsIn = ({ agent, file, hits: all }: Found, severityOf: SeverityOf, hash: Hash): ReadonlyArray<Finding> => {
  if (all.length === 0) return []
  const sorted = all.toSorted(byPlace)
  const masks = masksOf(file.text, sorted)
  const scrub = scrubber(file.text, masks)
  const lines = linesIn(file.text)
  const seen = new Map<string, number>()
  const findings: Array<Finding> = []
  for (const { hit, rule } of withoutTwins(sorted)) {
    const key = `${rule.id}\n${file.path}\n${hit.identity}`
    const ordinal = seen.get(key) ?? 0
    seen.set(key, ordinal + 1)
    const decided = severityOf(rule)
    if (decided === "off") continue
    const severity = capped(decided ?? hit.severity ?? rule.severity, hit.confidence)
    // A fix that would write a secret down is none.
    const fix: Fix | undefined =
      hit.fix !== undefined && hit.fix.edits.every((edit) => scrub(edit.text) === edit.text) ? hit.fix : undefined
    findings.push({
      rule: rule.id,
      category: rule.category,
      title: rule.title,
      severity,
      confidence: hit.confidence,
      ...(agent === undefined ? {} : { agent: sanitize(scrub(agent)) }),
      file: file.path,
      region: regionOf(lines, hit),
      message: sanitize(scrub(hit.message)),
      why: rule.why,
      remedy: rule.remedy,
      fingerprint: hash(`${key}\n${ordinal}`).slice(0, 32),
      fixable: fix !== undefined,
      ...(fix === undefined ? {} : { fix }),
      frame: frameOf(lines, hit, masks)
    })
  }
  return findings
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** Worst first, then the surest, then in the order of files and lines. */
export const worstFirst = (one: Finding, other: Finding): number =>
  weightOf(other.severity) - weightOf(one.severity) ||
  Confidence.literals.indexOf(other.confidence) - Confidence.literals.indexOf(one.confidence) ||
  compare(one.file, other.file) ||
  one.region.startLine - other.region.startLine ||
  one.region.startColumn - other.region.startColumn ||
  compare(one.rule, other.rule)

export const findingsOf = (found: ReadonlyArray<Found>, severityOf: SeverityOf, hash: Hash): ReadonlyArray<Finding> =>
  found.flatMap((each) => findingsIn(each, severityOf, hash)).toSorted(worstFirst)
