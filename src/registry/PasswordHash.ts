import { Context, type Effect, type Redacted } from "effect"

/** Slow hashes for what a person chose; a few at a time, since each takes memory on purpose. */
export class PasswordHash extends Context.Service<
  PasswordHash,
  {
    /** One line with its parameters and salt. */
    readonly hash: (password: Redacted.Redacted) => Effect.Effect<string>
    /** Takes its full time for no stored hash too, so that time does not tell who has an account. */
    readonly verify: (password: Redacted.Redacted, stored: string | null) => Effect.Effect<boolean>
  }
>()("@crewkit/cli/registry/PasswordHash") {}
