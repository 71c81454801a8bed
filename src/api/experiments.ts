import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { AgentName, Slug } from "../domain/AgentName.ts"
import { Authenticated } from "./Authenticated.ts"
import { commonErrors } from "./errors.ts"
import { PageMeta } from "./sessions.ts"

/** Three words, as in `swift-amber-falcon`. */
const ExperimentSlug = Schema.String.check(Schema.isPattern(/^[a-z]+-[a-z]+-[a-z]+$/))

const Experiment = Schema.Struct({
  slug: Schema.String,
  agent_name: Schema.optionalKey(Schema.String),
  status: Schema.Literals(["active", "deployed", "stopped"]),
  control_config: Schema.Json,
  variant_config: Schema.Json
})

/** `success_rate` in percent, costs in US dollars. */
const Arm = Schema.Struct({
  total_sessions: Schema.Finite,
  success_rate: Schema.NullOr(Schema.Finite),
  avg_cost: Schema.NullOr(Schema.Finite),
  avg_turns: Schema.NullOr(Schema.Finite),
  p95_cost: Schema.NullOr(Schema.Finite)
})

const slug = { slug: ExperimentSlug }
const one = Schema.Struct({ experiment: Experiment })

export class ExperimentsGroup extends HttpApiGroup.make("experiments")
  .add(
    HttpApiEndpoint.post("create", "/experiments", {
      payload: Schema.Struct({ agent_name: AgentName, project_slug: Slug, variant_config: Schema.Json }),
      success: one,
      error: commonErrors
    }),
    HttpApiEndpoint.get("list", "/experiments", {
      query: { project_slug: Slug },
      success: Schema.Struct({ experiments: Schema.Array(Experiment), meta: PageMeta }),
      error: commonErrors
    }),
    HttpApiEndpoint.get("show", "/experiments/:slug", { params: slug, success: one, error: commonErrors }),
    HttpApiEndpoint.get("metrics", "/experiments/:slug/metrics", {
      params: slug,
      success: Schema.Struct({
        metrics: Schema.Struct({ control: Arm, variant: Arm }),
        significance: Schema.Struct({
          p_value: Schema.NullOr(Schema.Finite),
          significant: Schema.Boolean,
          confidence: Schema.NullOr(Schema.Finite)
        })
      }),
      error: commonErrors
    }),
    HttpApiEndpoint.post("deploy", "/experiments/:slug/deploy", {
      params: slug,
      success: Schema.Struct({ experiment: Experiment, message: Schema.String }),
      error: commonErrors
    })
  )
  .middleware(Authenticated)
  .prefix("/api/v1") {}
