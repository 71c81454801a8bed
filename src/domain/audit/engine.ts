/** From rules and files to findings. Pure: the hash is handed in, nothing is read, and nothing is printed. */
import { sanitize } from "../sanitize.ts"
import type { AuditedFile } from "./AuditedFile.ts"
import type { Finding } from "./AuditReport.ts"
import { Confidence, type Fix, type Hit, type RuleInfo, type Severity } from "./Finding.ts"
import { frameOf, linesIn, type Masked, regionOf } from "./frame.ts"
import { searchFor } from "./manySearch.ts"
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
    const secret = text.slice(hit.start, hit.end)
    if (secret.length >= tellingLength) secrets.set(secret, hit.mask)
  }
  const known = [...secrets]
  if (known.length > 0) {
    searchFor(known.map(([secret]) => secret))(text, (start, index) => {
      const [secret = "", mask = ""] = known[index] ?? []
      const end = start + secret.length
      const before = all.get(start)
      if (before === undefined || before.end < end) all.set(start, { start, end, mask })
    })
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
  const secrets = new Map(
    masks.flatMap(({ end, mask, start }) => (end - start < 4 ? [] : [[text.slice(start, end), mask] as const]))
  )
  if (secrets.size === 0) return (said) => said
  const known = [...secrets]
  const search = searchFor(known.map(([secret]) => secret))
  return (said) => {
    const within = new Set<number>()
    search(said, (_, index) => within.add(index))
    if (within.size === 0) return said
    return [...within]
      .sort((one, other) => one - other)
      .reduce((all, index) => {
        const [secret = "", mask = ""] = known[index] ?? []
        // The mask is no pattern, even where it begins with a dollar sign.
        return all.replaceAll(secret, () => mask)
      }, said)
  }
}

/** A finding before it is made up for people. */
interface Counted extends RuleHit {
  readonly severity: Severity
  /** The rule, the file and what makes it the same finding next time. */
  readonly key: string
  readonly ordinal: number
}

/** Of one rule in one file so many are told one by one; who floods a file with them gains nothing. */
const mostOfRule = 100

const graver = (one: Counted, other: Counted): number =>
  weightOf(other.severity) - weightOf(one.severity) ||
  Confidence.literals.indexOf(other.hit.confidence) - Confidence.literals.indexOf(one.hit.confidence)

const byRule = (all: ReadonlyArray<Counted>): ReadonlyMap<string, ReadonlyArray<Counted>> => {
  const rules = new Map<string, Array<Counted>>()
  for (const each of all) {
    const same = rules.get(each.rule.id)
    if (same === undefined) rules.set(each.rule.id, [each])
    else same.push(each)
  }
  return rules
}

/**
 * The gravest of each rule, and one that stands for all the others of it. What that one is called changes with any of
 * them, so that nobody who accepts it accepts what comes later.
 */
const withoutFlood = (all: ReadonlyArray<Counted>, hash: Hash): ReadonlyArray<Counted> => {
  if (all.length <= mostOfRule) return all
  const kept: Array<Counted> = []
  for (const of of byRule(all).values()) {
    // The sort is stable: of those that weigh the same, the first in the file.
    const sorted = of.length > mostOfRule ? of.toSorted(graver) : of
    kept.push(...sorted.slice(0, mostOfRule))
    const rest = sorted.slice(mostOfRule)
    const [worst] = rest
    if (worst === undefined) continue
    const { fix: _, ...hit } = worst.hit
    const message = `${hit.message}; ${rest.length - 1} more of this rule in this file are not listed`
    const key = `${worst.key}\n${hash(rest.map((each) => `${each.key}\n${each.ordinal}`).join("\n"))}`
    kept.push(rest.length === 1 ? worst : { ...worst, key, hit: { ...hit, message } })
  }
  return kept
}

const countedIn = ({ file }: Found, hits: ReadonlyArray<RuleHit>, severityOf: SeverityOf): ReadonlyArray<Counted> => {
  const seen = new Map<string, number>()
  const counted: Array<Counted> = []
  for (const { hit, rule } of withoutTwins(hits)) {
    const key = `${rule.id}\n${file.path}\n${hit.identity}`
    const ordinal = seen.get(key) ?? 0
    seen.set(key, ordinal + 1)
    const decided = severityOf(rule)
    if (decided === "off") continue
    counted.push({
      rule,
      hit,
      severity: capped(decided ?? hit.severity ?? rule.severity, hit.confidence),
      key,
      ordinal
    })
  }
  return counted
}

const findingsIn = (found: Found, severityOf: SeverityOf, hash: Hash): ReadonlyArray<Finding> => {
  const { agent, file, hits } = found
  if (hits.length === 0) return []
  const sorted = hits.toSorted(byPlace)
  const masks = masksOf(file.text, sorted)
  const scrub = scrubber(file.text, masks)
  const lines = linesIn(file.text)
  return withoutFlood(countedIn(found, sorted, severityOf), hash).map(({ hit, key, ordinal, rule, severity }) => {
    // A fix that would write a secret down is none.
    const fix: Fix | undefined =
      hit.fix !== undefined && hit.fix.edits.every((edit) => scrub(edit.text) === edit.text) ? hit.fix : undefined
    return {
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
    }
  })
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
