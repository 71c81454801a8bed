import { Clock, Effect, Schema } from "effect"
import { type KeyEnvironment, sameKey } from "../domain/ApiKey.ts"
import { keyUnknown } from "../domain/keyErrors.ts"
import { faint, good } from "../domain/text.ts"
import { ApiKeys } from "../services/ApiKeys.ts"
import { Output } from "../services/Output.ts"
import { askValue, keyNamed, KeyShown, nothingMore, shown } from "./keyShown.ts"

const KeyRotated = Schema.Struct({ key: KeyShown, changed: Schema.Boolean })

export const data = KeyRotated

export const run = Effect.fn("keys rotate")(function* (input: {
  readonly name: string
  readonly env: KeyEnvironment
  readonly rest: ReadonlyArray<string>
}) {
  yield* nothingMore("crewkit keys rotate", input.rest)
  const name = yield* keyNamed(input.name)
  const { env } = input
  const keys = yield* ApiKeys
  const all = yield* keys.list
  const before = all.find((key) => sameKey(key, { name, env }))
  if (before === undefined) return yield* keyUnknown({ name, env }, all)
  const value = yield* askValue(`New value of ${name} (${env}): `, `crewkit keys rotate ${name}`)
  const key = yield* keys.rotate(name, env, value)
  const output = yield* Output
  const changed = key.fingerprint !== before.fingerprint
  if (!changed) yield* output.warn("the new value looks the same as the old one")
  yield* output.summary(
    KeyRotated,
    { key: shown(key, yield* Clock.currentTimeMillis, yield* (yield* ApiKeys).rotationDays), changed },
    [
      [
        good("✓ "),
        `${name} (${env}) has a new value`,
        faint(`  fingerprint ${before.fingerprint} → ${key.fingerprint}`)
      ],
      [faint("  revoke the old one where it was issued")]
    ]
  )
})
