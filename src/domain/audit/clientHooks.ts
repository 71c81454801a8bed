/** Which `hooks` and `mcpServers` of an agent's own Claude Code 2.1.330 takes; it runs them in trusted folders only. */
import type { Value } from "../Agent.ts"
import { type AuditedFile, entryOf } from "./AuditedFile.ts"

type Fields = { readonly [key: string]: Value }

const isFields = (value: Value | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const listOf = (value: Value | undefined): ReadonlyArray<Value> | undefined =>
  Array.isArray(value) ? value.map((each: Value) => each) : undefined

const isText = (value: Value | undefined): value is string => typeof value === "string"
const isTexts = (value: Value | undefined): boolean => listOf(value)?.every(isText) ?? false
const isTextFields = (value: Value | undefined): boolean => isFields(value) && Object.values(value).every(isText)
const isFlag = (value: Value | undefined): boolean => typeof value === "boolean"
const isSeconds = (value: Value | undefined): boolean => typeof value === "number" && value > 0

const isUrl = (value: Value | undefined): boolean => isText(value) && URL.canParse(value)

type Shape = { readonly [key: string]: (value: Value | undefined) => boolean }

const fits = (fields: Fields, needed: Shape, optional: Shape): boolean =>
  Object.entries(needed).every(([key, fit]) => fit(fields[key])) &&
  Object.entries(optional).every(([key, fit]) => fields[key] === undefined || fit(fields[key]))

const common: Shape = { timeout: isSeconds, if: isText, statusMessage: isText, once: isFlag }

const hookShapes: { readonly [type: string]: readonly [needed: Shape, optional: Shape] } = {
  command: [
    { command: isText },
    {
      args: isTexts,
      async: isFlag,
      asyncRewake: isFlag,
      rewakeMessage: isText,
      shell: (value) => value === "bash" || value === "powershell"
    }
  ],
  prompt: [{ prompt: isText }, { model: isText }],
  agent: [{ prompt: isText }, { model: isText }],
  http: [{ url: isUrl }, { headers: isTextFields }],
  mcp_tool: [{ server: isText, tool: isText }, { input: isFields }]
}

const isHook = (value: Value): boolean => {
  if (!isFields(value) || !isText(value["type"]) || !Object.hasOwn(hookShapes, value["type"])) return false
  const shape = hookShapes[value["type"]]
  return shape !== undefined && fits(value, shape[0], { ...common, ...shape[1] })
}

const isMatched = (value: Value): value is Fields =>
  isFields(value) &&
  (value["matcher"] === undefined || isText(value["matcher"])) &&
  listOf(value["hooks"]) !== undefined

/** Events at which a hook can forbid a tool: where one of theirs is malformed, the client does not load the agent. */
const guarding = ["PreToolUse", "PermissionRequest"] as const

/** Events of which the client runs hooks. */
export const knownEvents: ReadonlySet<string> = new Set([
  ...guarding,
  "PostToolUse",
  "PostToolUseFailure",
  "PostToolBatch",
  "Notification",
  "UserPromptSubmit",
  "UserPromptExpansion",
  "SessionStart",
  "SessionEnd",
  "Stop",
  "StopFailure",
  "SubagentStart",
  "SubagentStop",
  "PreCompact",
  "PostCompact",
  "PermissionDenied",
  "Setup",
  "TeammateIdle",
  "TaskCreated",
  "TaskCompleted",
  "Elicitation",
  "ElicitationResult",
  "ConfigChange",
  "WorktreeCreate",
  "WorktreeRemove",
  "InstructionsLoaded",
  "CwdChanged",
  "FileChanged",
  "PreModelSwitch",
  "PostModelSwitch",
  "MessageDisplay",
  "DirectoryAdded"
])

const isNothing = (value: Value | undefined): boolean =>
  value === undefined || value === null || value === false || value === "" || value === 0

/** Why `hooks` keeps the agent from loading, or undefined. */
export const hooksProblem = (hooks: Value | undefined): string | undefined => {
  if (isNothing(hooks)) return undefined
  if (!isFields(hooks)) return "hooks is not a list of events"
  for (const event of guarding) {
    const value = hooks[event]
    if (value === undefined || value === null) continue
    const whole =
      listOf(value)?.every((each) => isMatched(each) && (listOf(each["hooks"]) ?? []).every(isHook)) ?? false
    if (!whole) return `a hook of ${event} is malformed, and it might have been one that forbids`
  }
  return undefined
}

/** Events at which something of the agent's own runs. A malformed hook of one that forbids nothing is left out alone. */
export const hookEvents = (hooks: Value | undefined): ReadonlyArray<string> =>
  isFields(hooks)
    ? Object.entries(hooks)
        .filter(
          ([event, value]) =>
            knownEvents.has(event) &&
            (listOf(value) ?? []).some((each) => isMatched(each) && (listOf(each["hooks"]) ?? []).some(isHook))
        )
        .map(([event]) => event)
    : []

const remote: ReadonlySet<Value | undefined> = new Set<Value | undefined>(["http", "sse", "ws", "streamable-http"])

const isServer = (value: Value | undefined): boolean => {
  if (!isFields(value)) return false
  if (remote.has(value["type"])) return isText(value["url"]) && fits(value, {}, { headers: isTextFields })
  if (value["type"] !== undefined && value["type"] !== "stdio") return false
  return isText(value["command"]) && value["command"] !== "" && fits(value, {}, { args: isTexts, env: isTextFields })
}

/** Names of the servers that start with the agent: items `name: {command: …}` of a list. A bare name starts none. */
export const inlineServers = (file: AuditedFile): ReadonlyArray<string> =>
  (listOf(entryOf(file, "mcpServers")?.value) ?? []).flatMap((item) => {
    const [only, ...others] = isFields(item) ? Object.entries(item) : []
    return only !== undefined && others.length === 0 && isServer(only[1]) ? [only[0]] : []
  })
