import { Effect, Schema } from "effect"
import { Slug } from "../domain/AgentName.ts"
import { ConfigInvalid } from "../domain/errors.ts"

/** A slug that a flag gave. */
export const slugIn = (flag: string, value: string): Effect.Effect<Slug, ConfigInvalid> =>
  Effect.mapError(
    Schema.decodeEffect(Slug)(value),
    () =>
      new ConfigInvalid({
        file: flag,
        line: 1,
        column: 1,
        problem: "lower-case letters, digits and hyphens, at most 64",
        suggestion: "crewkit --help"
      })
  )
