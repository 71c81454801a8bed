import { Schema } from "effect"
import { Slug } from "./AgentName.ts"
import { auditKeys, AuditSettings } from "./audit/Policy.ts"
import { ruleIds } from "./audit/ruleIds.ts"

/** What of the session log goes to the registry: nothing, who changed what when, or the contents as well. */
export const Capture = Schema.Literals(["none", "metadata", "full"])
export type Capture = typeof Capture.Type

/** `.agent/config.yml`: a closed schema; it is committed, so it never holds a secret. */
export const ConfigFile = Schema.Struct({
  org: Slug,
  project: Slug,
  /** An https URL, a loopback http URL, or a folder relative to the project. */
  registry: Schema.optionalKey(Schema.NonEmptyString),
  sync: Schema.optionalKey(
    Schema.Struct({
      prune: Schema.optionalKey(Schema.Boolean),
      keepLocal: Schema.optionalKey(Schema.Boolean)
    })
  ),
  sessions: Schema.optionalKey(Schema.Struct({ capture: Schema.optionalKey(Capture) })),
  audit: Schema.optionalKey(AuditSettings)
})
export type ConfigFile = typeof ConfigFile.Type

/** Every key that the file may hold, by the dotted path of the mapping it stands in; `[]` for an entry of a list. */
export const configKeys: Record<string, ReadonlyArray<string>> = {
  "": ["org", "project", "registry", "sync", "sessions", "audit"],
  sync: ["prune", "keepLocal"],
  sessions: ["capture"],
  ...auditKeys(ruleIds)
}

/** `config.yml` in the user's configuration folder: what a person may decide for themselves. */
export const UserConfigFile = Schema.Struct({
  role: Schema.optionalKey(Slug),
  keys: Schema.optionalKey(
    Schema.Struct({
      /** Days after which an API key is due for rotation. */
      rotateAfterDays: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3650 })))
    })
  ),
  /** Whether crewkit looks for a newer version of itself, once a day at most; never unless it says so here. */
  update: Schema.optionalKey(Schema.Struct({ check: Schema.optionalKey(Schema.Literals(["daily", "never"])) }))
})
export type UserConfigFile = typeof UserConfigFile.Type

export const userConfigKeys: Record<string, ReadonlyArray<string>> = {
  "": ["role", "keys", "update"],
  keys: ["rotateAfterDays"],
  update: ["check"]
}

export const Origin = Schema.Literals(["flag", "environment", "project", "user", "default"])
export type Origin = typeof Origin.Type

const sourced = <S extends Schema.Top>(value: S) => Schema.Struct({ value, origin: Origin })

/** The configuration as it applies, each value with where it comes from. */
export const ResolvedConfig = Schema.Struct({
  root: Schema.String,
  file: Schema.String,
  org: sourced(Slug),
  project: sourced(Slug),
  registry: sourced(Schema.String),
  registryKind: Schema.Literals(["folder", "https"]),
  role: Schema.optionalKey(sourced(Slug)),
  prune: sourced(Schema.Boolean),
  keepLocal: sourced(Schema.Boolean),
  capture: sourced(Capture),
  /** As the project has it; the registry may send a policy that is stricter. */
  audit: Schema.optionalKey(sourced(AuditSettings))
})
export type ResolvedConfig = typeof ResolvedConfig.Type

export const defaultRegistry = "https://api.crewkit.io"
