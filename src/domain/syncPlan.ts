/**
 * The three-way comparison of a sync: what crewkit last wrote, what is on disk, what the registry says.
 * Hashes are lower-case hexadecimal SHA-256 of the file's bytes.
 */
import { Schema } from "effect"
import { AgentName, isAgentName } from "./AgentName.ts"

export const Status = Schema.Literals([
  /** In the registry, not on disk, never written here. */
  "new",
  /** Written here before, deleted since. */
  "missing",
  /** As crewkit wrote it, but the registry has moved on. */
  "updated",
  "unchanged",
  /** Changed here since crewkit wrote it; the registry has not moved. */
  "edited",
  "edited-and-updated",
  /** A file crewkit never wrote has the name of an agent. */
  "in-the-way",
  /** No longer in the registry; the file is as crewkit wrote it. */
  "removed",
  "removed-and-edited",
  /** The registry has it, but what it says cannot be read; the file stays as it is. */
  "refused",
  /** A file crewkit never wrote; not touched. */
  "foreign"
])
export type Status = typeof Status.Type

export const Action = Schema.Literals(["write", "remove", "keep", "none"])
export type Action = typeof Action.Type

export const PlanItem = Schema.Struct({
  name: AgentName,
  status: Status,
  action: Action,
  /** Hash on disk before, where there is a file. */
  before: Schema.optionalKey(Schema.String),
  /** Hash that the registry asks for. */
  after: Schema.optionalKey(Schema.String)
})
export type PlanItem = typeof PlanItem.Type

export interface PlanInput {
  /** What the registry asks for. */
  readonly desired: ReadonlyMap<AgentName, string>
  /** Of each agent written here: the hash last written, and those that interrupted syncs may have written since. */
  readonly written: ReadonlyMap<AgentName, ReadonlyArray<string>>
  /** Of each agent that interrupted syncs only began to write: a file with such a hash is ours, any other is not. */
  readonly begun?: ReadonlyMap<AgentName, ReadonlyArray<string>>
  readonly disk: ReadonlyMap<AgentName, string>
  readonly refused: ReadonlySet<string>
}

export interface PlanOptions {
  readonly keepLocal: boolean
  readonly prune: boolean
  /** Whether this file that is in the way may be replaced. */
  readonly replaceForeign: (name: AgentName) => boolean
}

const isOurs = (input: PlanInput, name: AgentName, hash: string): boolean =>
  (input.written.get(name) ?? input.begun?.get(name))?.includes(hash) === true

const desiredItem = (name: AgentName, after: string, input: PlanInput, options: PlanOptions): PlanItem => {
  const before = input.disk.get(name)
  const written = input.written.get(name)
  if (before === undefined) return { name, status: written === undefined ? "new" : "missing", action: "write", after }
  if (before === after) return { name, status: "unchanged", action: "none", before, after }
  if (isOurs(input, name, before)) return { name, status: "updated", action: "write", before, after }
  if (written === undefined) {
    return { name, status: "in-the-way", action: options.replaceForeign(name) ? "write" : "keep", before, after }
  }
  const status = written.includes(after) ? "edited" : "edited-and-updated"
  return { name, status, action: options.keepLocal ? "keep" : "write", before, after }
}

const leftItem = (name: AgentName, input: PlanInput, options: PlanOptions): PlanItem | undefined => {
  const before = input.disk.get(name)
  const written = input.written.get(name)
  if (input.refused.has(name)) {
    return { name, status: "refused", action: "keep", ...(before === undefined ? {} : { before }) }
  }
  if (before === undefined) return undefined
  if (isOurs(input, name, before)) return { name, status: "removed", action: options.prune ? "remove" : "keep", before }
  if (written === undefined) return { name, status: "foreign", action: "keep", before }
  return { name, status: "removed-and-edited", action: options.prune && !options.keepLocal ? "remove" : "keep", before }
}

/** One item an agent, sorted by name. */
export const planSync = (input: PlanInput, options: PlanOptions): ReadonlyArray<PlanItem> => {
  const items: Array<PlanItem> = []
  for (const [name, after] of input.desired) items.push(desiredItem(name, after, input, options))
  const left = new Set([...input.disk.keys(), ...input.written.keys()])
  for (const name of left) {
    if (input.desired.has(name)) continue
    const item = leftItem(name, input, options)
    if (item !== undefined) items.push(item)
  }
  for (const name of input.refused) {
    if (
      isAgentName(name) &&
      !input.desired.has(name) &&
      !items.some((item) => item.status === "refused" && item.name === name)
    ) {
      items.push({ name, status: "refused", action: "keep" })
    }
  }
  return items.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

/** True where a sync would have something to do, or leaves something that is not as the registry says. */
export const isDrift = (item: PlanItem): boolean => item.status !== "unchanged" && item.status !== "foreign"
