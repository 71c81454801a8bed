import { Clock, Effect, Schema } from "effect"
import { type KeyEnvironment, sameKey, variableOf } from "../domain/ApiKey.ts"
import { KeyExists } from "../domain/keyErrors.ts"
import { faint, good } from "../domain/text.ts"
import { ApiKeys } from "../services/ApiKeys.ts"
import { Output } from "../services/Output.ts"
import { askValue, keyNamed, KeyShown, nothingMore, shown } from "./keyShown.ts"

const KeySet = Schema.Struct({ key: KeyShown })

export const data = KeySet

export const run = Effect.fn("keys set")(function* (input: {
  readonly name: string
  readonly env: KeyEnvironment
  readonly rest: ReadonlyArray<string>
}) {
  yield* nothingMore("crewkit keys set", input.rest)
  const name = yield* keyNamed(input.name)
  const { env } = input
  const keys = yield* ApiKeys
  if ((yield* keys.list).some((key) => sameKey(key, { name, env }))) return yield* new KeyExists({ name, env })
  const value = yield* askValue(`Value of ${name} (${env}): `, `crewkit keys set ${name}`)
  const key = yield* keys.set(name, env, value)
  const output = yield* Output
  yield* output.summary(
    KeySet,
    { key: shown(key, yield* Clock.currentTimeMillis, yield* (yield* ApiKeys).rotationDays) },
    [
      [good("✓ "), `${name} (${env}) is in the ${key.store}`, faint(`  fingerprint ${key.fingerprint}`)],
      [faint(`  crewkit keys run --env ${env} -- COMMAND hands it on as ${variableOf(name)}`)]
    ]
  )
})
