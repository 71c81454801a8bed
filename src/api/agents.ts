import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { AgentName, Slug } from "../domain/AgentName.ts"
import { OrgPolicy } from "../domain/audit/Policy.ts"
import { Refused, Remark } from "../domain/Effective.ts"
import { Mode, PermissionMode, ToolName } from "../domain/Role.ts"
import { Tier } from "../domain/Tier.ts"
import { Authenticated } from "./Authenticated.ts"
import { commonErrors } from "./errors.ts"
import { idempotencyHeaders, Sha256, text, Time } from "./fields.ts"

const optional = Schema.optionalKey

/** The tiers a registry knows of an agent; a personal overlay and the role never are among them. */
const Sources = Schema.Struct({
  base: Schema.Boolean,
  organization: Schema.Boolean,
  project: Schema.Boolean
})

export const EffectiveConfig = Schema.Struct({
  version: Schema.String,
  /** The composed prompt, without the role's prefix. */
  instructions: Schema.String,
  tools: optional(Schema.NullOr(Schema.Array(Schema.String))),
  prompt_prefix: optional(Schema.NullOr(Schema.String)),
  coaching_mode: optional(Schema.Boolean),
  collaborative_mode: optional(Schema.Boolean),
  autonomous_mode: optional(Schema.Boolean),
  description: optional(Schema.String),
  model: optional(Schema.NullOr(Schema.String)),
  /** All frontmatter keys in order; where it is there it says more than the five above. */
  frontmatter: optional(Schema.Record(Schema.String, Schema.Json)),
  /** Which tier set each key and wrote each stretch of the prompt. */
  provenance: optional(
    Schema.Struct({
      fields: Schema.Record(Schema.String, Tier),
      /** Lengths in UTF-16 code units; one blank line stands between two parts. */
      parts: Schema.Array(Schema.Struct({ tier: Tier, length: Schema.Finite }))
    })
  )
})
export type EffectiveConfig = typeof EffectiveConfig.Type

/** A name from the wire is text until the client has checked it. */
export const EffectiveAgent = Schema.Struct({
  agent_name: Schema.String,
  config: EffectiveConfig,
  sources: Sources
})
export type EffectiveAgent = typeof EffectiveAgent.Type

/** What the caller's role changes; sent so that a personal overlay can go below it. */
const RoleOnWire = Schema.Struct({
  name: Slug,
  mode: Mode,
  description: optional(Schema.String),
  prompt_prefix: Schema.String,
  tools_removed: Schema.Array(ToolName),
  permission_mode: optional(PermissionMode)
})

export const EffectiveAnswer = Schema.Struct({
  agents: Schema.Array(EffectiveAgent),
  role: optional(RoleOnWire),
  refused: optional(Schema.Array(Refused)),
  remarks: optional(Schema.Array(Remark)),
  /** What the organization makes of the audit; a project may tighten it. Older registries leave it out. */
  audit_policy: optional(OrgPolicy)
})
export type EffectiveAnswer = typeof EffectiveAnswer.Type

/** A change of a file: with its content where the project allows that, by its hashes alone where not. */
const changed = {
  file_path: text(4096),
  change_type: Schema.Literals(["create", "edit", "delete"]),
  sha256_before: optional(Schema.NullOr(Sha256)),
  sha256_after: optional(Schema.NullOr(Sha256)),
  /** When the file changed, which may be long before the registry hears of it. */
  occurred_at: optional(Schema.NullOr(Time)),
  /** Who or what made the change, and how that is known, in the client's words. */
  attribution: optional(Schema.NullOr(text(200)))
}

const NewModification = Schema.Struct({
  session_id: Schema.String.check(Schema.isUUID()),
  ...changed,
  content_before: optional(Schema.NullOr(Schema.String)),
  content_after: optional(Schema.NullOr(Schema.String))
})
export type NewModification = typeof NewModification.Type

/** As it is answered: contents are kept and not sent back. */
export const Modification = Schema.Struct({
  id: Schema.String,
  agent_name: Schema.String,
  ...changed,
  file_path: Schema.String,
  created_at: Schema.String
})
export type Modification = typeof Modification.Type

export const ModificationAnswer = Schema.Struct({ modification: Modification })

const project = { project_slug: Slug }

export class AgentsGroup extends HttpApiGroup.make("agents")
  .add(
    HttpApiEndpoint.get("list", "/agents", {
      query: project,
      success: Schema.Struct({
        agents: Schema.Array(
          Schema.Struct({
            name: Schema.String,
            source: Schema.Literals(["base", "organization", "project"]),
            version: optional(Schema.String),
            digest: optional(Schema.String)
          })
        )
      }),
      error: commonErrors
    }),
    HttpApiEndpoint.get("effective", "/agents/effective", {
      query: { ...project, role: optional(Slug) },
      headers: { "if-none-match": optional(Schema.String) },
      success: [HttpApiSchema.WithHeaders(EffectiveAnswer, { etag: Schema.String }), HttpApiSchema.Empty(304)],
      error: commonErrors
    }),
    HttpApiEndpoint.get("effectiveConfig", "/agents/:name/effective_config", {
      params: { name: AgentName },
      query: project,
      success: EffectiveAgent,
      error: commonErrors
    }),
    HttpApiEndpoint.post("modify", "/agents/:name/modifications", {
      params: { name: AgentName },
      headers: idempotencyHeaders,
      payload: NewModification,
      success: ModificationAnswer,
      error: commonErrors
    })
  )
  .middleware(Authenticated)
  .prefix("/api/v1") {}
