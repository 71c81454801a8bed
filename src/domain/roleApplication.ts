/**
 * The role's modifier on an effective agent: the last step of the composition.
 *
 * It is said in frontmatter that Claude Code itself enforces for a sub-agent. It guides; it does not contain: a
 * person can edit their files, and frontmatter never limits the main session.
 */
import type { Agent, Field, Value } from "./Agent.ts"
import { type RoleModifier } from "./Role.ts"

/**
 * What is left to a coaching agent. A list of what it may have, not of what it may not: `disallowedTools` would leave
 * every tool of an MCP server, and any tool that a later Claude Code brings.
 */
export const coachingTools = ["Read", "Grep", "Glob", "WebFetch", "WebSearch"] as const

/** Keys through which an agent would get tools or run code in spite of its list of tools. */
const coachingEscapes = new Set([
  "<<",
  "memory",
  "mcpServers",
  "hooks",
  "skills",
  "background",
  "isolation",
  "initialPrompt"
])

const everything = Symbol("every tool")

/** Splits at commas and white space outside of parentheses, as Claude Code does. */
export const splitTools = (text: string): ReadonlyArray<string> => text.match(/(?:\([^)]*\)?|[^\s,(])+/g) ?? []

/** `Read, Bash(git diff:*)`, or a list of such; absent or `*` is every tool, as Claude Code reads it. */
const toolsOf = (value: Value | undefined): ReadonlyArray<string> | typeof everything => {
  if (value === undefined) return everything
  const texts = Array.isArray(value) ? value : [value]
  const names = texts.flatMap((text) => (typeof text === "string" ? splitTools(text) : []))
  return names.includes("*") ? everything : names
}

/** The tool's own name: `Bash` of `Bash(git diff:*)`. */
const bare = (tool: string): string => tool.replace(/\(.*$/s, "").trim()

const setField = (fields: ReadonlyArray<Field>, key: string, value: Value): ReadonlyArray<Field> => {
  const field: Field = { key, value, tier: "role" }
  return fields.some((other) => other.key === key)
    ? fields.map((other) => (other.key === key ? (sameValue(other.value, value) ? other : field) : other))
    : [...fields, field]
}

const sameValue = (a: Value, b: Value): boolean => JSON.stringify(a) === JSON.stringify(b)

const coach = (agent: Agent): ReadonlyArray<Field> => {
  const declared = toolsOf(agent.fields.find((field) => field.key === "tools")?.value)
  const left =
    declared === everything
      ? coachingTools
      : coachingTools.filter((name) => declared.some((tool) => bare(tool) === name))
  const kept = agent.fields.filter((field) => !coachingEscapes.has(field.key))
  const fields = setField(kept, "tools", left.join(", "))
  return fields.some((field) => field.key === "permissionMode") ? setField(fields, "permissionMode", "default") : fields
}

const removeTools = (fields: ReadonlyArray<Field>, removed: ReadonlyArray<string>): ReadonlyArray<Field> => {
  if (removed.length === 0) return fields
  const gone = new Set(removed.map(bare))
  const declared = toolsOf(fields.find((field) => field.key === "tools")?.value)
  const narrowed =
    declared === everything
      ? fields
      : setField(fields, "tools", declared.filter((tool) => !gone.has(bare(tool))).join(", "))
  const before = toolsOf(fields.find((field) => field.key === "disallowedTools")?.value)
  const already = before === everything ? [] : before
  return setField(
    narrowed,
    "disallowedTools",
    [...already, ...[...gone].filter((tool) => !already.includes(tool))].join(", ")
  )
}

/** Applies a role; applying it again changes nothing. */
export const applyRole = (agent: Agent, role: RoleModifier): Agent => {
  const coached = role.mode === "coaching" ? coach(agent) : agent.fields
  const narrowed = removeTools(coached, role.toolsRemoved)
  const fields =
    role.permissionMode === undefined ? narrowed : setField(narrowed, "permissionMode", role.permissionMode)
  const prefix = role.promptPrefix.trim()
  const own = agent.parts.filter((part) => part.tier !== "role")
  return { fields, parts: prefix === "" ? own : [{ tier: "role", text: prefix }, ...own] }
}

/** True where a role has left an agent without any tool: it can only talk. */
export const isMute = (agent: Agent): boolean => {
  const tools = toolsOf(agent.fields.find((field) => field.key === "tools")?.value)
  return tools !== everything && tools.length === 0
}
