import { Context, type Effect, type Result } from "effect"
import type { Agent, AgentSource } from "../domain/Agent.ts"

export interface ParsedAgent {
  readonly source: AgentSource
  /** What was repaired or looks wrong. Lines count from 1. */
  readonly remarks: ReadonlyArray<{ readonly line?: number; readonly text: string }>
}

/** Why a file cannot be an agent. */
export interface Unreadable {
  readonly line?: number
  readonly reason: string
}

/** Reading and writing agent files: Markdown under YAML frontmatter. Pure functions over text. */
export interface AgentCodec {
  /** Reads what Claude Code reads, repairs what it repairs, and says so. */
  readonly parse: (text: string) => Result.Result<ParsedAgent, Unreadable>
  /** Text that Claude Code loads whole; `comment` lines stand as YAML comments at the top. */
  readonly render: (agent: Agent, comment: ReadonlyArray<string>) => string
}

/** The form of an agent file. */
export class AgentFormat extends Context.Service<
  AgentFormat,
  {
    /** Counts up whenever `render` would give other bytes for the same agent. */
    readonly version: number
    /** Loaded when first needed. */
    readonly codec: Effect.Effect<AgentCodec>
  }
>()("@crewkit/cli/services/AgentFormat") {}
