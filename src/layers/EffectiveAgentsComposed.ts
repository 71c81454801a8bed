import { Effect, Layer, Option, Result } from "effect"
import { maxAgentBytes, completeAgent, keyProblem, nameProblem } from "../domain/acceptance.ts"
import { type Agent, fieldOf } from "../domain/Agent.ts"
import type { AgentName } from "../domain/AgentName.ts"
import { agentOf, combine, patchOf, patchOfAgent } from "../domain/composition.ts"
import type { Refused, RegistryAgent, RegistryAnswer, Remark } from "../domain/Effective.ts"
import { NothingCached } from "../domain/errors.ts"
import type { RoleModifier } from "../domain/Role.ts"
import { applyRole, isMute } from "../domain/roleApplication.ts"
import { AgentFiles } from "../services/AgentFiles.ts"
import { type AgentCodec, AgentFormat } from "../services/AgentFormat.ts"
import {
  type Effective,
  type EffectiveAgent,
  EffectiveAgents,
  type LoadRequest,
  type Loaded,
  type Rendered
} from "../services/EffectiveAgents.ts"
import { LocalState } from "../services/LocalState.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { Registry } from "../services/Registry.ts"
import { sha256 } from "./nodeFs.ts"

/**
 * Counts up whenever the same answer would give other files, or says more than was kept of it, so that a newer crewkit
 * asks anew. 2: the organization's policy for the audit is kept.
 */
const composerVersion = 2

/** What stands as comments at the top of a file: which tiers it is made of, and where to change it. */
const provenance = (agent: RegistryAgent, role: RoleModifier, personal: boolean): ReadonlyArray<string> => [
  `crewkit ${agent.version}: ${[...agent.tiers, ...(personal ? ["personal"] : []), `role ${role.name}`].join(" + ")}`,
  "Change it in the registry, or in .agent/local/ for yourself; the next sync replaces an edit here and keeps a backup."
]

const once = <A>(make: () => A): (() => A) => {
  let made: { readonly value: A } | undefined
  return () => (made ??= { value: make() }).value
}

