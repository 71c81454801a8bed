import { Schema } from "effect"
import { Tier } from "./Tier.ts"

/** A frontmatter value: what YAML and JSON have in common. */
export type Value = typeof Value.Type
export const Value = Schema.Json

/** How an override's body joins what is below it. */
export const Compose = Schema.Literals(["append", "prepend", "replace"])
export type Compose = typeof Compose.Type

/** One agent file of one tier, parsed. The key `compose` is taken out of the fields. */
export interface AgentSource {
  readonly fields: ReadonlyArray<readonly [key: string, value: Value]>
  readonly body: string
  readonly compose: Compose
}

/** A frontmatter key of an effective agent, and the tier that set it. */
export const Field = Schema.Struct({ key: Schema.String, value: Value, tier: Tier })
export type Field = typeof Field.Type

/** A stretch of an effective agent's prompt, and the tier that wrote it. */
export const Part = Schema.Struct({ tier: Tier, text: Schema.String })
export type Part = typeof Part.Type

/** An effective agent: fields in stable order, body parts from top to bottom. */
export interface Agent {
  readonly fields: ReadonlyArray<Field>
  readonly parts: ReadonlyArray<Part>
}

export const fieldOf = (agent: Agent, key: string): Value | undefined =>
  agent.fields.find((field) => field.key === key)?.value

/** Between two parts of a prompt stands one blank line. */
export const partSeparator = "\n\n"

/** The prompt: its parts with one blank line between, one line end at the end. */
export const bodyOf = (agent: Agent): string => {
  const texts = agent.parts.map((part) => part.text).filter((text) => text !== "")
  return texts.length === 0 ? "" : `${texts.join(partSeparator)}\n`
}

/** The tiers that had a say in this agent, weakest first. */
export const tiersOf = (agent: Agent): ReadonlyArray<Tier> => {
  const seen = new Set([...agent.fields.map((field) => field.tier), ...agent.parts.map((part) => part.tier)])
  return Tier.literals.filter((tier) => seen.has(tier))
}
