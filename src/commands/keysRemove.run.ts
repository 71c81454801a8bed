import { Effect, Schema } from "effect"
import { KeyEnvironment } from "../domain/ApiKey.ts"
import { faint, good } from "../domain/text.ts"
import { ApiKeys } from "../services/ApiKeys.ts"
import { Output } from "../services/Output.ts"
import { keyNamed, nothingMore } from "./keyShown.ts"

const KeyRemoved = Schema.Struct({ name: Schema.String, env: KeyEnvironment })

export const data = KeyRemoved

export const run = Effect.fn("keys remove")(function* (input: {
  readonly name: string
  readonly env: KeyEnvironment
  readonly rest: ReadonlyArray<string>
}) {
  yield* nothingMore("crewkit keys remove", input.rest)
  const name = yield* keyNamed(input.name)
  const { env } = input
  yield* (yield* ApiKeys).remove(name, env)
  const output = yield* Output
  yield* output.summary(KeyRemoved, { name, env }, [
    [good("✓ "), `${name} (${env}) is gone from this machine`],
    [faint("  it still works wherever else it is known; revoke it where it was issued")]
  ])
})
