import { Context, type Effect, type Option } from "effect"
import type { ClaudeExited, ClaudeMissing, ClaudeTimedOut } from "../domain/claudeErrors.ts"

export interface LaunchOptions {
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds: what runs longer is ended, with all that it started. */
  readonly limit?: number | undefined
}

/** The Claude Code program on this machine. */
export class ClaudeCode extends Context.Service<
  ClaudeCode,
  {
    /** `CLAUDE_PATH`, then `PATH`. Absolute. */
    readonly find: Effect.Effect<string, ClaudeMissing>
    /** What it calls its version, `2.1.330`; none where it does not say within a second. */
    readonly version: (program: string) => Effect.Effect<Option.Option<string>>
    /**
     * Runs it in the same terminal and process group, passes signals on, and fails with its exit code where that is
     * not 0 (128 + signal for one that a signal ended).
     */
    readonly launch: (
      program: string,
      args: ReadonlyArray<string>,
      cwd: string,
      more?: LaunchOptions
    ) => Effect.Effect<void, ClaudeExited | ClaudeMissing | ClaudeTimedOut>
  }
>()("@crewkit/cli/services/ClaudeCode") {}
