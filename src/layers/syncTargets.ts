/** What a sync aims at: the hashes to have on disk, the lock that names them, and the contents when they are needed. */
import { Effect, Option } from "effect"
import type { AgentName, Slug } from "../domain/AgentName.ts"
import type { OrgPolicy } from "../domain/audit/Policy.ts"
import type { Refused, Remark } from "../domain/Effective.ts"
import { LockNotMet, NothingCached, RegistryUnreachable } from "../domain/errors.ts"
import type { LockFile, LockTarget } from "../domain/LockFile.ts"
import { own, typedEntries } from "../domain/records.ts"
import type { SyncState } from "../domain/SyncState.ts"
import { ContentStore } from "../services/ContentStore.ts"
import { type Basis, type Effective, EffectiveAgents } from "../services/EffectiveAgents.ts"
import { Lock } from "../services/Lock.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import type { SyncError, SyncRequest } from "../services/Sync.ts"

export interface Targets {
  readonly source: "registry" | "cache" | "lock"
  readonly role: Slug
  readonly desired: ReadonlyMap<AgentName, string>
  readonly refused: ReadonlyArray<Refused>
  readonly remarks: ReadonlyArray<Remark>
  /** What the lock has to name; undefined where it is known to name it. */
  readonly lock: ReadonlyMap<AgentName, LockTarget> | undefined
  /** What the organization makes of the audit: as just answered, or as it was kept. */
  readonly policy: OrgPolicy | "kept" | undefined
  /** Undefined for a frozen sync, and where the answer is not settled. */
  readonly basis: Basis | undefined
  readonly contents: (
    names: ReadonlySet<AgentName>
  ) => Effect.Effect<ReadonlyMap<AgentName, Uint8Array | string>, SyncError>
  /** Keeps what was learned on the way here; for a sync that writes. */
  readonly remember: Effect.Effect<void, SyncError>
  /** Everything that the lock names, for the content store; empty where nothing is new. */
  readonly objects: () => ReadonlyMap<string, string>
}

const ofEffective = (source: "registry" | "cache", effective: Effective, remember: Targets["remember"]): Targets => {
  const desired = new Map<AgentName, string>()
  const lock = new Map<AgentName, LockTarget>()
  for (const { name, render, tiers, version } of effective.agents.values()) {
    const { lockSha256, sha256 } = render()
    desired.set(name, sha256)
    lock.set(name, { version, tiers, sha256: lockSha256 })
  }
  return {
    source,
    role: effective.role.name,
    desired,
    refused: effective.refused,
    remarks: effective.remarks,
    lock,
    policy: effective.auditPolicy,
    basis: effective.basis,
    remember,
    contents: (names) => {
      const contents = new Map<AgentName, string>()
      for (const name of names) {
        const agent = effective.agents.get(name)
        if (agent !== undefined) contents.set(name, agent.render().text)
      }
      return Effect.succeed(contents)
    },
    objects: () => {
      const objects = new Map<string, string>()
      for (const { render } of effective.agents.values()) {
        const { lockSha256, lockText } = render()
        objects.set(lockSha256, lockText)
      }
      return objects
    }
  }
}

/** From the registry, or from its last answer; without composing anything where nothing has changed. */
export const latestTargets = Effect.fnUntraced(function* (
  request: SyncRequest,
  state: SyncState,
  lockFingerprint: string
) {
  const agents = yield* EffectiveAgents
  const { registry } = yield* (yield* ProjectConfig).resolved
  const from = request.offline ? "cache" : "registry"
  const last = state.last
  const known = last !== undefined && last.lock === lockFingerprint && lockFingerprint !== "" ? last : undefined
  const loaded = yield* agents.load({ from, known })
  if (loaded._tag === "Changed") return ofEffective(from, loaded.effective, loaded.remember)
  if (known === undefined) return yield* Effect.die("an answer was called unchanged that nobody had")

  /** The full answer after all, for the files that have to be written again. */
  const again = Effect.gen(function* () {
    const full = yield* agents.load({ from, known: undefined })
    if (full._tag === "Same") return yield* Effect.die("an answer was called unchanged that nobody had")
    if (full.effective.basis.etag === known.etag) return ofEffective(from, full.effective, full.remember)
    return yield* new RegistryUnreachable({
      registry: registry.value,
      reason: "it changed while this sync was running",
      hint: "crewkit sync"
    })
  })
  const targets: Targets = {
    source: from,
    role: known.role,
    desired: new Map(typedEntries(known.desired)),
    refused: known.refused,
    remarks: known.remarks,
    lock: undefined,
    policy: "kept",
    basis: known,
    remember: loaded.remember,
    contents: (names) => Effect.flatMap(again, (full) => full.contents(names)),
    objects: () => new Map()
  }
  return targets
})

/** The role of a frozen sync, which asks nobody: the one asked for, the last one, or the only one the lock knows. */
const frozenRole = Effect.fnUntraced(function* (state: SyncState, lock: LockFile) {
  const { role } = yield* (yield* ProjectConfig).resolved
  if (role !== undefined) return role.value
  if (state.last !== undefined) return state.last.role
  const roles = new Set(Object.values(lock.agents).flatMap((agent) => typedEntries(agent.sha256).map(([name]) => name)))
  const [only] = roles
  if (only !== undefined && roles.size === 1) return only
  return yield* new NothingCached({
    what: `the lock names ${roles.size} roles, and nothing here says which is yours; say --role`
  })
})

/** From the lock and the content store alone. */
export const frozenTargets = Effect.fnUntraced(function* (state: SyncState) {
  const store = yield* ContentStore
  const lock = Option.getOrUndefined(yield* (yield* Lock).read)
  if (lock === undefined) {
    return yield* new LockNotMet({ problem: "there is no .agent/agents.lock", differences: [], next: "crewkit sync" })
  }
  const role = yield* frozenRole(state, lock)
  const desired = new Map<AgentName, string>()
  const unnamed: Array<string> = []
  for (const [name, agent] of typedEntries(lock.agents)) {
    const hash = own(agent.sha256, role)
    if (hash === undefined) unnamed.push(`${name}: the lock has no hash for the role ${role}`)
    else desired.set(name, hash)
  }
  if (unnamed.length > 0) {
    return yield* new LockNotMet({
      problem: "the lock does not name this role",
      differences: unnamed,
      next: "crewkit sync"
    })
  }
  const targets: Targets = {
    source: "lock",
    role,
    desired,
    refused: [],
    remarks: [],
    lock: undefined,
    policy: "kept",
    basis: undefined,
    remember: Effect.void,
    contents: Effect.fnUntraced(function* (names) {
      const wanted = new Map([...names].map((name) => [name, desired.get(name) ?? ""]))
      const found = yield* store.get(new Set(wanted.values()))
      const contents = new Map<AgentName, Uint8Array>()
      const missing: Array<string> = []
      for (const [name, hash] of wanted) {
        const content = found.get(hash)
        if (content === undefined) missing.push(`${name}: its content is not in .crewkit/objects`)
        else contents.set(name, content)
      }
      if (missing.length > 0) {
        return yield* new LockNotMet({
          problem: "what the lock names is not all here",
          differences: missing,
          next: "crewkit sync --locked"
        })
      }
      return contents
    }),
    objects: () => new Map()
  }
  return targets
})
