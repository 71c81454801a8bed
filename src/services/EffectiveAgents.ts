import { Context, type Effect, type Option } from "effect"
import type { Agent } from "../domain/Agent.ts"
import type { AgentName } from "../domain/AgentName.ts"
import type { OrgPolicy } from "../domain/audit/Policy.ts"
import type { Refused, RegistryAnswer, Remark } from "../domain/Effective.ts"
import type { NothingCached } from "../domain/errors.ts"
import type { RoleModifier } from "../domain/Role.ts"
import type { Tier } from "../domain/Tier.ts"
import type { FilesError } from "./AgentFiles.ts"
import type { RegistryError } from "./Registry.ts"

export interface Rendered {
  readonly text: string
  readonly sha256: string
  /** The file without a personal overlay, which is what the lock names; the same text where there is none. */
  readonly lockText: string
  readonly lockSha256: string
}

/** An agent with every tier and the role applied. */
export interface EffectiveAgent {
  readonly name: AgentName
  readonly version: string
  /** The tiers of the registry. */
  readonly tiers: ReadonlyArray<Tier>
  readonly agent: Agent
  /** The file, rendered when first asked for. */
  readonly render: () => Rendered
  /** The file as it would be without the role. */
  readonly withoutRole: () => string
}

/** What an answer depends on beside the registry's content; with the same basis and etag the files are the same. */
export interface Basis {
  readonly key: string
  readonly etag: string
}

export interface Effective {
  readonly basis: Basis
  readonly role: RoleModifier
  readonly agents: ReadonlyMap<AgentName, EffectiveAgent>
  readonly refused: ReadonlyArray<Refused>
  readonly remarks: ReadonlyArray<Remark>
  /** What the organization makes of the audit. */
  readonly auditPolicy: OrgPolicy | undefined
}

export interface LoadRequest {
  readonly from: "registry" | "cache"
  /** The basis we hold; answered with "Same" where nothing has changed. */
  readonly known: Basis | undefined
}

/** `remember` keeps the answer for `--offline` and for the next time. */
export type Loaded = { readonly remember: Effect.Effect<void, FilesError> } & (
  | { readonly _tag: "Same" }
  | { readonly _tag: "Changed"; readonly effective: Effective }
)

/** The agents as this person is to have them: the registry's answer, the personal overlays, the role. */
export class EffectiveAgents extends Context.Service<
  EffectiveAgents,
  {
    readonly load: (request: LoadRequest) => Effect.Effect<Loaded, RegistryError | FilesError | NothingCached>
    /** The registry's last answer to what this project asks; asks nobody. */
    readonly kept: Effect.Effect<Option.Option<RegistryAnswer>, FilesError>
  }
>()("@crewkit/cli/services/EffectiveAgents") {}
