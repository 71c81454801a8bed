import { Effect, Schema } from "effect"
import type { Problem } from "../api/errors.ts"
import { internal, problem } from "./requests.ts"
import type { Served } from "./Served.ts"

/** A request that is understood and not granted, with a sentence for the caller. It undoes the transaction it is in. */
export class Refusal extends Schema.TaggedError<Refusal>()("Refusal", {
  code: Schema.Literals(["forbidden", "not_found", "conflict", "unprocessable"]),
  message: Schema.String
}) {}

export const refuse = (code: Refusal["code"], message: string) => Effect.fail(new Refusal({ code, message }))

const problemOf = ({ code, message }: Refusal) => {
  switch (code) {
    case "forbidden":
      return problem(code, message)
    case "not_found":
      return problem(code, message)
    case "conflict":
      return problem(code, message)
    case "unprocessable":
      return problem(code, message)
  }
}

const isRefusal = Schema.is(Refusal)

const told = (error: { readonly message: string }): Effect.Effect<never, Problem, Served> =>
  isRefusal(error) ? Effect.fail(problemOf(error)) : internal(Effect.fail(error))

/** Refusals as the contract's errors; any other failure is the registry's own. */
export const answered = <A, E extends { readonly message: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.catch(effect, told)
