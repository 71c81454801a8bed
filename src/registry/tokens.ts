/**
 * Access and refresh tokens. A login is a family: one refresh token is alive in it at a time, each use replaces it, and
 * a token that was replaced before ends the family (RFC 9700 section 4.14.2).
 */
import { Clock, Effect, Option, Redacted, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { accessTokenSeconds, keepAnswers, keepEnded, refreshIdle } from "./policy.ts"
import { token, uuid } from "./random.ts"
import { Secrets } from "./Secrets.ts"
import { Served } from "./Served.ts"
import { mineToSweep } from "./stateTables.ts"
import { atomically, forUpdate } from "./transaction.ts"

/** RFC 6749 section 5.1, as it goes on the wire. */
export interface TokenAnswer {
  readonly access_token: string
  readonly token_type: "Bearer"
  readonly expires_in: number
  readonly refresh_token: string
}

const kept = Schema.fromJsonString(
  Schema.Struct({
    access_token: Schema.String,
    token_type: Schema.Literal("Bearer"),
    expires_in: Schema.Finite,
    refresh_token: Schema.String
  })
)
const readKept = Schema.decodeUnknownOption(kept)

export interface Owner {
  readonly familyId: string
  readonly userId: string
  readonly email: string
  readonly name: string
  readonly org: string
}

/** A new pair in a family; the caller holds the transaction. */
const issue = Effect.fnUntraced(function* (familyId: string, now: number) {
  const sql = yield* SqlClient.SqlClient
  const { hash } = yield* Secrets
  const access = yield* token("ckat_")
  const refresh = yield* token("ckrt_")
  yield* sql`INSERT INTO access_tokens (hash, family_id, expires_at)
    VALUES (${hash(access)}, ${familyId}, ${now + accessTokenSeconds * 1000})`
  yield* sql`INSERT INTO refresh_tokens (hash, family_id) VALUES (${hash(refresh)}, ${familyId})`
  yield* sql`UPDATE families SET expires_at = ${now + refreshIdle} WHERE id = ${familyId}`
  const answer: TokenAnswer = {
    access_token: Redacted.value(access),
    token_type: "Bearer",
    expires_in: accessTokenSeconds,
    refresh_token: Redacted.value(refresh)
  }
  return answer
})

/** Begins a family; the caller holds the transaction. */
export const begin = Effect.fnUntraced(function* (userId: string, clientId: string, now: number) {
  const sql = yield* SqlClient.SqlClient
  const familyId = yield* uuid
  yield* sql`INSERT INTO families (id, user_id, client_id, created_at, expires_at)
    VALUES (${familyId}, ${userId}, ${clientId}, ${now}, ${now + refreshIdle})`
  return { familyId, answer: yield* issue(familyId, now) }
})

/**
 * Everything that changes a family or its tokens takes this first: two that do wait for each other, and in one order.
 */
const lockFamily = Effect.fnUntraced(function* (familyId: string) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`SELECT id FROM families WHERE id = ${familyId} ${yield* forUpdate}`
})

/** Ends a login: its refresh token and every access token; the caller holds the transaction. */
export const endFamily = Effect.fnUntraced(function* (familyId: string, why: "logout" | "reuse" | "no-member") {
  const sql = yield* SqlClient.SqlClient
  const now = yield* Clock.currentTimeMillis
  yield* lockFamily(familyId)
  yield* sql`UPDATE families SET revoked_at = ${now}, revoked_why = ${why} WHERE id = ${familyId} AND revoked_at IS NULL`
  yield* sql`DELETE FROM access_tokens WHERE family_id = ${familyId}`
  yield* sql`UPDATE refresh_tokens SET answer = NULL WHERE family_id = ${familyId}`
})

interface RefreshRow {
  readonly family_id: string
  readonly client_id: string
  readonly revoked_at: number | null
  readonly expires_at: number
  readonly rotated_at: number | null
  readonly answer: Uint8Array | null
  readonly answer_until: number | null
}

export type Rotation =
  | { readonly _tag: "Rotated"; readonly answer: TokenAnswer }
  | { readonly _tag: "Refused"; readonly why: string }

const refused = (why: string): Rotation => ({ _tag: "Refused", why })

/**
 * One use of a refresh token. What it decides is a value and no failure: a failure would roll back the revocation with
 * the transaction that made it.
 */
