import { Context, type Effect, type Option, type Redacted } from "effect"

/** One entry of a list. */
export interface Choice {
  readonly value: string
  readonly title: string
}

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
    /** The typed text, or the proposal where nobody can be asked. */
    readonly text: (question: string, proposal: string) => Effect.Effect<string>
    /** The value that is picked from a list; interrupts at Esc and Ctrl-C. None where nobody can be asked. */
    readonly choose: (question: string, choices: ReadonlyArray<Choice>) => Effect.Effect<Option.Option<string>>
    /** Typed without echo, `--yes` or not; none where nobody can be asked. */
    readonly secret: (question: string) => Effect.Effect<Option.Option<Redacted.Redacted>>
    /** All of standard input without its last line end, at most 64 KiB; none where it is a terminal. */
    readonly piped: Effect.Effect<Option.Option<Redacted.Redacted>>
  }
>()("@crewkit/cli/services/Prompter") {}
