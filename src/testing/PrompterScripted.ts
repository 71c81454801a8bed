/** The person at the terminal. */
import { Effect, Layer, Option } from "effect"
import { Prompter } from "../services/Prompter.ts"

/**
 * A person who gives this answer to every question; without one, nobody is there. `yes` confirms, all else declines. From a list it
 * picks what is called so, or else the first entry.
 * Nothing is typed without echo, and nothing comes from a pipe.
 */
export const layer = (answer: string | undefined) =>
  Layer.succeed(
    Prompter,
    Prompter.of({
      possible: Effect.succeed(answer !== undefined),
      confirm: () => Effect.succeed(answer === "yes"),
      text: (_, proposal) => Effect.succeed(answer ?? proposal),
      choose: (_, choices) =>
        Effect.succeed(
          answer === undefined
            ? Option.none()
            : Option.fromUndefinedOr(choices.find(({ value }) => value === answer) ?? choices[0]).pipe(
                Option.map(({ value }) => value)
              )
        ),
      secret: () => Effect.succeedNone,
      piped: Effect.succeedNone
    })
  )
