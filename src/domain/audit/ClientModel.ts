/**
 * What Claude Code does with an agent file, as measured on the real binary of `verifiedWith`
 * (test/e2e/clientModel.test.ts asks it again): whether it loads, under which name, and what it may then do.
 */
import { Schema } from "effect"
import type { Span } from "./AuditedFile.ts"
import { growing } from "../growing.ts"

export const verifiedWith = "2.1.330"

/**
 * A tool with the scope written after it: `Bash(git diff:*)` is `{ tool: "Bash", scope: "git diff:*" }`. The client
 * drops the scope: a sub-agent with that entry runs any command that one with `Bash` runs, and `Agent(helper)` starts
 * any agent. `tool` is the name of today: `Task` is `Agent`, `KillShell` is `TaskStop`.
 */
export const GrantedTool = Schema.Struct({ tool: Schema.String, scope: Schema.optionalKey(Schema.String) })
export type GrantedTool = typeof GrantedTool.Type

export interface ToolGrant {
  /** Every tool of the session, those of MCP servers included, less `removed`. */
  readonly everything: boolean
  /** Why: no `tools` key, `*`, or a key that the client does not know. */
  readonly because: "absent" | "wildcard" | "listed"
  /** What is left of the list, additions by `memory` included; empty where `everything`. */
  readonly granted: ReadonlyArray<GrantedTool>
  /** Names in the list that the client drops without a word, with their places. */
  readonly dropped: ReadonlyArray<Span & { readonly name: string }>
  /** What `disallowedTools` takes away. */
  readonly removed: ReadonlyArray<GrantedTool>
  /**
   * Names stand in the list, and none of them is a tool: the client loads the agent and refuses to start it. (With an
   * empty list it starts, and can only talk.)
   */
  readonly refused: boolean
}

/** What an agent can do, in the order of a capability table. One that does not load or start can do nothing. */
export const Capability = Schema.Literals([
  "reads files",
  "writes files",
  "runs commands",
  "reaches the network",
  "spawns agents",
  "uses MCP tools",
  "starts MCP servers",
  "runs hooks",
  "keeps memory",
  "skips permission checks"
]).annotate(growing)
export type Capability = typeof Capability.Type

/** `scoped`: only as far as `by` says, such as one MCP server of several. */
export const Reach = Schema.Literals(["no", "scoped", "yes"])
export type Reach = typeof Reach.Type

export const CapabilityRow = Schema.Struct({
  capability: Capability,
  reach: Reach,
  /**
   * By what: `Bash`, `Write, Edit`, `memory: project`, `no tools key`. Commands and agents started read, write and reach
   * the network too, so `Bash` or `Agent` stands there where no tool of its own does it.
   */
  by: Schema.String
})
export type CapabilityRow = typeof CapabilityRow.Type

export type Loading =
  | { readonly loads: true; readonly name: string; readonly description: string }
  | { readonly loads: false; readonly reason: string; readonly at: Span }

export interface ClientModel {
  readonly loading: Loading
  readonly tools: ToolGrant
  /** One row for each capability, in their order. */
  readonly capabilities: ReadonlyArray<CapabilityRow>
}
