import { Effect, type Option, Schema } from "effect"
import { CapabilityChange, capabilityChanges } from "../domain/audit/capabilityChanges.ts"
import { capabilityTable } from "../domain/audit/capabilityText.ts"
import { CapabilityRow, GrantedTool } from "../domain/audit/ClientModel.ts"
import { modelOf } from "../domain/audit/modelOf.ts"
import { linesOf } from "../domain/text.ts"
import { Tier } from "../domain/Tier.ts"
import { AgentReader } from "../services/AgentReader.ts"
import { Output } from "../services/Output.ts"
import { loadPicked } from "./oneAgent.ts"

const AgentShown = Schema.Struct({
  name: Schema.String,
  version: Schema.String,
  tiers: Schema.Array(Tier),
  role: Schema.String,
  sha256: Schema.String,
  /** Whether Claude Code loads it; `reason` where it does not. */
  loads: Schema.Boolean,
  reason: Schema.optionalKey(Schema.String),
  tools: Schema.Struct({
    /** Every tool of the session but those removed; `granted` is empty then. */
    everything: Schema.Boolean,
    granted: Schema.Array(GrantedTool),
    removed: Schema.Array(GrantedTool),
    /** Names that the client does not know. */
    dropped: Schema.Array(Schema.String),
    /** The client does not start it, for no name of the list is one of a tool. */
    refused: Schema.Boolean
  }),
  capabilities: Schema.Array(CapabilityRow),
  /** What it could do, or do further, without the role. */
  roleTakesAway: Schema.Array(CapabilityChange),
  text: Schema.String
})

export const data = AgentShown

export const run = Effect.fn("agents show")(function* (input: {
  readonly name: Option.Option<string>
  readonly offline: boolean
}) {
  const output = yield* Output
  const { agent, effective } = yield* loadPicked(input.name, input.offline)
  const { sha256, text } = agent.render()
  const read = yield* (yield* AgentReader).reader
  const encoder = new TextEncoder()
  const model = (content: string) => modelOf(read(`.claude/agents/${agent.name}.md`, encoder.encode(content)))
  const { capabilities, loading, tools } = model(text)
  const { losses, narrowings } = capabilityChanges(model(agent.withoutRole()).capabilities, capabilities)
  const roleTakesAway = [...losses, ...narrowings]
  const role = effective.role.name
  const shown = {
    name: agent.name,
    version: agent.version,
    tiers: agent.tiers,
    role,
    sha256,
    loads: loading.loads,
    ...(loading.loads ? {} : { reason: loading.reason }),
    tools: {
      everything: tools.everything,
      granted: tools.granted,
      removed: tools.removed,
      dropped: tools.dropped.map((each) => each.name),
      refused: tools.refused
    },
    capabilities,
    roleTakesAway,
    text
  }
  yield* output.result(AgentShown, shown, linesOf(text))
  // Standard output is the file, byte for byte, so that it can be piped.
  yield* output.aside([[""], ...capabilityTable(loading, tools.refused, capabilities, roleTakesAway, role)])
})
