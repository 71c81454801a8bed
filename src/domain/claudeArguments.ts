/** What a call of Claude Code says about its session and its settings. Verified with Claude Code 2.1.330. */
import { Schema } from "effect"

export interface ClaudeArguments {
  /** The last `--settings`, which alone counts: a path or JSON. */
  readonly settings: string | undefined
  readonly withoutSettings: ReadonlyArray<string>
  /** Whether an id may be chosen: it is not given, and no earlier session is gone on with. */
  readonly newSession: boolean
  readonly sessionId: string | undefined
  /** Flags that switch hooks off. */
  readonly hooksOff: boolean
}

const goesOn = new Set(["--continue", "-c", "--resume", "-r", "--from-pr", "--teleport"])
const withoutHooks = new Set(["--bare", "--safe-mode"])

/** The value of `--name value` or `--name=value` at this place, and how many words it takes. */
const valueAt = (args: ReadonlyArray<string>, index: number, name: string): readonly [string, number] | undefined => {
  const word = args[index] ?? ""
  if (word.startsWith(`${name}=`)) return [word.slice(name.length + 1), 1]
  return word === name ? [args[index + 1] ?? "", 2] : undefined
}

export const claudeArguments = (args: ReadonlyArray<string>): ClaudeArguments => {
  const withoutSettings: Array<string> = []
  let settings: string | undefined
  let sessionId: string | undefined
  let newSession = true
  let hooksOff = false
  for (let index = 0; index < args.length;) {
    const word = args[index] ?? ""
    if (word === "--") {
      withoutSettings.push(...args.slice(index))
      break
    }
    const passed = valueAt(args, index, "--settings")
    const chosen = valueAt(args, index, "--session-id")
    if (passed !== undefined) settings = passed[0]
    if (chosen !== undefined) sessionId = chosen[0]
    if (goesOn.has(word) || word.startsWith("--resume=")) newSession = false
    if (withoutHooks.has(word)) hooksOff = true
    const [, words] = passed ?? chosen ?? ["", 1]
    if (passed === undefined) withoutSettings.push(...args.slice(index, index + words))
    index += words
  }
  return { settings, withoutSettings, newSession: newSession && sessionId === undefined, sessionId, hooksOff }
}

const Hooks = Schema.Record(Schema.String, Schema.Array(Schema.Json))
const SettingsText = Schema.fromJsonString(
  Schema.StructWithRest(
    Schema.Struct({ hooks: Schema.optionalKey(Hooks), disableAllHooks: Schema.optionalKey(Schema.Boolean) }),
    [Schema.Record(Schema.String, Schema.Json)]
  )
)

/** A person's own settings, as text; none where they are not what Claude Code takes. */
export const decodeSettings = Schema.decodeUnknownOption(SettingsText)
export type ClaudeSettings = typeof SettingsText.Type

/** Tools that write and name the file, and tools that may write anything and name nothing. */
const naming = "Write|Edit|MultiEdit|NotebookEdit"
const silent = "Bash|PowerShell|mcp__.*"

/** Which hooks this session needs, over the person's own. The header is what keeps others from posting. */
export const withHooks = (settings: ClaudeSettings, url: string, token: string): ClaudeSettings => {
  const hook = { type: "http", url, headers: { "X-Crewkit-Token": token }, timeout: 5 }
  const on = (matcher?: string) => ({ ...(matcher === undefined ? {} : { matcher }), hooks: [hook] })
  const ours: Record<string, ReadonlyArray<Schema.Json>> = {
    UserPromptSubmit: [on()],
    PreToolUse: [on(silent)],
    PostToolUse: [on(`${naming}|${silent}`)],
    PostToolUseFailure: [on(`${naming}|${silent}`)],
    SubagentStart: [on()],
    SubagentStop: [on()],
    SessionEnd: [on()]
  }
  const hooks: Record<string, ReadonlyArray<Schema.Json>> = { ...settings.hooks }
  for (const [event, entries] of Object.entries(ours)) hooks[event] = [...(hooks[event] ?? []), ...entries]
  return { ...settings, hooks }
}
