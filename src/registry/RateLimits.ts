import { Clock, Context, Effect, Layer, Ref } from "effect"
import type { Limit } from "./policy.ts"

interface Window {
  readonly from: number
  readonly count: number
}

/** So many keys at most: somebody with many addresses is not to fill the memory. */
const maxKeys = 20_000

/**
 * How often something may be tried in a while. In memory: a restart forgets, and the limits are short. A try is counted
 * before it is made and given back where it was no guess, so that a hundred at once do not all pass.
 */
export class RateLimits extends Context.Service<
  RateLimits,
  {
    /** Undefined where it may be tried; else the seconds to wait. `tries` go together: all are counted, or none. */
    readonly take: (tries: ReadonlyArray<readonly [Limit, string]>) => Effect.Effect<number | undefined>
    readonly giveBack: (tries: ReadonlyArray<readonly [Limit, string]>) => Effect.Effect<void>
  }
>()("@crewkit/cli/registry/RateLimits") {
  static readonly layer = Layer.effect(
    RateLimits,
    Effect.gen(function* () {
      const windows = yield* Ref.make<ReadonlyMap<string, Window>>(new Map())
      const keyOf = ([limit, who]: readonly [Limit, string]): string => `${limit.name} ${who}`
      return RateLimits.of({
        take: Effect.fnUntraced(function* (tries) {
          const now = yield* Clock.currentTimeMillis
          return yield* Ref.modify(windows, (all) => {
            let wait = 0
            const next = new Map(all)
            for (const each of tries) {
              const [limit] = each
              const key = keyOf(each)
              const known = all.get(key)
              const window = known !== undefined && now < known.from + limit.window ? known : { from: now, count: 0 }
              if (window.count >= limit.count) wait = Math.max(wait, window.from + limit.window - now)
              next.delete(key)
              next.set(key, { ...window, count: window.count + 1 })
            }
            if (wait > 0) return [Math.ceil(wait / 1000), all]
            // The oldest go first; what is over is most of them.
            for (const key of next.keys()) {
              if (next.size <= maxKeys) break
              next.delete(key)
            }
            return [undefined, next]
          })
        }),
        giveBack: (tries) =>
          Ref.update(windows, (all) => {
            const next = new Map(all)
            for (const each of tries) {
              const window = next.get(keyOf(each))
              if (window !== undefined) next.set(keyOf(each), { ...window, count: Math.max(0, window.count - 1) })
            }
            return next
          })
      })
    })
  )
}
