/**
 * Writes that a client may repeat: under one `Idempotency-Key` a person's call is made once, and every repetition is
 * answered as the first one was. The key, the write and its answer are one transaction, so two that come at once are
 * one, whichever process they reach; a write that was refused leaves no key behind, and may be tried again.
 */
import { Clock, Effect, Redacted, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { refuse } from "./Refusal.ts"
import { Secrets } from "./Secrets.ts"
import { atomically } from "./transaction.ts"

const keyForm = /^[\x21-\x7e]{1,255}$/

export interface Call {
  readonly userId: string
  readonly endpoint: "POST /sessions" | "PATCH /sessions/:id" | "POST /agents/:name/modifications"
  readonly key: string | undefined
  /** All that decides what the call does: what stands in its path, and its body. */
  readonly request: ReadonlyArray<unknown>
}

interface Kept {
  readonly request: string
  readonly answer: string | null
}

export const once = Effect.fn("registry.once")(function* <A, I, E, R>(
  { endpoint, key, request, userId }: Call,
  answer: Schema.Codec<A, I>,
  work: Effect.Effect<A, E, R>
) {
  if (key === undefined) return yield* atomically(work)
  if (!keyForm.test(key)) {
    return yield* refuse("unprocessable", "Idempotency-Key has to be 1 to 255 visible ASCII characters")
  }
  const sql = yield* SqlClient.SqlClient
  const { hash } = yield* Secrets
  const asked = hash(Redacted.make(JSON.stringify(request)))
  const text = Schema.fromJsonString(answer)
  return yield* atomically(
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      // On Postgres this waits for another one that is at the same key, and then sees what became of it.
      const mine = yield* sql`INSERT INTO idempotency_keys (user_id, endpoint, key, request, created_at)
        VALUES (${userId}, ${endpoint}, ${key}, ${asked}, ${now})
        ON CONFLICT (user_id, endpoint, key) DO NOTHING RETURNING key`
      const at = sql`user_id = ${userId} AND endpoint = ${endpoint} AND key = ${key}`
      if (mine.length === 0) {
        const [kept] = yield* sql<Kept>`SELECT request, answer FROM idempotency_keys WHERE ${at}`
        return kept === undefined || kept.request !== asked
          ? yield* refuse("conflict", "this Idempotency-Key was used for another request")
          : yield* Schema.decodeUnknownEffect(text)(kept.answer)
      }
      const first = yield* work
      yield* sql`UPDATE idempotency_keys SET answer = ${yield* Schema.encodeEffect(text)(first)} WHERE ${at}`
      return first
    })
  )
})
