/** What an agent can do that it could not before, and the other way round. */
import { Schema } from "effect"
import { Capability, type CapabilityRow, Reach } from "./ClientModel.ts"

export const CapabilityChange = Schema.Struct({
  capability: Capability,
  before: Reach,
  after: Reach,
  /** By what it has it now; of a loss, by what it had it. */
  by: Schema.String
})
export type CapabilityChange = typeof CapabilityChange.Type

/** Each in the order of the capabilities. */
export const CapabilityChanges = Schema.Struct({
  gains: Schema.Array(CapabilityChange),
  losses: Schema.Array(CapabilityChange),
  /** It still can, though not as far as before. */
  narrowings: Schema.Array(CapabilityChange)
})
export type CapabilityChanges = typeof CapabilityChanges.Type

const order: ReadonlyArray<Reach> = Reach.literals

const parts = (row: CapabilityRow): ReadonlySet<string> => new Set(row.by.split(", "))

/** Compares rows of one capability; those that one side lacks count as "no". */
export const capabilityChanges = (
  before: ReadonlyArray<CapabilityRow>,
  after: ReadonlyArray<CapabilityRow>
): CapabilityChanges => {
  const gains: Array<CapabilityChange> = []
  const losses: Array<CapabilityChange> = []
  const narrowings: Array<CapabilityChange> = []
  for (const capability of Capability.literals) {
    const none: CapabilityRow = { capability, reach: "no", by: "" }
    const from = before.find((row) => row.capability === capability) ?? none
    const to = after.find((row) => row.capability === capability) ?? none
    const change = { capability, before: from.reach, after: to.reach, by: to.reach === "no" ? from.by : to.by }
    const step = order.indexOf(to.reach) - order.indexOf(from.reach)
    if (step > 0) gains.push(change)
    else if (to.reach === "no" && step < 0) losses.push(change)
    else if (step < 0) narrowings.push(change)
    else if (to.reach === "scoped" && from.by !== to.by) {
      // One MCP server instead of another is something new.
      const added = [...parts(to)].filter((part) => !parts(from).has(part))
      if (added.length > 0) gains.push({ ...change, by: added.join(", ") })
      else narrowings.push(change)
    }
  }
  return { gains, losses, narrowings }
}

export const isNoChange = ({ gains, losses, narrowings }: CapabilityChanges): boolean =>
  gains.length + losses.length + narrowings.length === 0
