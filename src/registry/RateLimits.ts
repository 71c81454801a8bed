import { Clock, Context, Data, Effect, Layer, Redacted } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import type { Limit } from "./policy.ts"
import { Secrets } from "./Secrets.ts"
import { atomically } from "./transaction.ts"

type Tries = ReadonlyArray<readonly [Limit, string]>

/** Undoes the counting of one try when another one of the same request is over its limit. */
class Over extends Data.TaggedError("Over")<{ readonly wait: number }> {}

/**
 * How often something may be tried in a while. In the state, so it holds for all processes that share it, and a restart
 * forgets nothing. A try is counted before it is made and given back where it was no guess, so that a hundred at once
 * do not all pass.
 */
export class RateLimits extends Context.Service<
  RateLimits,
  {
    /** Undefined where it may be tried; else the seconds to wait. `tries` go together: all are counted, or none. */
    readonly take: (tries: Tries) => Effect.Effect<number | undefined, SqlError.SqlError>
    readonly giveBack: (tries: Tries) => Effect.Effect<void, SqlError.SqlError>
  }
>()("@crewkit/cli/registry/RateLimits") {
  static readonly layer = Layer.effect(
    RateLimits,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { hash } = yield* Secrets
      /** In one order whoever asks, so that two that touch the same rows never wait for each other. */
      const rowsOf = (tries: Tries) =>
        tries
          .map(([limit, who]) => ({ limit, key: hash(Redacted.make(`${limit.name} ${who}`)) }))
          .sort((a, b) => (a.key < b.key ? -1 : 1))
      const inState = Effect.provideService(SqlClient.SqlClient, sql)

      const count = Effect.fnUntraced(function* (key: string, { count: most, window }: Limit, now: number) {
        const [row] = yield* sql<{ readonly until_at: number; readonly count: number }>`
          INSERT INTO rate_limits (key, from_at, until_at, count) VALUES (${key}, ${now}, ${now + window}, 1)
          ON CONFLICT (key) DO UPDATE SET
            count = CASE WHEN rate_limits.until_at <= excluded.from_at THEN 1 ELSE rate_limits.count + 1 END,
            from_at = CASE WHEN rate_limits.until_at <= excluded.from_at THEN excluded.from_at ELSE rate_limits.from_at END,
            until_at = CASE WHEN rate_limits.until_at <= excluded.from_at THEN excluded.until_at ELSE rate_limits.until_at END
          RETURNING until_at, count`
        return row !== undefined && row.count > most ? row.until_at - now : 0
      })

      return RateLimits.of({
        take: (tries) =>
          atomically(
            Effect.gen(function* () {
              const now = yield* Clock.currentTimeMillis
              let wait = 0
              for (const { key, limit } of rowsOf(tries)) wait = Math.max(wait, yield* count(key, limit, now))
              if (wait > 0) return yield* new Over({ wait: Math.ceil(wait / 1000) })
              return undefined
            })
          ).pipe(
            Effect.catchTag("Over", ({ wait }) => Effect.succeed(wait)),
            inState
          ),
        giveBack: (tries) =>
          atomically(
            Effect.forEach(
              rowsOf(tries),
              ({ key }) => sql`UPDATE rate_limits SET count = count - 1 WHERE key = ${key} AND count > 0`,
              { discard: true }
            )
          ).pipe(inState)
      })
    })
  )
}
