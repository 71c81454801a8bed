/** Programs that an agent starts beside its tools: hooks and MCP servers, and the mode that asks nobody. */
import { entryOf } from "../AuditedFile.ts"
import type { Value } from "../../Agent.ts"
import type { Confidence, Hit, Severity } from "../Finding.ts"
import { matchesAny } from "../glob.ts"
import type { Rule } from "../Rule.ts"
import { valuePlace } from "./frontmatterText.ts"
import { faultOf, meansToBlock } from "./hookBlocking.ts"
import { finder, hooksOf, type HookEntry } from "./hookEntries.ts"
import { listed, shown } from "./shown.ts"

const what = (hook: HookEntry): string => {
  const on = `on ${shown(hook.event, 30).slice(1, -1)}`
  if (hook.type === "http") return `${on}, what the event holds is sent to ${shown(hook.subject)}`
  if (hook.type === "command") return `${on}, the client runs ${shown(hook.subject)}`
  return `${on}, the client starts a hook of type ${shown(hook.type, 20)}`
}

/** Whether somebody has said what is allowed, and every list of theirs allows this. */
const allows = (lists: ReadonlyArray<ReadonlyArray<string>> | undefined, what: string): boolean =>
  lists !== undefined && lists.length > 0 && lists.every((list) => matchesAny(list, what))

export const hooksExecute: Rule = {
  id: "hooks-execute",
  category: "permissions",
  title: "Hooks that run commands",
  severity: "medium",
  why: "The client runs an agent's hooks itself, outside of the agent's tools and without asking: `tools: Read` does not hold them back.",
  remedy:
    "Read each command as if it were a script that you install. Move hooks that the whole team needs into the project's settings, and allow the others in the policy.",
  check: (file, { policy }) =>
    hooksOf(file).map((hook): Hit => ({
      ...hook.place,
      message: what(hook),
      confidence: "high",
      severity:
        (hook.type === "command" || hook.type === "http") && !allows(policy?.hooks, hook.subject) ? "medium" : "low",
      identity: `${hook.event} ${hook.subject}`
    }))
}

const judged = (
  hook: HookEntry,
  certain: boolean
): { readonly severity: Severity; readonly confidence: Confidence } => {
  if (hook.type === "http" && certain) return { severity: "low", confidence: "high" }
  if (!meansToBlock(hook)) return { severity: "low", confidence: certain ? "high" : "medium" }
  return { severity: "high", confidence: certain ? "high" : "medium" }
}

export const blockingHookThatDoesNotBlock: Rule = {
  id: "blocking-hook-that-does-not-block",
  category: "permissions",
  title: "A hook that means to block, and does not",
  severity: "high",
  why: "Only exit code 2 or a JSON answer that says deny stops a tool. Any other exit code, a wrong event or matcher, or a hook in the background lets it run, while everybody believes that it is guarded.",
  remedy:
    "Leave with `exit 2` and say why on standard error, under PreToolUse and a matcher that names the tool; or set `onFailure: block`.",
  check: (file) =>
    hooksOf(file).flatMap((hook): ReadonlyArray<Hit> => {
      const fault = faultOf(hook)
      if (fault === undefined) return []
      return [
        {
          ...hook[fault.at],
          message: `this hook does not block: ${fault.reason}`,
          ...judged(hook, fault.certain),
          identity: `${hook.event} ${hook.matcher ?? ""} ${hook.subject}`
        }
      ]
    })
}

interface Server {
  readonly name: string
  readonly config: Value
  /** In one mapping, or in a list in a list: the client takes items of a list only. */
  readonly ignored: boolean
}

const serversIn = (value: Value, depth = 0): ReadonlyArray<Server> => {
  if (Array.isArray(value)) return value.flatMap((each: Value) => serversIn(each, depth + 1))
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).map(([name, config]) => ({ name, config, ignored: depth !== 1 }))
}

const isText = (value: Value): value is string => typeof value === "string"

interface Started {
  readonly said: string
  /** The whole of what it is: nothing beside a command line or an address, such as an environment. */
  readonly plain: string | undefined
}

const whole = new Set(["type", "command", "args"])
const wholeRemote = new Set(["type", "url"])

const started = (config: Value): Started | undefined => {
  if (typeof config !== "object" || config === null || Array.isArray(config)) return undefined
  const fields = new Map(Object.entries(config))
  const command = fields.get("command")
  const url = fields.get("url")
  const list = fields.get("args")
  const onlyHas = (keys: ReadonlySet<string>): boolean => [...fields.keys()].every((key) => keys.has(key))
  if (typeof url === "string")
    return { said: `connects to ${shown(url)}`, plain: onlyHas(wholeRemote) ? url : undefined }
  if (typeof command !== "string") return undefined
  const args: ReadonlyArray<Value> = Array.isArray(list) ? list : []
  const line = [command, ...args.filter(isText)].join(" ")
  return { said: `starts ${shown(line)}`, plain: onlyHas(whole) ? line : undefined }
}

export const inlineMcpServer: Rule = {
  id: "inline-mcp-server",
  category: "permissions",
  title: "Brings an MCP server along",
  severity: "medium",
  why: "The client starts the server when the agent starts, whatever `tools` says: a program, or a connection, that comes with a Markdown file.",
  remedy:
    "Set the server up in the project's `.mcp.json`, where people approve it, and name it here; or allow it in the policy.",
  check: (file, { policy }) => {
    const entry = entryOf(file, "mcpServers")
    if (entry === undefined) return []
    const find = finder(file, entry.valueSpan, entry.keySpan)
    return serversIn(entry.value).map(({ config, ignored, name }): Hit => {
      const does = started(config)
      const server = `the MCP server ${shown(name, 30)}`
      // A bare name starts nothing; what the client ignores today, another version or another client may start.
      if (does === undefined)
        return {
          ...find(name),
          message: `${server} is named in a mapping, which starts none; to use one of the session write it as an item of a list`,
          confidence: "high",
          severity: "low",
          identity: name
        }
      return {
        ...find(name),
        message: `${server} ${does.said}${ignored ? ", where the client takes only items of a list" : ""}`,
        confidence: "high",
        severity: does.plain !== undefined && allows(policy?.mcpServers, does.plain) ? "low" : "medium",
        identity: `${name} ${does.said}`
      }
    })
  }
}

const modes: ReadonlyMap<string, readonly [Severity, string]> = new Map([
  ["bypassPermissions", ["high", "every tool runs without a question"]],
  ["auto", ["medium", "a model decides instead of a person what runs without a question"]],
  ["acceptEdits", ["low", "files are changed, made and removed without a question"]]
])

export const bypassingPermissionMode: Rule = {
  id: "bypassing-permission-mode",
  category: "permissions",
  title: "Sets a mode that skips permission checks",
  severity: "high",
  why: "The mode of an agent takes the place of the session's: what the person would have been asked about just happens.",
  remedy:
    "Remove `permissionMode`, so that the session's own mode holds, or list the few allowed commands in the settings.",
  check: (file) => {
    const entry = entryOf(file, "permissionMode")
    if (entry === undefined || typeof entry.value !== "string") return []
    const [severity, effect] = modes.get(entry.value) ?? []
    if (severity === undefined || effect === undefined) return []
    return [
      {
        ...valuePlace(entry),
        message: `permission mode ${listed([entry.value])}: ${effect}`,
        confidence: "high",
        severity,
        identity: entry.value
      }
    ]
  }
}
