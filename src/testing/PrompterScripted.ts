/** The person at the terminal. */
import { Effect, Layer } from "effect"
import { Prompter } from "../services/Prompter.ts"

/**
 * A person who gives this answer to every question; without one, nobody is there. `yes` confirms, all else declines.
 * Nothing is typed without echo, and nothing comes from a pipe.
 */
export const layer = (answer: string | undefined) =>
  Layer.succeed(
    Prompter,
    Prompter.of({
      possible: Effect.succeed(answer !== undefined),
      confirm: () => Effect.succeed(answer === "yes"),
      text: (_, proposal) => Effect.succeed(answer ?? proposal),
      secret: () => Effect.succeedNone,
      piped: Effect.succeedNone
    })
  )
