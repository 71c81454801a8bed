/** What the audit said of the contents that a sync was about to write. */
import { Schema } from "effect"
import { Held } from "./auditErrors.ts"
import { Severity } from "./audit/Finding.ts"
import { bad, code, counted, faint, type Line, warn } from "./text.ts"

/** An agent that is new here, or can do more than what was last written could. */
export const News = Schema.Struct({
  name: Schema.String,
  first: Schema.Boolean,
  can: Schema.Array(Schema.String)
})
export type News = typeof News.Type

export const SyncAudit = Schema.Struct({
  /** `--no-audit`: somebody decided to write without looking. */
  skipped: Schema.Boolean,
  /** Contents that were looked at. */
  audited: Schema.Int,
  failOn: Schema.optionalKey(Severity),
  /** The worst first; suppressed ones are not among them. */
  findings: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      rule: Schema.String,
      severity: Severity,
      line: Schema.Int,
      message: Schema.String
    })
  ),
  /** Agents that are not written, or would not be, and why. */
  held: Schema.Array(Held),
  news: Schema.Array(News)
})
export type SyncAudit = typeof SyncAudit.Type

/** More lines of one kind are counted. */
const shown = 10

const some = (lines: ReadonlyArray<Line>, all: number): ReadonlyArray<Line> => [
  ...lines.slice(0, shown),
  ...(all > shown ? [[faint(`  … and ${all - shown} more`)]] : [])
]

const can = (abilities: ReadonlyArray<string>): string => (abilities.length === 0 ? "only talks" : abilities.join(", "))

/** `runs commands: 37, reaches the network: 3`: of many new agents, how many can do what. */
const tally = (news: ReadonlyArray<News>): string => {
  const counts = new Map<string, number>()
  for (const ability of news.flatMap((each) => each.can)) {
    const plain = ability.replace(/ \(.*$/s, "")
    counts.set(plain, (counts.get(plain) ?? 0) + 1)
  }
  return [...counts].map(([ability, count]) => `${ability}: ${count}`).join(", ")
}

const firstLines = (first: ReadonlyArray<News>): ReadonlyArray<Line> =>
  first.length > shown
    ? [[faint("  first here  "), counted(first.length, "agent"), `; ${tally(first)}`]]
    : first.map((each) => [faint("  first here  "), each.name, `: ${can(each.can)}`])

const findingLine = ({ line, message, name, rule, severity }: SyncAudit["findings"][number]): Line => [
  severity === "critical" || severity === "high" ? bad(`  ${severity}  `) : warn(`  ${severity}  `),
  `${name}:${line}  ${message} `,
  faint(rule)
]

/**
 * What is said out loud, below the threshold too. A dry run shows what every agent gains and loses anyway, so there
 * `abilities` is false.
 */
export const syncAuditLines = (
  { findings, news: all, skipped }: SyncAudit,
  abilities: boolean
): ReadonlyArray<Line> => {
  const news = abilities ? all : []
  if (skipped) return [[warn("  not audited: "), "--no-audit"]]
  const gained = news.filter(({ first }) => !first)
  const weighty = findings.filter(({ severity }) => severity !== "low" && severity !== "info")
  return [
    ...firstLines(news.filter(({ first }) => first)),
    ...some(
      gained.map((each) => [warn("  gains       "), each.name, `: ${can(each.can)}`]),
      gained.length
    ),
    ...some(weighty.map(findingLine), weighty.length),
    ...(weighty.length > 0 ? [[faint("  audit       "), code("crewkit agents audit")]] : [])
  ]
}
