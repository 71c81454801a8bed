/** When the registry is told in the background: at once, then now and then, ever more rarely where it cannot be had. */
import { Effect, Fiber, Semaphore } from "effect"
import {
  deliverAtEndSeconds,
  deliverEverySeconds,
  deliverFirstSeconds,
  retryDelivery,
  waitForLock
} from "../services/policies.ts"

/** `more`: it was not all. `busy`: somebody else is at it. */
export type Turn = "done" | "more" | "busy"

export interface LoopOptions<E> {
  /** One round. */
  readonly turn: Effect.Effect<Turn, E>
  /** Whether the same may be tried again later; else this was the last time. */
  readonly isPassing: (error: E) => boolean
  /** Seconds that the registry asks to be left alone. */
  readonly pause: (error: E) => number
  /** Whether the last round has got nowhere, so that a last one is not worth waiting for. */
  readonly isVain: () => boolean
}

/** For as long as the scope lives. `last` gives it one more round, and 2 s for that; then it is over. */
export const tellNowAndThen = Effect.fnUntraced(function* <E>({ isPassing, isVain, pause, turn }: LoopOptions<E>) {
  const one = yield* Semaphore.make(1)
  const turnAlone = one.withPermit(turn)
  const loop = Effect.gen(function* () {
    yield* Effect.sleep(`${deliverFirstSeconds} seconds`)
    for (;;) {
      const turned = yield* turnAlone.pipe(
        Effect.tapError((error) => Effect.sleep(`${isPassing(error) ? pause(error) : 0} seconds`)),
        Effect.retry({ schedule: retryDelivery, while: isPassing })
      )
      yield* Effect.sleep(`${turned === "more" ? deliverFirstSeconds : deliverEverySeconds} seconds`)
    }
  })
  // Detached: whatever it is at that cannot be interrupted, nobody waits for it.
  const fiber = yield* Effect.forkDetach(Effect.exit(loop))
  yield* Effect.addFinalizer(() => Effect.sync(() => fiber.interruptUnsafe()))

  const rest = turnAlone.pipe(
    Effect.repeat({ while: (turned) => turned === "more" }),
    Effect.repeat({ schedule: waitForLock, while: (turned) => turned === "busy" })
  )
  return {
    last: Effect.gen(function* () {
      if (!isVain()) {
        const last = yield* Effect.forkDetach(Effect.exit(rest))
        yield* Effect.timeoutOption(Fiber.await(last), `${deliverAtEndSeconds} seconds`)
        last.interruptUnsafe()
      }
      fiber.interruptUnsafe()
    })
  }
})
