/**
 * Composition of tiers: base, then organization, then project, then personal.
 *
 * Every source is read as a patch, and patches form a monoid: `combine` is associative and `empty` changes
 * nothing. So the tiers may be combined in any grouping, and a registry may send what it has already combined.
 */
import type { Agent, AgentSource, Field, Part } from "./Agent.ts"
import { rankOf, type Tier } from "./Tier.ts"

export interface TierSource {
  readonly tier: Tier
  readonly source: AgentSource
}

/** What a tier, or several combined, does to the agent below it. */
export interface Patch {
  readonly fields: ReadonlyArray<Field>
  readonly before: ReadonlyArray<Part>
  /** Present when everything below is replaced; its own parts then stand in the middle. */
  readonly replacement: ReadonlyArray<Part> | undefined
  readonly after: ReadonlyArray<Part>
}

export const empty: Patch = { fields: [], before: [], replacement: undefined, after: [] }

export const patchOf = ({ source, tier }: TierSource): Patch => {
  const parts: ReadonlyArray<Part> = source.body === "" ? [] : [{ tier, text: source.body }]
  const fields = source.fields.map(([key, value]) => ({ key, value, tier }))
  switch (source.compose) {
    case "append":
      return { fields, before: [], replacement: undefined, after: parts }
    case "prepend":
      return { fields, before: parts, replacement: undefined, after: [] }
    case "replace":
      return { fields, before: [], replacement: parts, after: [] }
  }
}

/** Keys keep the place where they first appeared; the upper value wins. */
const combineFields = (lower: ReadonlyArray<Field>, upper: ReadonlyArray<Field>): ReadonlyArray<Field> => {
  if (upper.length === 0) return lower
  const fields = new Map(lower.map((field) => [field.key, field]))
  for (const field of upper) fields.set(field.key, field)
  return [...fields.values()]
}

export const combine = (lower: Patch, upper: Patch): Patch => ({
  fields: combineFields(lower.fields, upper.fields),
  before: upper.replacement === undefined ? [...upper.before, ...lower.before] : upper.before,
  replacement: upper.replacement ?? lower.replacement,
  after: upper.replacement === undefined ? [...lower.after, ...upper.after] : upper.after
})

export const agentOf = (patch: Patch): Agent => ({
  fields: patch.fields,
  parts: [...patch.before, ...(patch.replacement ?? []), ...patch.after]
})

/** The patch that puts this very agent in place of whatever is below: how a composed answer is taken up again. */
export const patchOfAgent = (agent: Agent): Patch => ({
  fields: agent.fields,
  before: [],
  replacement: agent.parts,
  after: []
})

/** Composes sources given in any order; a tier given twice counts once, the later text of equal rank wins. */
export const compose = (sources: ReadonlyArray<TierSource>): Agent => {
  const byTier = new Map<Tier, TierSource>()
  for (const source of sources) byTier.set(source.tier, source)
  return agentOf(
    [...byTier.values()]
      .sort((a, b) => rankOf(a.tier) - rankOf(b.tier))
      .map(patchOf)
      .reduce(combine, empty)
  )
}
