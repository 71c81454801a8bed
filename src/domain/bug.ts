/** What is a mistake of crewkit's own: an error that is none of those a command knows and explains. */
import { Predicate, Runtime, Schema } from "effect"
import type { Explained } from "./errors.ts"

export const isExplained = (error: unknown): error is { readonly _tag: unknown; readonly message: unknown } =>
  Predicate.hasProperty(error, "_tag") &&
  Predicate.hasProperty(error, "message") &&
  Predicate.hasProperty(error, Runtime.errorExitCode)

export const bugProblem = (error: unknown) => ({
  code: "Bug",
  message: `crewkit made a mistake: ${error instanceof Error ? error.message : String(error)}`,
  next: "run it again with --debug, and report what it prints: https://github.com/karibew/crewkit-cli/issues"
})

const isJson = Schema.is(Schema.Json)

/** An error as it is printed, and as the `error` of `--json`. */
export interface Problem extends Omit<Explained, "_tag"> {
  readonly code: string
}

/** What an error says for itself; a defect says that it is one. */
export const problemOf = (error: unknown): Problem => {
  if (isExplained(error)) {
    const next = Predicate.hasProperty(error, "next") && Predicate.isString(error.next) ? error.next : undefined
    const details = Predicate.hasProperty(error, "details") && isJson(error.details) ? error.details : undefined
    return {
      code: String(error._tag),
      message: String(error.message),
      ...(next === undefined ? {} : { next }),
      ...(details === undefined ? {} : { details })
    }
  }
  return bugProblem(error)
}
