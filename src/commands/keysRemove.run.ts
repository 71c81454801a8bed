import { DateTime, Effect, Schema } from "effect"
import { KeyEnvironment, sameKey } from "../domain/ApiKey.ts"
import { faint, good, warn } from "../domain/text.ts"
import { minuteText } from "../domain/when.ts"
import { ApiKeys } from "../services/ApiKeys.ts"
import { Output } from "../services/Output.ts"
import { agreed } from "./agreed.ts"
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
  const keys = yield* ApiKeys
  const output = yield* Output
  const key = (yield* keys.list).find((each) => sameKey(each, { name, env }))
  if (key !== undefined) {
    const since = minuteText(DateTime.formatIso(DateTime.makeUnsafe(key.rotated)))
    const question = `Delete ${name} (${env}), set ${since}, from the ${key.store}? Nothing brings its value back.`
    const removed = yield* agreed(question, `delete ${name} (${env})`, `crewkit keys remove ${name} --env ${env} --yes`)
    if (!removed) return yield* output.text([[warn("nothing was deleted")]])
  }
  yield* keys.remove(name, env)
  yield* output.summary(KeyRemoved, { name, env }, [
    [good("✓ "), `${name} (${env}) is gone from this machine`],
    [faint("  it still works wherever else it is known; revoke it where it was issued")]
  ])
})
