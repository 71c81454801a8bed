import { Schema } from "effect"
import { Field, Part } from "./Agent.ts"
import { AgentName } from "./AgentName.ts"
import { OrgPolicy } from "./audit/Policy.ts"
import { RoleModifier } from "./Role.ts"
import { Tier } from "./Tier.ts"

/** An entry of the registry that is not handed out, and why. Lines count from 1. */
export const Refused = Schema.Struct({
  name: Schema.String,
  file: Schema.String,
  line: Schema.optionalKey(Schema.Finite),
  reason: Schema.String
})
export type Refused = typeof Refused.Type

/** Something the registry's keeper should know: repaired YAML, a missing description. Lines count from 1. */
export const Remark = Schema.Struct({
  name: Schema.String,
  file: Schema.String,
  line: Schema.optionalKey(Schema.Finite),
  text: Schema.String
})
export type Remark = typeof Remark.Type

/** One agent as a registry composed it: base, organization and project; no personal overlay and no role yet. */
export const RegistryAgent = Schema.Struct({
  name: AgentName,
  version: Schema.String,
  tiers: Schema.Array(Tier),
  fields: Schema.Array(Field),
  parts: Schema.Array(Part)
})
export type RegistryAgent = typeof RegistryAgent.Type

/** A registry's whole answer for one project and one person, as it is kept for `--offline`. */
export const RegistryAnswer = Schema.Struct({
  etag: Schema.String,
  role: RoleModifier,
  agents: Schema.Array(RegistryAgent),
  refused: Schema.Array(Refused),
  remarks: Schema.Array(Remark),
  auditPolicy: Schema.optionalKey(OrgPolicy)
})
export type RegistryAnswer = typeof RegistryAnswer.Type

/** `file:line: ` as compilers print it, or nothing where there is no file to point at. */
export const place = (entry: { readonly file: string; readonly line?: number }): string =>
  entry.line === undefined ? entry.file : `${entry.file}:${entry.line}`
