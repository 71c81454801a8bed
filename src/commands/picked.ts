import { Effect, Option } from "effect"
import { UsageError } from "../domain/errors.ts"
import { CurrentCommand } from "../services/Invocation.ts"
import { type Choice, Prompter } from "../services/Prompter.ts"

/**
 * An argument, or what the person picks in its place. Where nobody can be asked, or there is nothing to pick from, it is
 * the usage error of an argument that is missing.
 */
export const picked = Effect.fnUntraced(function* <E, R>(
  given: Option.Option<string>,
  argument: string,
  question: string,
  choices: Effect.Effect<ReadonlyArray<Choice>, E, R>
) {
  if (Option.isSome(given)) return given.value
  const prompter = yield* Prompter
  const list = (yield* prompter.possible) ? yield* choices : []
  const answer = list.length === 0 ? Option.none<string>() : yield* prompter.choose(question, list)
  if (Option.isSome(answer)) return answer.value
  return yield* new UsageError({
    problem: `Missing required argument: ${argument}`,
    next: `crewkit ${yield* CurrentCommand} --help`
  })
})

/** Titles in columns: each part but the last as wide as the widest. */
export const inColumns = (
  rows: ReadonlyArray<{ readonly value: string; readonly parts: ReadonlyArray<string> }>
): ReadonlyArray<Choice> => {
  const widths = (rows[0]?.parts ?? []).map((_, column) =>
    Math.max(...rows.map(({ parts }) => parts[column]?.length ?? 0))
  )
  return rows.map(({ parts, value }) => ({
    value,
    title: parts
      .map((part, column) => part.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd()
  }))
}
