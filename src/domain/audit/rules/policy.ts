/** What goes beyond what the team allows: tools, MCP servers, hook commands, and fields that are missing. */
import type { Value } from "../../Agent.ts"
import { type AuditedFile, type Entry, entryOf, type Span } from "../AuditedFile.ts"
import type { GrantedTool } from "../ClientModel.ts"
import type { Hit, RuleInfo } from "../Finding.ts"
import { matchesAny, matchesGlob } from "../glob.ts"
import { toolsAllowed } from "../Policy.ts"
import type { Rule, RuleContext } from "../Rule.ts"

const about = (id: string, title: string, severity: RuleInfo["severity"], why: string, remedy: string): RuleInfo => ({
  id,
  category: "policy",
  title,
  severity,
  why,
  remedy
})

/** The agent as policies name it: as the client loads it, or else as the file is called. */
const nameOf = (file: AuditedFile, { model }: RuleContext): string =>
  model.loading.loads ? model.loading.name : file.path.replace(/^.*\//, "").replace(/\.md$/, "")

/** Where to point when what is meant stands nowhere: the first key, or the beginning of the file. */
const anchor = (file: AuditedFile): Span =>
  file.frontmatter.entries[0]?.keySpan ?? { start: 0, end: Math.min(3, file.text.length) }

/** Where a word stands in the value of a key, or the whole value. */
const placeIn = (file: AuditedFile, entry: Entry, word: string): Span => {
  const text = file.text.slice(entry.valueSpan.start, entry.valueSpan.end)
  const at = text.indexOf(word)
  if (at === -1) return entry.valueSpan.end > entry.valueSpan.start ? entry.valueSpan : entry.keySpan
  return { start: entry.valueSpan.start + at, end: entry.valueSpan.start + at + word.length }
}

const written = ({ scope, tool }: GrantedTool): string => (scope === undefined ? tool : `${tool}(${scope})`)

/** What a shell would take as a second command. */
const chains = /[;&|`$<>\n]/

/** `git:*` and `git *` allow `git diff:*`, and no more than one command. */
const allowsScope = (allowed: string, scope: string): boolean => {
  if (allowed === scope) return true
  const open = /^(.*?)(?::\*| \*)$/.exec(allowed)?.[1]
  if (open === undefined || chains.test(scope)) return false
  const asked = scope.replace(/:\*$/, "")
  return asked === open || asked.startsWith(`${open} `)
}

const allowsTool = (pattern: string, { scope, tool }: GrantedTool): boolean => {
  const parts = /^([^(]+)\((.*)\)$/s.exec(pattern)
  if (parts === null) return matchesGlob(pattern, tool)
  const [, name = "", allowed = ""] = parts
  return name === tool && scope !== undefined && allowsScope(allowed, scope)
}

const tools: Rule = {
  ...about(
    "beyond-policy-tools",
    "More tools than the policy allows",
    "high",
    "The team has said which tools such an agent may have. This one has others, so it can do what nobody agreed to.",
    "List only tools that the policy allows. Or, if the agent needs this one, add it to audit.tools in .agent/config.yml."
  ),
  check: (file, context) => {
    const { model, policy } = context
    if (policy === undefined) return []
    const lists = toolsAllowed(policy, nameOf(file, context), policy.role)
    if (lists.length === 0) return []
    const entry = entryOf(file, "tools")
    if (model.tools.everything) {
      if (lists.every((allow) => allow.includes("*"))) return []
      const place = entry === undefined ? anchor(file) : placeIn(file, entry, "*")
      const message = "it has every tool of the session, and the policy allows it a list"
      return [{ ...place, message, confidence: "high", identity: "every tool" }]
    }
    return model.tools.granted
      .filter((tool) => !lists.every((allow) => allow.some((pattern) => allowsTool(pattern, tool))))
      .map((tool): Hit => {
        const place = entry === undefined ? anchor(file) : placeIn(file, entry, written(tool))
        return {
          ...place,
          message: `the policy does not allow it ${written(tool)}`,
          confidence: "high",
          identity: written(tool)
        }
      })
  }
}

const isRecord = (value: Value | undefined): value is { readonly [key: string]: Value } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Names of servers, as a list of names and of mappings, or as one mapping. */
const serversIn = (value: Value): ReadonlyArray<string> => {
  if (typeof value === "string") return value.split(",").map((name) => name.trim())
  if (Array.isArray(value)) return value.flatMap((each: Value) => (typeof each === "string" ? [each] : serversIn(each)))
  return isRecord(value) ? Object.keys(value) : []
}

const serverOf = (tool: string): string | undefined => /^mcp__(.+?)(?:__.*)?$/s.exec(tool)?.[1]

const mcp: Rule = {
  ...about(
    "beyond-policy-mcp",
    "An MCP server that the policy does not allow",
    "high",
    "An MCP server is a program of its own that sees what the agent sees. The team has said which ones it trusts.",
    "Take the server out. Or, if the team trusts it, add its name to audit.mcpServers in .agent/config.yml."
  ),
  check: (file, { model, policy }) => {
    if (policy === undefined || policy.mcpServers.length === 0) return []
    const places = new Map<string, Span>()
    const servers = entryOf(file, "mcpServers")
    const listed = entryOf(file, "tools")
    for (const tool of model.tools.granted) {
      const name = serverOf(tool.tool)
      if (name !== undefined && listed !== undefined) places.set(name, placeIn(file, listed, tool.tool))
    }
    for (const name of servers === undefined ? [] : serversIn(servers.value)) {
      if (servers !== undefined && name !== "") places.set(name, placeIn(file, servers, name))
    }
    return [...places]
      .filter(([name]) => !policy.mcpServers.every((allowed) => matchesAny(allowed, name)))
      .map(([name, place]): Hit => ({
        ...place,
        message: `the policy does not allow the MCP server ${name}`,
        confidence: "high",
        identity: name
      }))
  }
}

/** What a hook may run or call: strings under these keys, wherever they stand in `hooks:`. */
const hookKeys = new Set(["command", "url", "prompt"])

const commandsIn = (value: Value): ReadonlyArray<string> => {
  if (Array.isArray(value)) return value.flatMap((each: Value) => commandsIn(each))
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === "string" ? (hookKeys.has(key) ? [inner] : []) : commandsIn(inner)
  )
}

/** Of a command, as much as fits into a sentence. Characters. */
const quoted = 60

const hooks: Rule = {
  ...about(
    "beyond-policy-hooks",
    "A hook that the policy does not allow",
    "high",
    "A hook runs on the machine of whoever uses the agent, without being asked for, whatever tools the agent has.",
    "Take the hook out. Or, if the team wants it, add its command to audit.hooks in .agent/config.yml."
  ),
  check: (file, { policy }) => {
    const entry = entryOf(file, "hooks")
    if (policy === undefined || policy.hooks.length === 0 || entry === undefined) return []
    return commandsIn(entry.value)
      .filter((command) => !policy.hooks.every((allowed) => matchesAny(allowed, command)))
      .map((command): Hit => {
        const shown = command.length > quoted ? `${command.slice(0, quoted)}…` : command
        return {
          ...placeIn(file, entry, command),
          message: `the policy does not allow the hook ${shown}`,
          confidence: "high",
          identity: command
        }
      })
  }
}

const isEmpty = (entry: Entry | undefined): boolean =>
  entry === undefined || entry.value === null || (typeof entry.value === "string" && entry.value.trim() === "")

const fields: Rule = {
  ...about(
    "beyond-policy-fields",
    "A field that the policy requires is missing",
    "medium",
    "The team has said which fields every agent has to have: who keeps it, say, or which model it is written for.",
    "Add the field to the frontmatter."
  ),
  check: (file, { policy }) =>
    (policy?.required ?? [])
      .filter((key) => isEmpty(entryOf(file, key)))
      .map((key): Hit => ({
        ...(entryOf(file, key)?.keySpan ?? anchor(file)),
        message: `the field ${key} is missing`,
        confidence: "high",
        identity: key
      }))
}

export const policyRules: ReadonlyArray<Rule> = [tools, mcp, hooks, fields]
