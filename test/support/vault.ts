/** A vault that costs nothing to open. */
import { Effect, Redacted } from "effect"
import type { Passphrase } from "../../src/layers/vaultPassphrase.ts"

export const cheap = { N: 16, r: 1, p: 1 }
export const words = "correct horse battery"

/** Somebody who types these, one after the other, and remembers how often they were asked. */
export const typing = (...answers: ReadonlyArray<string>): Passphrase & { readonly asked: () => number } => {
  let count = 0
  const next = Effect.sync(() => Redacted.make(answers[Math.min(count++, answers.length - 1)] ?? ""))
  return { asked: () => count, ask: () => Effect.asSome(next), choose: next }
}
