/**
 * What a team makes of the audit: `audit:` in `.agent/config.yml`, the baseline beside it, and what the organization
 * sends along with its agents. A project may tighten what the organization says, not loosen it.
 */
import { Schema } from "effect"
import { Slug } from "../AgentName.ts"
import { own } from "../records.ts"
import { type RuleInfo, Severity } from "./Finding.ts"
import { matchesAny } from "./glob.ts"
import { weightOf } from "./severity.ts"

const optional = Schema.optionalKey
const text = Schema.NonEmptyString

export const RuleLevel = Schema.Literals(["off", ...Severity.literals])
export type RuleLevel = typeof RuleLevel.Type

/** What becomes of a sync when the audit finds something: nothing is written at all, or these agents are left out. */
export const OnFinding = Schema.Literals(["skip", "stop"])
export type OnFinding = typeof OnFinding.Type

/** The tools that some agents may have. Of one list the first entry that fits an agent counts. */
export const ToolLimit = Schema.Struct({
  /** Names of agents, `*` for any run of characters; absent: every agent. */
  agents: optional(Schema.Array(text)),
  /** Roles for which this entry is meant; absent: every role. */
  roles: optional(Schema.Array(Slug)),
  /** `Read`, `Bash(git diff:*)`, `mcp__github__*`; `*` allows everything. */
  allow: Schema.Array(text)
})
export type ToolLimit = typeof ToolLimit.Type

const limits = {
  failOn: optional(Severity),
  onFinding: optional(OnFinding),
  rules: optional(Schema.Record(Schema.String, RuleLevel)),
  tools: optional(Schema.Array(ToolLimit)),
  /** Names of MCP servers, and command lines or addresses of inline ones, `*` for any run of characters. */
  mcpServers: optional(Schema.Array(text)),
  /** Commands that hooks may run, `*` for any run of characters. */
  hooks: optional(Schema.Array(text)),
  /** Frontmatter fields that every agent has to have. */
  required: optional(Schema.Array(text))
}

/** A day that there is, as `2026-01-31`. */
export const Day = Schema.String.check(
  Schema.isPattern(/^\d{4}-\d{2}-\d{2}$/, { message: "must be a date such as 2026-01-31" }),
  Schema.makeFilter((day) => {
    const [year = 0, month = 0, date = 0] = day.split("-").map(Number)
    const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
    const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0
    return (date >= 1 && date <= days) || "must be a date that there is"
  })
)

/** More than white space: whoever reads it later wants to know. */
const Said = Schema.String.check(Schema.isPattern(/\S/u, { message: "must say something" }))

/** A finding that somebody looked at and accepted. */
export const Suppression = Schema.Struct({
  rule: text,
  fingerprint: Schema.String.check(
    Schema.isPattern(/^[0-9a-f]{32}$/, { message: "must be the 32 hexadecimal digits that the audit shows" })
  ),
  reason: Said,
  by: Said,
  /** The last day on which it holds. */
  expires: optional(Day),
  /** Where the finding was, for whoever reads this. */
  file: optional(text)
})
export type Suppression = typeof Suppression.Type

/** `audit:` in `.agent/config.yml`. */
export const AuditSettings = Schema.Struct({ ...limits, suppress: optional(Schema.Array(Suppression)) })
export type AuditSettings = typeof AuditSettings.Type

/** `.agent/audit-baseline.yml` */
export const BaselineFile = Schema.Struct({ suppress: Schema.Array(Suppression) })
export type BaselineFile = typeof BaselineFile.Type

/** `orgs/<org>/audit.yml`, and `audit_policy` in the registry's answer. */
export const OrgPolicy = Schema.Struct({
  ...limits,
  /** Rules whose findings no project may suppress; `true`: none of them. */
  locked: optional(Schema.Union([Schema.Boolean, Schema.Array(text)]))
})
export type OrgPolicy = typeof OrgPolicy.Type

