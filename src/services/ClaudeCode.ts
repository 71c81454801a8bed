import { Context, type Effect, type Option } from "effect"
import type { ClaudeExited, ClaudeMissing } from "../domain/errors.ts"

/** The Claude Code program on this machine. */
export class ClaudeCode extends Context.Service<
  ClaudeCode,
  {
    /** `CLAUDE_PATH`, then `PATH`. Absolute. */
    readonly find: Effect.Effect<string, ClaudeMissing>
    /** What it calls its version, `2.1.330`; none where it does not say within a second. */
    readonly version: (program: string) => Effect.Effect<Option.Option<string>>
    /**
     * Runs it with `env` added to the environment, in the same terminal and process group, passes signals on, and fails with its exit code where that is
     * not 0 (128 + signal for one that a signal ended).
     */
    readonly launch: (
      program: string,
      args: ReadonlyArray<string>,
      cwd: string,
      env?: Readonly<Record<string, string>>
    ) => Effect.Effect<void, ClaudeExited | ClaudeMissing>
  }
>()("@crewkit/cli/services/ClaudeCode") {}
