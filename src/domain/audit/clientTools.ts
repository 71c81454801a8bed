/** Which tools Claude Code 2.1.330 gives a sub-agent, by `tools`, `disallowedTools` and `memory` of its file. */
import type { Value } from "../Agent.ts"
import { type AuditedFile, entryOf, type Span } from "./AuditedFile.ts"
import type { GrantedTool, ToolGrant } from "./ClientModel.ts"

/** What a sub-agent without a `tools` key was seen to get, and `Glob` and `Grep`, which stand in for `Bash`. */
const alwaysOffered = [
  "Agent",
  "Bash",
  "CronCreate",
  "CronDelete",
  "CronList",
  "DesignSync",
  "Edit",
  "EnterWorktree",
  "ExitWorktree",
  "Glob",
  "Grep",
  "ListAgents",
  "Monitor",
  "NotebookEdit",
  "Read",
  "ReportFindings",
  "SendMessage",
  "Skill",
  "TaskStop",
  "ToolSearch",
  "WebFetch",
  "WebSearch",
  "Write"
] as const

/** Tools of some sessions only, by system, setting or server: not seen in the test, and taken for granted all the same. */
const sometimesOffered = ["LSP", "ListMcpResourcesTool", "PowerShell", "ReadMcpResourceTool", "TaskOutput"] as const

const known: ReadonlySet<string> = new Set([...alwaysOffered, ...sometimesOffered])

/** Names of before that the client still takes. */
const aliases: ReadonlyMap<string, string> = new Map([
  ["Task", "Agent"],
  ["KillShell", "TaskStop"],
  ["KillBash", "TaskStop"]
])

/** At commas and spaces outside of parentheses, which do not nest; line ends and tabs divide nothing. */
export const splitAsClient = (text: string): ReadonlyArray<string> => {
  const tokens: Array<string> = []
  let [start, inScope] = [0, false]
  for (let at = 0; at <= text.length; at++) {
    const character = text[at]
    if (character === "(") inScope = true
    else if (character === ")") inScope = false
    else if (character === undefined || (!inScope && (character === "," || character === " "))) {
      const token = text.slice(start, at).trim()
      if (token !== "") tokens.push(token)
      start = at + 1
    }
  }
  return tokens
}

/** The entries of a text or a list of texts; whatever else stands there is none, a list in the list included. */
const tokensOf = (value: Value): ReadonlyArray<string> =>
  (Array.isArray(value) ? value : [value]).flatMap((each: Value) =>
    typeof each === "string" ? splitAsClient(each) : []
  )

/** `Bash(git diff:*)` in its two parts; an entry with a parenthesis out of place stays whole, and is no tool. */
const parted = (token: string): GrantedTool => {
  const open = token.indexOf("(")
  return open > 0 && token.endsWith(")") && token.at(-2) !== "\\"
    ? { tool: token.slice(0, open), scope: token.slice(open + 1, -1) }
    : { tool: token }
}

/** `mcp__server`, `mcp__server__tool` and `mcp__server__*`; another `*` is none. */
const mcpTool = /^mcp__[^*]*[^*_](?:__\*)?$/

const resolved = (token: string): GrantedTool | undefined => {
  const { scope, tool } = parted(token)
  const name = aliases.get(tool) ?? tool
  if (!known.has(name) && !mcpTool.test(name)) return undefined
  return scope === undefined || scope === "" || scope === "*" ? { tool: name } : { tool: name, scope }
}

/** Whether an entry for MCP tools covers another: all of a server, say, one tool of it. */
const covers = (wide: string, narrow: string): boolean => {
  if (wide === narrow || (wide === "mcp__*" && narrow.startsWith("mcp__"))) return true
  const server = wide.endsWith("__*") ? wide.slice(0, -3) : wide
  return (
    server.startsWith("mcp__") && (narrow === server || narrow === `${server}__*` || narrow.startsWith(`${server}__`))
  )
}

/** What `disallowedTools` names; a `*` in it makes the client ignore all of it. */
const removedBy = (value: Value | undefined): ReadonlyArray<GrantedTool> => {
  const tokens = value === undefined ? [] : tokensOf(value)
  if (tokens.includes("*")) return []
  const removed = new Map<string, GrantedTool>()
  for (const token of tokens) {
    const one = parted(token).tool === "mcp__*" ? { tool: "mcp__*" } : resolved(token)
    if (one === undefined) continue
    // A part cannot be taken away: `Bash(rm:*)` takes all of Bash.
    removed.set(one.tool, { tool: one.tool })
    if (one.tool === "Bash") removed.set("Monitor", { tool: "Monitor" })
  }
  return [...removed.values()]
}

const memories: ReadonlySet<Value> = new Set<Value>(["user", "project", "local"])

/** What the client keeps notes for, or undefined. */
export const memoryOf = (file: AuditedFile): string | undefined => {
  const value = entryOf(file, "memory")?.value
  return typeof value === "string" && memories.has(value) ? value : undefined
}

/** Where the entries of the list stand in the text, in their order. */
const placed = (file: AuditedFile, within: Span, tokens: ReadonlyArray<string>) => {
  let from = within.start
  return tokens.map((name) => {
    const at = file.text.indexOf(name, from)
    if (at === -1 || at + name.length > within.end) return { name, start: within.start, end: within.end }
    from = at + name.length
    return { name, start: at, end: from }
  })
}

export const toolsOf = (file: AuditedFile): ToolGrant => {
  const entry = entryOf(file, "tools")
  const removed = removedBy(entryOf(file, "disallowedTools")?.value)
  const isRemoved = ({ tool }: GrantedTool): boolean => removed.some((one) => covers(one.tool, tool))
  const tokens = entry === undefined ? [] : tokensOf(entry.value)
  if (entry === undefined || tokens.includes("*")) {
    const because = entry === undefined ? "absent" : "wildcard"
    return { everything: true, because, granted: [], dropped: [], removed, refused: false }
  }
  const granted = new Map<string, GrantedTool>()
  const grant = (one: GrantedTool): void => {
    // The entry without a scope says what both give.
    if (one.scope === undefined || !granted.has(one.tool)) granted.set(one.tool, one)
  }
  for (const token of tokens) {
    const one = resolved(token)
    if (one !== undefined) grant(one)
  }
  if (memoryOf(file) !== undefined) for (const tool of ["Read", "Write", "Edit"]) grant({ tool })
  const left = [...granted.values()].filter((one) => !isRemoved(one))
  return {
    everything: false,
    because: "listed",
    granted: left,
    dropped: placed(file, entry.valueSpan, tokens).filter(({ name }) => resolved(name) === undefined),
    removed,
    refused: tokens.length > 0 && left.length === 0 && ![...granted.keys()].some((tool) => tool.startsWith("mcp__"))
  }
}
