import { Effect, type Option, Schema } from "effect"
import { Field, Part, type Value } from "../domain/Agent.ts"
import { faint, type Line, strong } from "../domain/text.ts"
import type { Tier } from "../domain/Tier.ts"
import { Output } from "../services/Output.ts"
import { loadPicked } from "./oneAgent.ts"

const AgentExplained = Schema.Struct({
  name: Schema.String,
  version: Schema.String,
  role: Schema.String,
  fields: Schema.Array(Field),
  parts: Schema.Array(Part)
})

const shownWidth = 60

const short = (value: Value): string => {
  const text = (typeof value === "string" ? value : JSON.stringify(value)).replace(/\s+/g, " ")
  return text.length > shownWidth ? `${text.slice(0, shownWidth - 1)}…` : text
}

const margin = (tier: Tier) => faint(`${tier.padEnd(13)} `)

export const data = AgentExplained

export const run = Effect.fn("agents explain")(function* (input: {
  readonly name: Option.Option<string>
  readonly offline: boolean
}) {
  const output = yield* Output
  const { agent, effective } = yield* loadPicked(input.name, input.offline)
  const { fields, parts } = agent.agent
  const value = { name: agent.name, version: agent.version, role: effective.role.name, fields, parts }
  const fieldLines = fields.map((field): Line => [margin(field.tier), strong(field.key), `: ${short(field.value)}`])
  const paragraphs = parts.flatMap((part) => part.text.split(/\n{2,}/).map((text) => ({ tier: part.tier, text })))
  const textLines = paragraphs.flatMap(({ text, tier }): ReadonlyArray<Line> => [
    ...text.split("\n").map((line, index): Line => [index === 0 ? margin(tier) : " ".repeat(14), line]),
    [""]
  ])
  yield* output.result(AgentExplained, value, [
    [strong(agent.name), faint(`  ${agent.version}, role ${effective.role.name}`)],
    [""],
    ...fieldLines,
    [""],
    ...textLines
  ])
})
