/** The agent files that one person gets: what `crewkit sync` would write, without writing it. */
import { Effect, Layer } from "effect"
import * as AgentFormatYaml from "../layers/AgentFormatYaml.ts"
import * as EffectiveAgentsComposed from "../layers/EffectiveAgentsComposed.ts"
import type { AgentFiles } from "../services/AgentFiles.ts"
import { EffectiveAgents, type LoadRequest } from "../services/EffectiveAgents.ts"
import type { ProjectConfig } from "../services/ProjectConfig.ts"
import type { Registry } from "../services/Registry.ts"
import * as LocalStateMemory from "./LocalStateMemory.ts"

/**
 * The live composition of tiers, personal overlays (`.agent/local` of `ProjectFolder`) and the role, over whatever
 * registry, files and configuration the test has. The role is that of the person, or the lower one that
 * `ProjectConfig` asks for.
 */
export const layer: Layer.Layer<EffectiveAgents, never, AgentFiles | ProjectConfig | Registry> =
  EffectiveAgentsComposed.layer.pipe(Layer.provide([AgentFormatYaml.layer, LocalStateMemory.layer]))

const fresh: LoadRequest = { from: "registry", known: undefined }

/** Text of `.claude/agents/<name>.md` by `<name>`. Fails as a sync would where the registry does not answer. */
export const texts = Effect.gen(function* () {
  const agents = yield* EffectiveAgents
  const loaded = yield* agents.load(fresh)
  const found = loaded._tag === "Changed" ? [...loaded.effective.agents.values()] : []
  return new Map(found.map(({ name, render }) => [String(name), render().text] as const))
})
