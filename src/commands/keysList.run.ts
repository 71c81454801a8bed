import { Clock, Effect, Schema } from "effect"
import { counted, faint, type Line, warn } from "../domain/text.ts"
import { ApiKeys } from "../services/ApiKeys.ts"
import { Output } from "../services/Output.ts"
import { KeyShown, shown } from "./keyShown.ts"

const KeysList = Schema.Struct({ keys: Schema.Array(KeyShown) })

export const data = KeysList

export const run = Effect.fn("keys list")(function* () {
  const now = yield* Clock.currentTimeMillis
  const api = yield* ApiKeys
  const days = yield* api.rotationDays
  const keys = (yield* api.list).map((key) => shown(key, now, days))
  const width = Math.max(...keys.map((key) => key.name.length), 0)
  const lines = keys.map((key): Line => {
    const age = counted(key.ageDays, "day").padEnd(10)
    const used = key.lastUsed === null ? "never used" : `used ${key.lastUsed.slice(0, 10)}`
    return [
      key.name.padEnd(width + 2),
      key.env.padEnd(6),
      key.overdue ? warn(age) : age,
      used.padEnd(17),
      faint(`${key.fingerprint}  ${key.store}`)
    ]
  })
  const output = yield* Output
  for (const key of keys.filter((one) => one.overdue)) {
    yield* output.warn(
      `${key.name} (${key.env}) is ${key.ageDays} days old, and ${days} is the limit: crewkit keys rotate ${key.name} --env ${key.env}`
    )
  }
  yield* output.result(KeysList, { keys }, lines.length === 0 ? [["no API keys; crewkit keys set NAME"]] : lines)
})
