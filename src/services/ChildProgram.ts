import { Context, type Effect, type Redacted } from "effect"
import type { ProgramExited, ProgramMissing } from "../domain/keyErrors.ts"

/** Runs a program in this terminal. */
export class ChildProgram extends Context.Service<
  ChildProgram,
  {
    /** What this process itself got in its environment; empty where there is nothing. */
    readonly inherited: (variable: string) => Effect.Effect<string>
    /**
     * Same terminal and process group, these variables beside our own; passes signals on, and fails with the
     * program's exit code where that is not 0 (128 + signal for one that a signal ended).
     */
    readonly run: (
      command: readonly [program: string, ...args: ReadonlyArray<string>],
      variables: ReadonlyMap<string, Redacted.Redacted>
    ) => Effect.Effect<void, ProgramExited | ProgramMissing>
  }
>()("@crewkit/cli/services/ChildProgram") {}
