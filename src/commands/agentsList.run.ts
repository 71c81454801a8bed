import { Effect, Schema } from "effect"
import { place, Refused } from "../domain/Effective.ts"
import { Status } from "../domain/syncPlan.ts"
import { bad, counted, faint, good, type Line, warn } from "../domain/text.ts"
import { Tier } from "../domain/Tier.ts"
import { Output } from "../services/Output.ts"
import { Sync } from "../services/Sync.ts"
import { loadAll } from "./oneAgent.ts"

const AgentsList = Schema.Struct({
  role: Schema.String,
  agents: Schema.Array(
    Schema.Struct({ name: Schema.String, version: Schema.String, tiers: Schema.Array(Tier), status: Status })
  ),
  refused: Schema.Array(Refused)
})

export const data = AgentsList

export const run = Effect.fn("agents list")(function* ({ offline }: { readonly offline: boolean }) {
  const output = yield* Output
  const sync = yield* Sync
  const effective = yield* loadAll(offline)
  const report = yield* sync.run({
    mode: "check",
    against: "latest",
    offline,
    keepLocal: undefined,
    prune: undefined,
    audit: "none"
  })
  const status = new Map(report.items.map((item) => [item.name, item.status]))
  const agents = [...effective.agents.values()].map(({ name, tiers, version }) => ({
    name,
    version,
    tiers,
    status: status.get(name) ?? ("unchanged" as const)
  }))
  const width = Math.max(...agents.map((agent) => agent.name.length), 0)
  const widest = Math.max(...agents.map((agent) => agent.version.length), 0)
  const lines = agents.map((agent): Line => [
    agent.name.padEnd(width + 2),
    faint(agent.version.padEnd(widest + 2)),
    agent.status === "unchanged" ? good("synced".padEnd(12)) : warn(agent.status.padEnd(12)),
    agent.tiers.join(" + ")
  ])
  const refused = effective.refused.map((entry): Line => [
    bad(entry.name),
    `  refused, ${place(entry)}: ${entry.reason}`
  ])
  yield* output.result(AgentsList, { role: effective.role.name, agents, refused: effective.refused }, [
    ...lines,
    ...refused,
    [faint(`${counted(agents.length, "agent")}, role ${effective.role.name}`)]
  ])
})
