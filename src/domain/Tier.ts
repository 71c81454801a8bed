import { Schema } from "effect"

/** The parts an effective agent is composed of, weakest first; the role is applied after them all. */
const tiers = ["base", "organization", "project", "personal", "role"] as const

export const Tier = Schema.Literals(tiers)
export type Tier = typeof Tier.Type

export const rankOf = (tier: Tier): number => tiers.indexOf(tier)
