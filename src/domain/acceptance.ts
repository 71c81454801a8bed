/**
 * What Claude Code needs of an agent to load it, and what we refuse to hand it.
 * Source: field notes measured on Claude Code 2.1.330.
 */
import { type Agent, bodyOf, fieldOf } from "./Agent.ts"
import type { AgentName } from "./AgentName.ts"

/** Larger files are skipped by Claude Code without a word. Bytes. */
export const maxAgentBytes = 1_048_576

/** Longer names are not loaded. UTF-16 code units. */
const maxNameLength = 256

const forbiddenInName =
  /[/\\:\uff1a\p{Cc}\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e0fff}]|\p{Surrogate}|^-/u

/** Why a frontmatter name cannot be handed to Claude Code, or undefined. */
export const nameProblem = (name: string): string | undefined => {
  if (name.trim() === "") return "the name is empty"
  if (name.length > maxNameLength) return `the name is longer than ${maxNameLength} characters`
  const match = forbiddenInName.exec(name)
  if (match === null) return undefined
  const character = match[0]
  return character === "-"
    ? "the name starts with a hyphen"
    : `the name holds ${/[/\\:]/.test(character) ? `"${character}"` : `the character U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`}`
}

/** First words of the prompt, for an agent without a description: Claude Code does not load one without. */
const describe = (agent: Agent, name: string): string => {
  const line = bodyOf(agent)
    .split("\n")
    .map((text) => text.replace(/^[#>*\-\s]+/, "").trim())
    .find((text) => text !== "")
  return line === undefined ? name : Array.from(line).slice(0, 200).join("")
}

/** Why a frontmatter key cannot be handed to Claude Code, or undefined. */
export const keyProblem = (key: string): string | undefined =>
  key === "<<"
    ? 'the key "<<" merges keys in where no role can see them'
    : key.includes("---")
      ? 'a key holds "---", which ends the frontmatter for Claude Code'
      : undefined

export interface Accepted {
  readonly agent: Agent
  /** What was filled in, in words for the person who keeps the registry. */
  readonly repairs: ReadonlyArray<string>
}

/** Gives an agent the name and description without which Claude Code drops it silently. */
export const completeAgent = (identity: AgentName, agent: Agent): Accepted => {
  const name = fieldOf(agent, "name")
  const description = fieldOf(agent, "description")
  const repairs: Array<string> = []
  const lead: Array<Agent["fields"][number]> = []
  const hasName = typeof name === "string" && name.trim() !== ""
  if (!hasName) {
    lead.push({ key: "name", value: identity, tier: "base" })
    repairs.push(`has no name; "${identity}" is used`)
  }
  const hasDescription = typeof description === "string" && description.trim() !== ""
  if (!hasDescription) {
    lead.push({ key: "description", value: describe(agent, identity), tier: "base" })
    repairs.push("has no description; the first line of its prompt is used")
  }
  const missing = new Set(lead.map((field) => field.key))
  return {
    agent:
      lead.length === 0
        ? agent
        : { ...agent, fields: [...lead, ...agent.fields.filter((field) => !missing.has(field.key))] },
    repairs
  }
}
