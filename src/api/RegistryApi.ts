/**
 * The registry contract as one value. The typed client, the embedded registry and the OpenAPI page are derived from
 * it, so they cannot drift apart.
 */
import { HttpApi } from "effect/http-api"
import { AgentsGroup } from "./agents.ts"
import { AuthGroup, DiscoveryGroup } from "./auth.ts"
import { ExperimentsGroup } from "./experiments.ts"
import { SessionsGroup } from "./sessions.ts"

export class RegistryApi extends HttpApi.make("crewkit")
  .add(AuthGroup)
  .add(DiscoveryGroup)
  .add(AgentsGroup)
  .add(SessionsGroup)
  .add(ExperimentsGroup) {}
