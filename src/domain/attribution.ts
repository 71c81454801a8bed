/** Who changed a file: what Claude Code's hooks say, matched with what was seen on disk. */
import { Option, Schema } from "effect"
import type { Attribution } from "./logEvents.ts"

const optional = Schema.optionalKey

/** What a hook posts; all else in it is left alone. */
const HookInput = Schema.Struct({
  hook_event_name: Schema.String,
  session_id: optional(Schema.String),
  cwd: optional(Schema.String),
  tool_name: optional(Schema.String),
  tool_use_id: optional(Schema.String),
  agent_id: optional(Schema.String),
  agent_type: optional(Schema.String),
  tool_input: optional(Schema.Struct({ file_path: optional(Schema.String), notebook_path: optional(Schema.String) }))
})
export type HookInput = typeof HookInput.Type

export const decodeHook = Schema.decodeUnknownOption(Schema.fromJsonString(HookInput))

/** One use of a tool. */
export interface ToolUse {
  readonly by: Attribution
  /** As the log names it, or as the tool was given it; undefined for a tool that names no file. */
  readonly path: string | undefined
  /** Milliseconds; undefined where only its end was heard of. */
  readonly began: number | undefined
  /** Undefined while it runs. */
  readonly ended: number | undefined
}

const filled = <K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } =>
  // Boundary: a computed key widens to an index signature.
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string }

/** Claude Code's own words for who it was. */
export const byClaude = (hook: HookInput, evidence: "path" | "while-running"): Attribution => ({
  kind: "claude",
  evidence,
  ...filled("gen_ai.conversation.id", hook.session_id),
  ...filled("gen_ai.tool.name", hook.tool_name),
  ...filled("gen_ai.tool.call.id", hook.tool_use_id),
  // The main conversation has a type too, under --agent, but never an id.
  ...(hook.agent_id === undefined ? {} : filled("gen_ai.agent.name", hook.agent_type)),
  ...filled("gen_ai.agent.id", hook.agent_id)
})

/**
 * Milliseconds that a tool's end may lie before the moment in which its change is noticed: long where the tool named the
 * file, short where all that speaks for it is the time.
 */
const lag = { named: 1500, silent: 300 }

export interface Uses {
  readonly named: ReadonlyArray<ToolUse>
  readonly silent: ReadonlyArray<ToolUse>
}

export const noUses: Uses = { named: [], silent: [] }

/** What a hook adds to what is known; uses that ended long ago are let go. */
export const withHook = (uses: Uses, hook: HookInput, now: number): Uses => {
  const path = hook.tool_input?.file_path ?? hook.tool_input?.notebook_path
  const recent = (list: ReadonlyArray<ToolUse>) =>
    list.filter(({ ended }) => ended === undefined || now - ended < 60_000)
  const begins = hook.hook_event_name === "PreToolUse"
  const ends = hook.hook_event_name === "PostToolUse" || hook.hook_event_name === "PostToolUseFailure"
  if (!begins && !ends) return uses
  if (path !== undefined) {
    if (!ends) return uses
    const use = { by: byClaude(hook, "path"), path, began: undefined, ended: now }
    return { named: [...recent(uses.named), use], silent: recent(uses.silent) }
  }
  const isSame = ({ by }: ToolUse) => by["gen_ai.tool.call.id"] === hook.tool_use_id
  const before = uses.silent.find(isSame)
  const use: ToolUse = {
    by: byClaude(hook, "while-running"),
    path: undefined,
    began: before?.began ?? (begins ? now : undefined),
    ended: ends ? now : undefined
  }
  return { named: recent(uses.named), silent: [...recent(uses.silent.filter((one) => !isSame(one))), use] }
}

/** Who a change of `path` is put down to that was noticed at `noticed`; none where no tool of Claude's fits. */
export const attributed = (uses: Uses, path: string, noticed: number): Option.Option<Attribution> => {
  const fits =
    (most: number) =>
    ({ ended }: ToolUse) =>
      ended === undefined || ended > noticed - most
  const named = uses.named.findLast((use) => use.path === path && fits(lag.named)(use))
  if (named !== undefined) return Option.some(named.by)
  const silent = uses.silent.findLast((use) => (use.began ?? 0) <= noticed && fits(lag.silent)(use))
  return Option.fromNullishOr(silent?.by)
}
