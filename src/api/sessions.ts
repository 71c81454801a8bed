import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { Slug } from "../domain/AgentName.ts"
import { Modification } from "./agents.ts"
import { Authenticated } from "./Authenticated.ts"
import { commonErrors } from "./errors.ts"
import { idempotencyHeaders, Time } from "./fields.ts"

const optional = Schema.optionalKey

const Outcome = Schema.Literals(["success", "failure", "timeout", "abandoned"])

const Session = Schema.Struct({
  id: Schema.String,
  project_slug: optional(Schema.String),
  agent_name: optional(Schema.NullOr(Schema.String)),
  agent_version: optional(Schema.NullOr(Schema.String)),
  total_turns: Schema.Finite,
  /** US dollars. */
  total_cost: Schema.Finite,
  outcome: Schema.NullOr(Outcome),
  started_at: Schema.String,
  ended_at: Schema.NullOr(Schema.String),
  user: optional(Schema.Json)
})
export type Session = typeof Session.Type

export const SessionAnswer = Schema.Struct({ session: Session })

const SessionUpdate = Schema.Struct({
  total_turns: optional(Schema.Finite),
  total_cost: optional(Schema.Finite),
  outcome: optional(Outcome),
  ended_at: optional(Time)
})
export type SessionUpdate = typeof SessionUpdate.Type

/** Pages count from 1. */
export const PageMeta = Schema.Struct({
  current_page: Schema.Finite,
  total_pages: Schema.Finite,
  total_count: Schema.Finite
})

const id = { id: Schema.String.check(Schema.isUUID()) }

export class SessionsGroup extends HttpApiGroup.make("sessions")
  .add(
    HttpApiEndpoint.post("create", "/sessions", {
      headers: idempotencyHeaders,
      payload: Schema.Struct({
        agent_name: optional(Schema.String),
        project_slug: Slug,
        /** Where the registry hears of it later; now where left out. */
        started_at: optional(Time)
      }),
      success: SessionAnswer,
      error: commonErrors
    }),
    HttpApiEndpoint.patch("update", "/sessions/:id", {
      params: id,
      headers: idempotencyHeaders,
      payload: SessionUpdate,
      success: SessionAnswer,
      error: commonErrors
    }),
    HttpApiEndpoint.get("summary", "/sessions/:id/summary", {
      params: id,
      success: Schema.Struct({
        session: Session,
        modifications: Schema.Array(Modification),
        /** Seconds. */
        duration: Schema.NullOr(Schema.Finite),
        cost_per_turn: Schema.NullOr(Schema.Finite)
      }),
      error: commonErrors
    }),
    HttpApiEndpoint.get("list", "/sessions", {
      query: {
        project_slug: Slug,
        agent_name: optional(Schema.String),
        current_user_only: optional(Schema.String),
        page: optional(Schema.String),
        per_page: optional(Schema.String)
      },
      success: Schema.Struct({ sessions: Schema.Array(Session), meta: PageMeta }),
      error: commonErrors
    })
  )
  .middleware(Authenticated)
  .prefix("/api/v1") {}
