import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { Slug } from "../domain/AgentName.ts"
import { Modification } from "./agents.ts"
import { Authenticated } from "./Authenticated.ts"
import { commonErrors } from "./errors.ts"

const optional = Schema.optionalKey

const Outcome = Schema.Literals(["success", "failure", "timeout", "abandoned"])

const Session = Schema.Struct({
  id: Schema.String,
  agent_version: optional(Schema.NullOr(Schema.String)),
  total_turns: Schema.Finite,
  /** US dollars. */
  total_cost: Schema.Finite,
  outcome: Schema.NullOr(Outcome),
  started_at: Schema.String,
  ended_at: Schema.NullOr(Schema.String),
  user: optional(Schema.Json)
})

/** Pages count from 1. */
export const PageMeta = Schema.Struct({
  current_page: Schema.Finite,
  total_pages: Schema.Finite,
  total_count: Schema.Finite
})

const id = { id: Schema.String.check(Schema.isUUID()) }
const idempotency = { "idempotency-key": optional(Schema.String) }

export class SessionsGroup extends HttpApiGroup.make("sessions")
  .add(
    HttpApiEndpoint.post("create", "/sessions", {
      headers: idempotency,
      payload: Schema.Struct({ agent_name: optional(Schema.String), project_slug: Slug }),
      success: Schema.Struct({ session: Session }),
      error: commonErrors
    }),
    HttpApiEndpoint.patch("update", "/sessions/:id", {
      params: id,
      headers: idempotency,
      payload: Schema.Struct({
        total_turns: optional(Schema.Finite),
        total_cost: optional(Schema.Finite),
        outcome: optional(Outcome),
        ended_at: optional(Schema.String)
      }),
      success: Schema.Struct({ session: Session }),
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
