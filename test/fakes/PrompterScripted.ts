import { Effect, Layer, Option } from "effect"
import { Prompter } from "../../src/services/Prompter.ts"

/** A person who gives this answer to every question, and picks it from lists or else the first entry; without one, nobody is there. */
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
