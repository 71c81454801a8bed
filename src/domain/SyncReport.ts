import { Schema } from "effect"
import { CapabilityChanges } from "./audit/capabilityChanges.ts"
import { Refused, Remark } from "./Effective.ts"
import { SyncAudit } from "./SyncAudit.ts"
import { PlanItem } from "./syncPlan.ts"

/** One agent in a sync's report: what was found, what was done, where the former content is. */
export const SyncItem = Schema.Struct({
  ...PlanItem.fields,
  /** Path below the project of the backup that was made. */
  backup: Schema.optionalKey(Schema.String),
  /** The command that brings the former content back. */
  restore: Schema.optionalKey(Schema.String),
  /** Unified diff from the file on disk to what the registry says; only for a dry run. */
  diff: Schema.optionalKey(Schema.String),
  /** What the agent can do then that it cannot do now, and the other way round; only for a dry run that writes it. */
  capabilities: Schema.optionalKey(CapabilityChanges)
})
export type SyncItem = typeof SyncItem.Type

export const SyncReport = Schema.Struct({
  mode: Schema.Literals(["apply", "check", "plan"]),
  /** Where the answer came from; from the cache nobody can tell whether the registry has moved on. */
  source: Schema.Literals(["registry", "cache", "lock"]),
  role: Schema.String,
  /** Everything but what is unchanged; foreign files are here by name only. */
  items: Schema.Array(SyncItem),
  unchanged: Schema.Finite,
  refused: Schema.Array(Refused),
  remarks: Schema.Array(Remark),
  /** Whether `.agent/agents.lock` was written, or would be. */
  lockChanged: Schema.Boolean,
  /** Absent where nothing was to be written, or nobody asked. */
  audit: Schema.optionalKey(SyncAudit)
})
export type SyncReport = typeof SyncReport.Type
