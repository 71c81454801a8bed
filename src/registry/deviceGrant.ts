/** The device authorization grant, RFC 8628: a code is asked for, shown, approved or denied, and redeemed once. */
import { Clock, Effect, Option, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { deviceCodeSeconds, pollIntervalSeconds, pollTolerance, slowDownSeconds } from "./policy.ts"
import { token, userCode } from "./random.ts"
import { Secrets } from "./Secrets.ts"
import { begin, endFamily, type TokenAnswer } from "./tokens.ts"
import { atomically, forUpdate } from "./transaction.ts"

/** Section 3.1. */
export const request = Effect.fn("registry.deviceRequest")(function* (clientId: string, address: string) {
  const sql = yield* SqlClient.SqlClient
  const { hash } = yield* Secrets
  const now = yield* Clock.currentTimeMillis
  const deviceCode = yield* token("ckdc_")
  const code = yield* userCode
  // Codes that are over make room for their letters; two alike among the living are one in billions, and a failure.
  yield* sql`DELETE FROM device_codes WHERE user_code_hash = ${hash(Redacted.make(code))} AND expires_at <= ${now}`
  yield* sql`INSERT INTO device_codes
    (hash, user_code_hash, client_id, address, created_at, expires_at, interval, status)
    VALUES (${hash(deviceCode)}, ${hash(Redacted.make(code))}, ${clientId}, ${address}, ${now},
      ${now + deviceCodeSeconds * 1000}, ${pollIntervalSeconds}, 'pending')`
  return { deviceCode, userCode: code }
})

interface PolledRow {
  readonly client_id: string
  readonly expires_at: number
  readonly interval: number
  readonly polled_at: number | null
  readonly status: "pending" | "approved" | "denied" | "redeemed"
  readonly user_id: string | null
  readonly family_id: string | null
}

export type Poll =
  | { readonly _tag: "Granted"; readonly answer: TokenAnswer }
  | {
      readonly _tag: "Refused"
      readonly error: "authorization_pending" | "slow_down" | "access_denied" | "expired_token" | "invalid_grant"
      readonly why: string
    }

const refused = (error: Extract<Poll, { readonly _tag: "Refused" }>["error"], why: string): Poll => ({
  _tag: "Refused",
  error,
  why
})

/** Sections 3.4 and 3.5. A value and no failure, since a failure would roll the transaction back. */
export const poll = Effect.fn("registry.devicePoll")(function* (deviceCode: Redacted.Redacted, clientId: string) {
  const sql = yield* SqlClient.SqlClient
  const key = (yield* Secrets).hash(deviceCode)
  return yield* atomically(
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const [row] = yield* sql<PolledRow>`SELECT * FROM device_codes WHERE hash = ${key} ${yield* forUpdate}`
      if (row === undefined || row.client_id !== clientId) {
        return refused("invalid_grant", "the device code is not known")
      }
      if (row.status === "redeemed") {
        // Two have the code. Which of them is the client nobody can tell, so neither stays in.
        if (row.family_id !== null) yield* endFamily(row.family_id, "reuse")
        return refused("invalid_grant", "the device code was used before")
      }
      if (now >= row.expires_at) return refused("expired_token", "the code has expired; ask for a new one")
      if (row.status === "denied") return refused("access_denied", "the login was denied")
      if (row.status === "approved" && row.user_id !== null) {
        const { answer, familyId } = yield* begin(row.user_id, clientId, now)
        yield* sql`UPDATE device_codes SET status = 'redeemed', family_id = ${familyId} WHERE hash = ${key}`
        return { _tag: "Granted", answer } satisfies Poll
      }
      const soon = row.polled_at !== null && now - row.polled_at < row.interval * 1000 - pollTolerance
      const interval = row.interval + (soon ? slowDownSeconds : 0)
      yield* sql`UPDATE device_codes SET polled_at = ${now}, interval = ${interval} WHERE hash = ${key}`
      return soon
        ? refused("slow_down", `ask every ${interval} seconds from now on`)
        : refused("authorization_pending", "nobody has approved the login yet")
    })
  )
})

/** What a person is shown before deciding. */
export interface Pending {
  readonly clientId: string
  readonly address: string
  readonly createdAt: number
}

export const pending = Effect.fn("registry.devicePending")(function* (code: string) {
  const sql = yield* SqlClient.SqlClient
  const { hash } = yield* Secrets
  const now = yield* Clock.currentTimeMillis
  const [row] = yield* sql<Pending>`SELECT client_id AS "clientId", address, created_at AS "createdAt"
    FROM device_codes
    WHERE user_code_hash = ${hash(Redacted.make(code))} AND status = 'pending' AND expires_at > ${now}`
  return Option.fromUndefinedOr(row)
})

/** False where the code is over or was decided before. */
export const decide = Effect.fn("registry.deviceDecide")(function* (code: string, userId: string, approved: boolean) {
  const sql = yield* SqlClient.SqlClient
  const { hash } = yield* Secrets
  const now = yield* Clock.currentTimeMillis
  const rows = yield* sql`UPDATE device_codes
    SET status = ${approved ? "approved" : "denied"}, user_id = ${userId}
    WHERE user_code_hash = ${hash(Redacted.make(code))} AND status = 'pending' AND expires_at > ${now}
    RETURNING status`
  return rows.length === 1
})