export const layer = Layer.effect(
  EffectiveAgents,
  Effect.gen(function* () {
    const config = yield* ProjectConfig
    const registry = yield* Registry
    const files = yield* AgentFiles
    const format = yield* AgentFormat
    const state = yield* LocalState

    /** One agent with its overlay and role; or why it cannot be handed to Claude Code. */
    const finish = (
      codec: AgentCodec,
      source: RegistryAgent,
      overlay: string | undefined,
      role: RoleModifier,
      remarks: Array<Remark>
    ): Result.Result<EffectiveAgent, Refused> => {
      const { name } = source
      const { agent: shared, repairs } = completeAgent(name, source)
      remarks.push(...repairs.map((text) => ({ name, file: `${name}.md`, text })))
      let own: Agent = shared
      if (overlay !== undefined) {
        const file = `.agent/local/${name}.md`
        const parsed = codec.parse(overlay)
        if (Result.isFailure(parsed)) return Result.fail({ name, file, ...parsed.failure })
        remarks.push(...parsed.success.remarks.map((remark) => ({ name, file, ...remark })))
        own = agentOf(combine(patchOfAgent(shared), patchOf({ tier: "personal", source: parsed.success.source })))
      }
      const agent = applyRole(own, role)
      const shown = fieldOf(agent, "name")
      const keys = agent.fields.map((field) => keyProblem(field.key))
      const problem = nameProblem(typeof shown === "string" ? shown : "") ?? keys.find((each) => each !== undefined)
      if (problem !== undefined) return Result.fail({ name, file: `${name}.md`, reason: problem })
      if (isMute(agent) && !isMute(own)) {
        remarks.push({
          name,
          file: `${name}.md`,
          text: `the role ${role.name} leaves it no tool at all; it can only talk`
        })
      }
      const render = once((): Rendered => {
        const text = codec.render(agent, provenance(source, role, overlay !== undefined))
        const hash = sha256(text)
        if (overlay === undefined) return { text, sha256: hash, lockText: text, lockSha256: hash }
        const lockText = codec.render(applyRole(shared, role), provenance(source, role, false))
        return { text, sha256: hash, lockText, lockSha256: sha256(lockText) }
      })
      const withoutRole = () => codec.render(own, [])
      return Result.succeed({ name, version: source.version, tiers: source.tiers, agent, render, withoutRole })
    }

    /** Claude Code tells agents apart by the frontmatter's name; of two with one name only one is heard. */
    const sharedNames = (agents: ReadonlyMap<AgentName, EffectiveAgent>): ReadonlyArray<Remark> => {
      const first = new Map<string, AgentName>()
      const remarks: Array<Remark> = []
      for (const { agent, name } of agents.values()) {
        const shown = JSON.stringify(fieldOf(agent, "name"))
        const other = first.get(shown)
        if (other === undefined) first.set(shown, name)
        else
          remarks.push({
            name,
            file: `${name}.md`,
            text: `has the same name as ${other} (${shown}); Claude Code hears one of them`
          })
      }
      return remarks
    }

    const effectiveOf = (
      codec: AgentCodec,
      answer: RegistryAnswer,
      key: string,
      overlays: ReadonlyMap<AgentName, string>
    ): Effective => {
      const agents = new Map<AgentName, EffectiveAgent>()
      const refused: Array<Refused> = [...answer.refused]
      const remarks: Array<Remark> = [...answer.remarks]
      for (const source of answer.agents) {
        const result = finish(codec, source, overlays.get(source.name), answer.role, remarks)
        if (Result.isFailure(result)) refused.push(result.failure)
        else if (fitsClaude(result.success)) agents.set(source.name, result.success)
        else
          refused.push({
            name: source.name,
            file: `${source.name}.md`,
            reason: "it would be larger than 1 MiB, and Claude Code skips that"
          })
      }
      for (const name of overlays.keys()) {
        if (!answer.agents.some((agent) => agent.name === name)) {
          remarks.push({
            name,
            file: `.agent/local/${name}.md`,
            text: "overlays an agent that the registry does not have; left out"
          })
        }
      }
      remarks.push(...sharedNames(agents))
      const basis = { key, etag: answer.etag }
      return { basis, role: answer.role, agents, refused, remarks, auditPolicy: answer.auditPolicy }
    }

    /** Rendering is what tells the size; it is put off for agents that cannot come near the limit. */
    const fitsClaude = ({ agent, render }: EffectiveAgent): boolean => {
      const length = agent.parts.reduce((sum, part) => sum + part.text.length, JSON.stringify(agent.fields).length)
      return length < maxAgentBytes / 8 || Buffer.byteLength(render().text) <= maxAgentBytes
    }

    /** What the registry is asked. */
    const questioned = Effect.map(config.resolved, ({ org, project, registry: from, role }) =>
      JSON.stringify([from.value, org.value, project.value, role?.value ?? null])
    )

    const load = Effect.fn("EffectiveAgents.load")(function* (request: LoadRequest) {
      const resolved = yield* config.resolved
      const overlays = yield* files.overlays
      const question = yield* questioned
      // And what beside its answer the files depend on.
      const personal = overlays.size === 0 ? "" : sha256(JSON.stringify([...overlays]))
      const key = JSON.stringify([composerVersion, format.version, question, personal])
      const etag = request.known?.key === key && (yield* state.answered) ? request.known.etag : undefined
      const changed = Effect.fnUntraced(function* (answer: RegistryAnswer, remember: Loaded["remember"]) {
        const effective = effectiveOf(yield* format.codec, answer, key, overlays)
        return { _tag: "Changed", effective, remember } satisfies Loaded
      })
      const same = (remember: Loaded["remember"]): Loaded => ({ _tag: "Same", remember })

      if (request.from === "cache") {
        const cached = Option.getOrUndefined(yield* state.answer(question))
        if (cached === undefined) {
          return yield* new NothingCached({ what: "no earlier answer of the registry is kept on this machine" })
        }
        return etag === cached.etag ? same(Effect.void) : yield* changed(cached, Effect.void)
      }
      const result = yield* registry.effective({ role: resolved.role?.value, etag })
      if (result._tag === "NotModified") return same(result.remember)
      return yield* changed(
        result.answer,
        Effect.andThen(state.rememberAnswer(question, result.answer), result.remember)
      )
    })

    return EffectiveAgents.of({ load, kept: Effect.flatMap(questioned, state.answer) })
  })
)
