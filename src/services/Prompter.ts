import { Context, type Effect, type Option, type Redacted } from "effect"

/**
 * Questions to the person at the terminal; never anywhere else: not without a terminal on both sides, and not with
 * `--no-input` or `--json`.
 */
export class Prompter extends Context.Service<
  Prompter,
  {
    /** `--yes` answers yes; where nobody can be asked the answer is no. */
    readonly confirm: (question: string) => Effect.Effect<boolean>
    /** Whether there is anybody to ask. */
    readonly possible: Effect.Effect<boolean>
    /** All of standard input, for a value that is handed over by a pipe; 64 KiB at most. */
    readonly piped: Effect.Effect<Redacted.Redacted>
    /** The typed text, or the proposal where nobody can be asked. */
    readonly text: (question: string, proposal: string) => Effect.Effect<string>
    /** Typed without echo, `--yes` or not; none where nobody can be asked. */
    readonly secret: (question: string) => Effect.Effect<Option.Option<Redacted.Redacted>>
  }
>()("@crewkit/cli/services/Prompter") {}
