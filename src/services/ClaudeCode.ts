import { Context, type Effect } from "effect"
import type { ClaudeExited, ClaudeMissing } from "../domain/errors.ts"

/** The Claude Code program on this machine. */
export class ClaudeCode extends Context.Service<
  ClaudeCode,
  {
    /** `CLAUDE_PATH`, then `PATH`. Absolute. */
    readonly find: Effect.Effect<string, ClaudeMissing>
    /**
     * Runs it in the same terminal and process group, passes signals on, and fails with its exit code where that is
     * not 0 (128 + signal for one that a signal ended).
     */
    readonly launch: (
      program: string,
      args: ReadonlyArray<string>,
      cwd: string
    ) => Effect.Effect<void, ClaudeExited | ClaudeMissing>
  }
>()("@crewkit/cli/services/ClaudeCode") {}