export const rotate = Effect.fn("registry.rotate")(function* (presented: Redacted.Redacted, clientId: string) {
  const sql = yield* SqlClient.SqlClient
  const secrets = yield* Secrets
  const { graceSeconds } = yield* Served
  const hash = secrets.hash(presented)
  return yield* atomically(
    Effect.gen(function* () {
      const [known] = yield* sql<{ readonly family_id: string }>`
        SELECT family_id FROM refresh_tokens WHERE hash = ${hash}`
      if (known !== undefined) yield* lockFamily(known.family_id)
      // Inside of the transaction, or one that waited for its turn would count time from before it.
      const now = yield* Clock.currentTimeMillis
      const [row] = yield* sql<RefreshRow>`
        SELECT t.family_id, f.client_id, f.revoked_at, f.expires_at, t.rotated_at, t.answer, t.answer_until
        FROM refresh_tokens t JOIN families f ON f.id = t.family_id WHERE t.hash = ${hash}`
      if (row === undefined || row.client_id !== clientId) return refused("the refresh token is not known")
      if (row.revoked_at !== null) return refused("this login was ended")
      if (now >= row.expires_at) return refused("this login was not used for too long")
      if (row.rotated_at === null) {
        const answer = yield* issue(row.family_id, now)
        const sealed = graceSeconds === 0 ? null : yield* secrets.seal(presented, JSON.stringify(answer))
        yield* sql`UPDATE refresh_tokens
          SET rotated_at = ${now}, answer = ${sealed}, answer_until = ${now + graceSeconds * 1000} WHERE hash = ${hash}`
        return { _tag: "Rotated", answer } satisfies Rotation
      }
      if (row.answer !== null && now < (row.answer_until ?? 0)) {
        const answer = Option.flatMap(yield* secrets.open(presented, row.answer), readKept)
        if (Option.isSome(answer)) return { _tag: "Rotated", answer: answer.value } satisfies Rotation
      }
      yield* endFamily(row.family_id, "reuse")
      return refused("the refresh token was used before; this login is ended")
    })
  )
})

const ownerColumns = `f.id AS "familyId", u.id AS "userId", u.email, u.name, u.org`

/** Whose access token this is, while it lives. */
export const ownerOfAccess = Effect.fn("registry.ownerOfAccess")(function* (access: Redacted.Redacted) {
  const sql = yield* SqlClient.SqlClient
  const { hash } = yield* Secrets
  const now = yield* Clock.currentTimeMillis
  const [owner] = yield* sql<Owner>`SELECT ${sql.literal(ownerColumns)}
    FROM access_tokens t JOIN families f ON f.id = t.family_id JOIN users u ON u.id = f.user_id
    WHERE t.hash = ${hash(access)} AND t.expires_at > ${now} AND f.revoked_at IS NULL`
  return Option.fromUndefinedOr(owner)
})

/** Whose refresh token this is or was. */
export const ownerOfRefresh = Effect.fn("registry.ownerOfRefresh")(function* (refresh: Redacted.Redacted) {
  const sql = yield* SqlClient.SqlClient
  const { hash } = yield* Secrets
  const [owner] = yield* sql<Owner>`SELECT ${sql.literal(ownerColumns)}
    FROM refresh_tokens t JOIN families f ON f.id = t.family_id JOIN users u ON u.id = f.user_id
    WHERE t.hash = ${hash(refresh)}`
  return Option.fromUndefinedOr(owner)
})

/** Ends the login that an access or refresh token belongs to; an unknown one has none. RFC 7009 section 2.2. */
export const revoke = Effect.fn("registry.revoke")(function* (presented: Redacted.Redacted) {
  const sql = yield* SqlClient.SqlClient
  const { hash } = yield* Secrets
  const key = hash(presented)
  yield* atomically(
    Effect.gen(function* () {
      const rows = yield* sql<{ readonly family_id: string }>`
        SELECT family_id FROM refresh_tokens WHERE hash = ${key}
        UNION SELECT family_id FROM access_tokens WHERE hash = ${key}`
      for (const { family_id } of rows) yield* endFamily(family_id, "logout")
    })
  )
})

/** Drops what time has ended. Of several processes on one state one does it at a time. */
export const sweep = Effect.fn("registry.sweep")(function* () {
  const sql = yield* SqlClient.SqlClient
  const now = yield* Clock.currentTimeMillis
  const old = now - keepEnded
  yield* atomically(
    Effect.gen(function* () {
      if (!(yield* mineToSweep)) return
      yield* sql`DELETE FROM rate_limits WHERE until_at <= ${now}`
      // The key of what was made is kept with it: an outbox may come again after any time.
      yield* sql`DELETE FROM idempotency_keys WHERE created_at <= ${now - keepAnswers} AND endpoint LIKE 'PATCH %'`
      yield* sql`UPDATE refresh_tokens SET answer = NULL WHERE answer IS NOT NULL AND answer_until <= ${now}`
      yield* sql`DELETE FROM access_tokens WHERE expires_at <= ${now}`
      yield* sql`DELETE FROM browser_sessions WHERE expires_at <= ${now}`
      yield* sql`DELETE FROM device_codes WHERE expires_at <= ${old}`
      yield* sql`DELETE FROM invites WHERE expires_at <= ${old}`
      yield* sql`DELETE FROM families WHERE expires_at <= ${old} OR revoked_at <= ${old}`
    })
  )
})
