import { Effect, Schema } from "effect"
import { linesOf } from "../domain/text.ts"
import { Tier } from "../domain/Tier.ts"
import { Output } from "../services/Output.ts"
import { loadOne } from "./oneAgent.ts"

export const AgentShown = Schema.Struct({
  name: Schema.String,
  version: Schema.String,
  tiers: Schema.Array(Tier),
  role: Schema.String,
  sha256: Schema.String,
  text: Schema.String
})

export const run = Effect.fn("agents show")(function* (input: { readonly name: string; readonly offline: boolean }) {
  const output = yield* Output
  const { agent, effective } = yield* loadOne(input.name, input.offline)
  const { sha256, text } = agent.render()
  const shown = {
    name: agent.name,
    version: agent.version,
    tiers: agent.tiers,
    role: effective.role.name,
    sha256,
    text
  }
  yield* output.result(AgentShown, shown, linesOf(text))
})
