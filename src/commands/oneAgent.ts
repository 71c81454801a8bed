/** Loads the effective agents for a command that looks and writes nothing. */
import { Effect, Option } from "effect"
import { isAgentName } from "../domain/AgentName.ts"
import { AgentUnknown } from "../domain/errors.ts"
import { nearest } from "../domain/nearest.ts"
import { type Effective, EffectiveAgents } from "../services/EffectiveAgents.ts"
import { inColumns, picked } from "./picked.ts"

export const loadAll = Effect.fnUntraced(function* (offline: boolean) {
  const agents = yield* EffectiveAgents
  const loaded = yield* agents.load({ from: offline ? "cache" : "registry", known: undefined })
  return loaded._tag === "Changed"
    ? loaded.effective
    : yield* Effect.die("an answer was called unchanged that nobody had")
})

const unknown = (name: string, effective: Effective): AgentUnknown => {
  const guess = nearest(name, effective.agents.keys())
  return new AgentUnknown({ name, ...(guess === undefined ? {} : { nearest: guess }) })
}

const agentIn = (effective: Effective, name: string) => {
  const agent = isAgentName(name) ? effective.agents.get(name) : undefined
  return agent === undefined ? Effect.fail(unknown(name, effective)) : Effect.succeed({ effective, agent })
}

export const loadOne = Effect.fnUntraced(function* (name: string, offline: boolean) {
  return yield* agentIn(yield* loadAll(offline), name)
})

const choicesIn = ({ agents }: Effective) =>
  inColumns([...agents.values()].map(({ name, tiers }) => ({ value: name, parts: [name, tiers.join(", ")] })))

/** The one that is named, or picked from a list. */
export const loadPicked = Effect.fnUntraced(function* (name: Option.Option<string>, offline: boolean) {
  if (Option.isSome(name)) return yield* loadOne(name.value, offline)
  // Asked for only where somebody can pick from them.
  const loaded = yield* Effect.cached(loadAll(offline))
  const choice = yield* picked(name, "agent", "Which agent?", Effect.map(loaded, choicesIn))
  return yield* agentIn(yield* loaded, choice)
})
