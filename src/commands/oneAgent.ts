/** Loads the effective agents for a command that looks and writes nothing. */
import { Effect } from "effect"
import { isAgentName } from "../domain/AgentName.ts"
import { AgentUnknown } from "../domain/errors.ts"
import { nearest } from "../domain/nearest.ts"
import { EffectiveAgents } from "../services/EffectiveAgents.ts"

export const loadAll = Effect.fnUntraced(function* (offline: boolean) {
  const agents = yield* EffectiveAgents
  const loaded = yield* agents.load({ from: offline ? "cache" : "registry", known: undefined })
  return loaded._tag === "Changed"
    ? loaded.effective
    : yield* Effect.die("an answer was called unchanged that nobody had")
})

export const loadOne = Effect.fnUntraced(function* (name: string, offline: boolean) {
  const effective = yield* loadAll(offline)
  const agent = isAgentName(name) ? effective.agents.get(name) : undefined
  if (agent !== undefined) return { effective, agent }
  const guess = nearest(name, effective.agents.keys())
  return yield* new AgentUnknown({ name, ...(guess === undefined ? {} : { nearest: guess }) })
})