const suppressionKeys = ["rule", "fingerprint", "reason", "by", "expires", "file"]
const limitKeys = ["failOn", "onFinding", "rules", "tools", "mcpServers", "hooks", "required"]

/** Every key of `audit:`, by the dotted path of the mapping it stands in; `[]` for an entry of a list. */
export const auditKeys = (ruleIds: ReadonlyArray<string>): Record<string, ReadonlyArray<string>> => ({
  audit: [...limitKeys, "suppress"],
  "audit.rules": ruleIds,
  "audit.tools[]": ["agents", "roles", "allow"],
  "audit.suppress[]": suppressionKeys
})

export const baselineKeys: Record<string, ReadonlyArray<string>> = {
  "": ["suppress"],
  "suppress[]": suppressionKeys
}

/** What holds in the end. Of lists of what is allowed, each has to allow it. */
export interface Policy {
  readonly failOn: Severity
  readonly onFinding: OnFinding
  /** How heavy a rule is; undefined: as the rule itself says. */
  readonly levelOf: (rule: Pick<RuleInfo, "id" | "severity">) => RuleLevel | undefined
  readonly tools: ReadonlyArray<ReadonlyArray<ToolLimit>>
  readonly mcpServers: ReadonlyArray<ReadonlyArray<string>>
  readonly hooks: ReadonlyArray<ReadonlyArray<string>>
  readonly required: ReadonlyArray<string>
  readonly isLocked: (rule: string) => boolean
}

export const defaultFailOn: Severity = "high"

const weightOfLevel = (level: RuleLevel): number => (level === "off" ? -1 : weightOf(level))

const heavier = (one: RuleLevel, other: RuleLevel): RuleLevel =>
  weightOfLevel(one) >= weightOfLevel(other) ? one : other

const lighter = (one: Severity | undefined, other: Severity | undefined): Severity | undefined =>
  one === undefined ? other : other === undefined || weightOf(one) <= weightOf(other) ? one : other

const given = <A>(...lists: ReadonlyArray<ReadonlyArray<A> | undefined>): ReadonlyArray<ReadonlyArray<A>> =>
  lists.filter((list) => list !== undefined)

/** In every respect the stricter of the two. */
export const tighten = (org: OrgPolicy | undefined, project: AuditSettings | undefined): Policy => {
  const locked = org?.locked ?? false
  const isLocked = typeof locked === "boolean" ? () => locked : (rule: string) => locked.includes(rule)
  return {
    failOn: lighter(org?.failOn, project?.failOn) ?? defaultFailOn,
    onFinding: [org?.onFinding, project?.onFinding].includes("stop")
      ? "stop"
      : (project?.onFinding ?? org?.onFinding ?? "stop"),
    levelOf: ({ id, severity }) => {
      const theirs = own(org?.rules, id)
      const ours = own(project?.rules, id)
      if (theirs !== undefined && ours !== undefined) return heavier(theirs, ours)
      if (theirs !== undefined || ours === undefined) return theirs
      // What the organization locks without a word on its weight is as heavy as the rule says, at least.
      return isLocked(id) && weightOfLevel(ours) <= weightOf(severity) ? undefined : ours
    },
    tools: given(org?.tools, project?.tools),
    mcpServers: given(org?.mcpServers, project?.mcpServers),
    hooks: given(org?.hooks, project?.hooks),
    required: [...new Set([...(org?.required ?? []), ...(project?.required ?? [])])],
    isLocked
  }
}

/** Of each list the tools that it allows this agent; a list that says nothing about it allows it everything. */
export const toolsAllowed = (
  policy: Pick<Policy, "tools">,
  agent: string,
  role: string | undefined
): ReadonlyArray<ReadonlyArray<string>> =>
  policy.tools.flatMap((list) => {
    const entry = list.find(
      ({ agents, roles }) =>
        (agents === undefined || matchesAny(agents, agent)) &&
        (roles === undefined || roles.some((each) => each === role))
    )
    return entry === undefined ? [] : [entry.allow]
  })
