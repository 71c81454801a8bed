import { Effect, Layer } from "effect"
import { AgentFormat } from "../services/AgentFormat.ts"

/** The codec stands on the `yaml` package, which a sync with nothing to compose never loads. */
export const layer = Layer.succeed(AgentFormat, {
  version: 1,
  codec: Effect.map(
    Effect.promise(() => import("./agentCodecYaml.ts")),
    (module) => module.codec
  )
})
