/** What is a mistake of crewkit's own: an error that is none of those a command knows and explains. */
import { Predicate, Runtime } from "effect"

export const isExplained = (error: unknown): error is { readonly _tag: unknown; readonly message: unknown } =>
  Predicate.hasProperty(error, "_tag") &&
  Predicate.hasProperty(error, "message") &&
  Predicate.hasProperty(error, Runtime.errorExitCode)

export const bugProblem = (error: unknown) => ({
  code: "Bug",
  message: `crewkit made a mistake: ${error instanceof Error ? error.message : String(error)}`,
  next: "run it again with --debug, and report what it prints: https://github.com/karibew/crewkit-cli/issues"
})
