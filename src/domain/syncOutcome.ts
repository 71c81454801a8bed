/** What a sync leaves behind: the next state, and whether it differs from the last. */
import type { AgentName, Slug } from "./AgentName.ts"
import type { Refused, Remark } from "./Effective.ts"
import type { FileStamp } from "./FileStamp.ts"
import { own, typedEntries, typedKeys } from "./records.ts"
import type { PlanItem } from "./syncPlan.ts"
import type { StampTuple } from "./stampRecord.ts"
import type { SyncState } from "./SyncState.ts"

/** The answer that the files stand for after a sync. */
export interface Answer {
  readonly key: string
  readonly etag: string
  readonly role: Slug
  readonly desired: ReadonlyMap<AgentName, string>
  readonly refused: ReadonlyArray<Refused>
  readonly remarks: ReadonlyArray<Remark>
}

export interface Outcome {
  readonly before: SyncState
  readonly plan: ReadonlyArray<PlanItem>
  /** Agent files as they were found. */
  readonly found: ReadonlyMap<AgentName, FileStamp>
  /** Agent files as they were written just now. */
  readonly fresh: ReadonlyMap<AgentName, FileStamp>
  /** Undefined where nobody was asked: what was known before stays. */
  readonly answer: Answer | undefined
  readonly lockFingerprint: string
  /** Milliseconds since 1970. */
  readonly since: number
}

const tupleOf = ({ ctime, ino, mtime, sha256, size }: FileStamp): StampTuple => [size, mtime, ctime, ino, sha256]

export const stateAfter = ({ answer, before, found, fresh, lockFingerprint, plan, since }: Outcome): SyncState => {
  const written: Record<AgentName, StampTuple> = {}
  for (const { action, name, status } of plan) {
    const stamp = fresh.get(name) ?? (status === "unchanged" ? found.get(name) : undefined)
    const ours = own(before.written, name)
    if (stamp !== undefined) written[name] = tupleOf(stamp)
    else if (ours !== undefined && action === "keep" && status !== "foreign") written[name] = ours
  }
  const last =
    answer === undefined
      ? before.last
      : { ...answer, desired: Object.fromEntries(answer.desired), lock: lockFingerprint }
  return { stateVersion: 1, since, written, pending: {}, ...(last === undefined ? {} : { last }) }
}

const sameStamp = (a: StampTuple | undefined, b: StampTuple | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.every((value, index) => value === b[index]))

/** Whether the state has to be written: a sync with nothing new writes no file at all, this one included. */
export const isDirty = (before: SyncState, after: SyncState): boolean =>
  typedKeys(before.pending).length > 0 ||
  before.last?.key !== after.last?.key ||
  before.last?.etag !== after.last?.etag ||
  before.last?.lock !== after.last?.lock ||
  [...typedKeys(before.written), ...typedKeys(after.written)].some(
    (name) => !sameStamp(own(before.written, name), own(after.written, name))
  )

/** The stamps of what crewkit wrote, by which an unchanged file is known without reading it. */
export const stampsOf = (state: SyncState): ReadonlyMap<AgentName, FileStamp> =>
  new Map(
    typedEntries(state.written).map(([name, [size, mtime, ctime, ino, sha256]]) => [
      name,
      { size, mtime, ctime, ino, sha256 }
    ])
  )

/** The hashes that are ours: of agents that were written, and of those that a sync only began to write. */
export const ownHashes = (
  state: SyncState
): {
  readonly written: ReadonlyMap<AgentName, ReadonlyArray<string>>
  readonly begun: ReadonlyMap<AgentName, ReadonlyArray<string>>
} => {
  const written = new Map<AgentName, ReadonlyArray<string>>()
  for (const [name, [, , , , sha256]] of typedEntries(state.written)) {
    written.set(name, [sha256, ...(own(state.pending, name) ?? [])])
  }
  return { written, begun: new Map(typedEntries(state.pending).filter(([name]) => !written.has(name))) }
}

/** The journal of a sync that is about to write: what others left unfinished stays in it. */
export const pendingWith = (state: SyncState, hashes: Iterable<readonly [AgentName, string]>): SyncState["pending"] => {
  const pending = new Map(typedEntries(state.pending))
  for (const [name, hash] of hashes) pending.set(name, [...new Set([...(pending.get(name) ?? []), hash])])
  return Object.fromEntries(pending)
}

/** The agents for which the plan has this action. */
export const namesOf = (plan: ReadonlyArray<PlanItem>, action: PlanItem["action"]): ReadonlySet<AgentName> =>
  new Set(plan.filter((item) => item.action === action).map((item) => item.name))
