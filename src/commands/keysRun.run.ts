import { Effect, Redacted } from "effect"
import { type ApiKey, type KeyEnvironment, variableOf } from "../domain/ApiKey.ts"
import { UsageError } from "../domain/errors.ts"
import { KeysMixed, KeyUnknown, keyUnknown } from "../domain/keyErrors.ts"
import { ApiKeys } from "../services/ApiKeys.ts"
import { ChildProgram } from "../services/ChildProgram.ts"
import { Output } from "../services/Output.ts"
import { keyNamed } from "./keyShown.ts"

interface Input {
  readonly env: KeyEnvironment
  readonly only: string
  readonly mixed: boolean
  readonly command: ReadonlyArray<string>
}

/** Tells a `keys run` inside of another one which environment it is in. */
const marker = "CREWKIT_KEYS_ENV"

const namesOf = (only: string) =>
  Effect.forEach(
    only
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
    keyNamed
  )

/** Each name's key for this environment; with `mixed`, the other environment's where this one has none. */
const chosen = Effect.fnUntraced(function* (all: ReadonlyArray<ApiKey>, { env, mixed, only }: Input) {
  const asked = yield* namesOf(only)
  if (only !== "" && asked.length === 0) {
    return yield* new UsageError({
      problem: "--only names no key",
      next: "--only NAME,NAME; crewkit keys list shows them"
    })
  }
  const own = new Map(all.filter((key) => key.env === env).map((key) => [key.name, key]))
  const other = new Map(all.filter((key) => key.env !== env).map((key) => [key.name, key]))
  if (asked.length === 0) {
    const keys = mixed ? [...new Map([...other, ...own]).values()] : [...own.values()]
    return keys.length === 0 ? yield* new KeyUnknown({ env }) : keys
  }
  return yield* Effect.forEach(new Set(asked), (name) => {
    const key = own.get(name) ?? (mixed ? other.get(name) : undefined)
    if (key !== undefined) return Effect.succeed(key)
    return Effect.fail(
      other.has(name)
        ? new KeysMixed({ problem: `${name} is there for ${env === "dev" ? "prod" : "dev"} alone, not for ${env}` })
        : keyUnknown({ name, env }, all)
    )
  })
})

export const data = undefined

export const run = Effect.fn("keys run")(function* (input: Input) {
  const [program, ...args] = input.command
  if (program === undefined) {
    return yield* new UsageError({ problem: "there is no program to run", next: "crewkit keys run -- COMMAND" })
  }
  const child = yield* ChildProgram
  const around = yield* child.inherited(marker)
  if (around !== "" && around !== input.env && !input.mixed) {
    return yield* new KeysMixed({ problem: `this runs inside of a program that was given keys for ${around}` })
  }
  const keys = yield* ApiKeys
  const handed = yield* chosen(yield* keys.list, input)
  const variables = new Map<string, Redacted.Redacted>([[marker, Redacted.make(input.env)]])
  for (const key of handed) variables.set(variableOf(key.name), yield* keys.value(key))
  const output = yield* Output
  yield* keys
    .used(handed)
    .pipe(Effect.catch((error) => output.warn(`when the keys were last used could not be noted: ${error.message}`)))
  return yield* child.run([program, ...args], variables)
})
