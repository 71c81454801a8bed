import { Effect, Result, Schema } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import type { EffectiveAgent, EffectiveAnswer, ModificationAnswer, NewModification } from "../api/agents.ts"
import type { Problem } from "../api/errors.ts"
import { RegistryApi } from "../api/RegistryApi.ts"
import { bodyOf, fieldOf, type Value } from "../domain/Agent.ts"
import type { AgentName, Slug } from "../domain/AgentName.ts"
import type { RoleModifier } from "../domain/Role.ts"
import { splitTools } from "../domain/roleApplication.ts"
import type { AgentFormat } from "../services/AgentFormat.ts"
import { Caller } from "../api/Caller.ts"
import { ContentFolder } from "./ContentFolder.ts"
import { type ComposedAgent, composeAll, composeOne, etagOf, namesOf } from "./effective.ts"
import { auditPolicyOf } from "./auditPolicy.ts"
import { roleOf } from "./roles.ts"

const problem = <Code extends Problem["error"]["code"]>(code: Code, message: string) => ({ error: { code, message } })

const snapshotOf = Effect.fnUntraced(function* (project: Slug) {
  const folder = yield* ContentFolder
  const { org } = yield* Caller
  return yield* folder.snapshot(org, project)
})

/** What went wrong in the folder is the registry's own failure; what was asked for wrongly is the caller's. */
const answered = <A, E extends { readonly _tag: string; readonly message: string }, R>(
  effect: Effect.Effect<A, E, R>
) =>
  Effect.mapError(effect, (error) => {
    switch (error._tag) {
      case "RoleNotAllowed":
        return problem("forbidden", error.message)
      case "RoleUnknown":
        return problem("unprocessable", error.message)
      case "NotFound":
        return problem("not_found", error.message)
      default:
        return problem("internal", error.message)
    }
  })

class NotFound extends Schema.TaggedError<NotFound>()("NotFound", { message: Schema.String }) {}

const toolsOf = (value: Value | undefined): ReadonlyArray<string> | null =>
  typeof value === "string" ? splitTools(value) : Array.isArray(value) ? value.map(String) : null

const onWire = ({ agent, name, tiers, version }: ComposedAgent, role: RoleModifier): EffectiveAgent => {
  const description = fieldOf(agent, "description")
  const model = fieldOf(agent, "model")
  return {
    agent_name: name,
    config: {
      version,
      instructions: bodyOf(agent),
      tools: toolsOf(fieldOf(agent, "tools")),
      prompt_prefix: role.promptPrefix,
      coaching_mode: role.mode === "coaching",
      collaborative_mode: role.mode === "collaborative",
      autonomous_mode: role.mode === "autonomous",
      ...(typeof description === "string" ? { description } : {}),
      ...(typeof model === "string" ? { model } : {}),
      frontmatter: Object.fromEntries(agent.fields.map((field) => [field.key, field.value])),
      provenance: {
        fields: Object.fromEntries(agent.fields.map((field) => [field.key, field.tier])),
        parts: agent.parts
          .filter((part) => part.text !== "")
          .map((part) => ({ tier: part.tier, length: part.text.length }))
      }
    },
    sources: {
      base: tiers.includes("base"),
      organization: tiers.includes("organization"),
      project: tiers.includes("project")
    }
  }
}

const roleOnWire = (role: RoleModifier) => ({
  name: role.name,
  mode: role.mode,
  ...(role.description === undefined ? {} : { description: role.description }),
  prompt_prefix: role.promptPrefix,
  tools_removed: role.toolsRemoved,
  ...(role.permissionMode === undefined ? {} : { permission_mode: role.permissionMode })
})

const effective = Effect.fnUntraced(function* (project: Slug, asked: Slug | undefined, known: string | undefined) {
  const { org } = yield* Caller
  const snapshot = yield* snapshotOf(project)
  const role = yield* roleOf(snapshot, asked)
  const etag = etagOf(snapshot, role)
  if (known === etag) return undefined
  const policy = yield* auditPolicyOf(snapshot, org)
  const { agents, refused, remarks } = yield* composeAll(snapshot)
  // Its type is what the contract encodes it to, so a thousand agents need not be checked on their way out.
  const body: typeof EffectiveAnswer.Encoded = {
    agents: agents.map((agent) => onWire(agent, role)),
    role: roleOnWire(role),
    refused,
    remarks,
    ...(policy === undefined ? {} : { audit_policy: policy })
  }
  return HttpServerResponse.text(JSON.stringify(body), { contentType: "application/json", headers: { etag } })
})

const list = Effect.fnUntraced(function* (project: Slug) {
  const { agents } = yield* composeAll(yield* snapshotOf(project))
  return {
    agents: agents.map(({ name, tiers, version }) => {
      const source = tiers.at(-1)
      return { name, source: source === "organization" || source === "project" ? source : ("base" as const), version }
    })
  }
})

const one = Effect.fnUntraced(function* (project: Slug, name: AgentName) {
  const snapshot = yield* snapshotOf(project)
  const role = yield* roleOf(snapshot, undefined)
  const blocked = snapshot.refused.find((entry) => entry.name === name)
  if (blocked !== undefined) return yield* new NotFound({ message: `${name} is refused: ${blocked.reason}` })
  const result = namesOf(snapshot).includes(name) ? yield* composeOne(snapshot, name) : undefined
  if (result === undefined) return yield* new NotFound({ message: `there is no agent ${name}` })
  if (Result.isFailure(result)) return yield* new NotFound({ message: `${name} is refused: ${result.failure.reason}` })
  return onWire(result.success.composed, role)
})

/** What becomes of a modification: kept where people log in, and nothing elsewhere. */
export type Modify<R> = (
  name: AgentName,
  headers: { readonly "idempotency-key"?: string },
  payload: NewModification
) => Effect.Effect<typeof ModificationAnswer.Type, Problem, R | Caller>

export const layer = <R>(modify: Modify<R>) =>
  HttpApiBuilder.group(
    RegistryApi,
    "agents",
    Effect.fnUntraced(function* (handlers) {
      // The handlers' own services are those of the registry, not of a request.
      const services = yield* Effect.context<ContentFolder | AgentFormat | R>()
      return handlers
        .handle("effective", ({ headers, query }) =>
          answered(effective(query.project_slug, query.role, headers["if-none-match"])).pipe(Effect.provide(services))
        )
        .handle("list", ({ query }) => answered(list(query.project_slug)).pipe(Effect.provide(services)))
        .handle("effectiveConfig", ({ params, query }) =>
          answered(one(query.project_slug, params.name)).pipe(Effect.provide(services))
        )
        .handle("modify", ({ headers, params, payload }) =>
          modify(params.name, headers, payload).pipe(Effect.provide(services))
        )
    })
  )
