import { Schema } from "effect"
import { AgentName, isAgentName, Slug } from "./AgentName.ts"
import { own } from "./records.ts"
import { Tier } from "./Tier.ts"

const Sha256 = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/))

/** What a project runs of one agent. The hashes are those of the file without a personal overlay. */
const LockedAgent = Schema.Struct({
  version: Schema.String,
  tiers: Schema.Array(Tier),
  /** One for each role that has synced this version. */
  sha256: Schema.Record(Slug, Sha256)
})
export type LockedAgent = typeof LockedAgent.Type

/** `.agent/agents.lock`: committed, so that everybody runs the same. */
export const LockFile = Schema.Struct({
  lockVersion: Schema.Literal(1),
  org: Slug,
  project: Slug,
  agents: Schema.Record(AgentName, LockedAgent)
})
export type LockFile = typeof LockFile.Type

/** What the registry's answer asks the lock to name, for one role. */
export interface LockTarget {
  readonly version: string
  readonly tiers: ReadonlyArray<Tier>
  readonly sha256: string
}

/**
 * The lock after a sync in `role`. Other roles' hashes stay as long as the version they belong to, and so does the
 * entry of an agent that the registry has but cannot hand out for now.
 */
export const updateLock = (
  lock: LockFile | undefined,
  identity: { readonly org: Slug; readonly project: Slug; readonly role: Slug },
  targets: ReadonlyMap<AgentName, LockTarget>,
  refused: ReadonlySet<string>
): LockFile => {
  const agents: Record<AgentName, LockedAgent> = {}
  const staying = [...refused].filter(isAgentName).filter((name) => !targets.has(name))
  for (const name of [...targets.keys(), ...staying].sort()) {
    const target = targets.get(name)
    const before = own(lock?.agents, name)
    if (target === undefined) {
      if (before !== undefined) agents[name] = before
      continue
    }
    const others: LockedAgent["sha256"] = before?.version === target.version ? before.sha256 : {}
    const sha256: LockedAgent["sha256"] = { ...others, [identity.role]: target.sha256 }
    agents[name] = {
      version: target.version,
      tiers: target.tiers,
      sha256: Object.fromEntries(Object.entries(sha256).sort(([a], [b]) => (a < b ? -1 : 1)))
    }
  }
  return { lockVersion: 1, org: identity.org, project: identity.project, agents }
}

/** How an answer differs from the lock, one line an agent, in words; empty where the lock names just this. */
export const lockDifferences = (
  lock: LockFile,
  role: Slug,
  targets: ReadonlyMap<AgentName, LockTarget>
): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const [name, target] of targets) {
    const locked = own(lock.agents, name)
    if (locked === undefined) lines.push(`${name}: not in the lock`)
    else if (locked.version !== target.version)
      lines.push(`${name}: the lock names version ${locked.version}, the registry has ${target.version}`)
    else if (own(locked.sha256, role) === undefined) lines.push(`${name}: the lock has no hash for the role ${role}`)
    else if (own(locked.sha256, role) !== target.sha256)
      lines.push(`${name}: same version, other content for the role ${role}`)
  }
  for (const name of Object.keys(lock.agents)) {
    if (!targets.has(AgentName.make(name))) lines.push(`${name}: in the lock, no longer in the registry`)
  }
  return lines.sort()
}

/** The file's text: two-space JSON, sorted, one line end at the end, so that merges stay readable. */
export const lockText = (lock: LockFile): string => `${JSON.stringify(lock, undefined, 2)}\n`
