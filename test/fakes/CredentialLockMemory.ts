import { Effect, Layer, Semaphore } from "effect"
import { CredentialLock } from "../../src/services/CredentialLock.ts"

/** One lock for all processes of a test. */
export const layer = Layer.effect(
  CredentialLock,
  Effect.gen(function* () {
    const one = yield* Semaphore.make(1)
    return CredentialLock.of({ exclusive: (_, work) => one.withPermits(1)(work) })
  })
)
