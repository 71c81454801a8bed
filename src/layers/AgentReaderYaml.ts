import { Effect, Layer } from "effect"
import { AgentReader } from "../services/AgentReader.ts"

/** A sync with nothing to change never loads it. */
export const layer = Layer.succeed(AgentReader, {
  reader: Effect.map(
    Effect.promise(() => import("./agentReader.ts")),
    (module) => module.read
  )
})
