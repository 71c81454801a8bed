/** What the commands of `keys` share. A name that is none is never printed: it may be a value. */
import { DateTime, Effect, Option, Redacted, Schema } from "effect"
import { ageOf, type ApiKey, isOverdue, isReserved, keyNameFrom, KeyEnvironment, variableOf } from "../domain/ApiKey.ts"
import { UsageError } from "../domain/errors.ts"
import { StoreName } from "../domain/storeErrors.ts"
import { Prompter } from "../services/Prompter.ts"

export const KeyShown = Schema.Struct({
  name: Schema.String,
  env: KeyEnvironment,
  /** The environment variable that `keys run` sets. */
  variable: Schema.String,
  created: Schema.String,
  rotated: Schema.String,
  lastUsed: Schema.NullOr(Schema.String),
  ageDays: Schema.Finite,
  overdue: Schema.Boolean,
  fingerprint: Schema.String,
  store: StoreName
})

const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

export const shown = (key: ApiKey, now: number, days: number): typeof KeyShown.Type => ({
  name: key.name,
  env: key.env,
  variable: variableOf(key.name),
  created: iso(key.created),
  rotated: iso(key.rotated),
  lastUsed: key.lastUsed === undefined ? null : iso(key.lastUsed),
  ageDays: ageOf(key, now),
  overdue: isOverdue(key, now, days),
  fingerprint: key.fingerprint,
  store: key.store
})

const named = "a name is lower-case letters, digits and hyphens: openai-api-key"

export const keyNamed = Effect.fnUntraced(function* (typed: string) {
  const name = keyNameFrom(typed)
  if (name === undefined) return yield* new UsageError({ problem: "that is not the name of a key", next: named })
  if (isReserved(variableOf(name))) {
    return yield* new UsageError({
      problem: `${variableOf(name)} is a variable that changes how programs run, so no key is called that`,
      next: named
    })
  }
  return name
})

export const nothingMore = (command: string, rest: ReadonlyArray<string>): Effect.Effect<void, UsageError> =>
  rest.length === 0
    ? Effect.void
    : Effect.fail(
        new UsageError({
          problem: `${command} takes one name and nothing after it: a value on the command line stays in the shell's history, and everybody on this machine can see it`,
          next: `${command} NAME asks for the value; if that was a real one, replace it where it was issued`
        })
      )

/** From standard input where that is no terminal, else asked for without echo. */
export const askValue = Effect.fnUntraced(function* (question: string, command: string) {
  const prompter = yield* Prompter
  const piped = yield* prompter.piped
  const value = Option.isSome(piped) ? piped : yield* prompter.secret(question)
  if (Option.isNone(value) || Redacted.value(value.value) === "") {
    return yield* new UsageError({
      problem: "no value was given",
      next: `${command} < FILE, or run it in a terminal and type the value`
    })
  }
  if (Redacted.value(value.value).includes("\0")) {
    return yield* new UsageError({
      problem: "the value holds a NUL byte, which no environment variable can",
      next: "give the value as text, from a terminal or a pipe"
    })
  }
  return value.value
})
