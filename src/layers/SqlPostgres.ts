/** A registry's state in PostgreSQL; loaded only where a database URL is given. */
import { PgClient, PgTypes } from "@effect/sql-pg"
import { Effect, Layer, type Redacted, Result } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient, type SqlError } from "effect/sql"
import { StateUnusable } from "../domain/serverErrors.ts"

/** Connections of one process. */
const maxConnections = 10

/** Milliseconds; what a stopped or cut-off process holds is free again after them, and nobody waits for longer. */
const limits = {
  lock_timeout: "10000",
  statement_timeout: "20000",
  idle_in_transaction_session_timeout: "20000"
} as const

/** Times and counts are far below 2^53, and the same numbers that SQLite gives. */
const makeTypes = () => {
  const types = PgTypes.makeRegistry()
  types.register(PgTypes.OID.int8, {
    decode: (bytes) => Result.map(PgTypes.decode(bytes, PgTypes.OID.int8, 1), Number),
    encode: (value) => PgTypes.encode(value, PgTypes.OID.int8)
  })
  return types
}

/** What went wrong, in the server's words; the configuration itself holds a password and is not repeated. */
const reasonOf = ({ reason: { cause, message } }: SqlError.SqlError): string => {
  const what = message.replace(/^PgConnection: /, "")
  const detail = cause instanceof Error && !("input" in cause) ? cause.message : ""
  return detail === "" || detail === what ? what : `${what}: ${detail}`
}

export const layer = (url: Redacted.Redacted, shown: string) =>
  Layer.effect(
    SqlClient.SqlClient,
    Effect.gen(function* () {
      const client = yield* PgClient.make({
        url,
        types: makeTypes(),
        maxConnections,
        applicationName: "crewkit registry",
        startupParameters: limits
      })
      // The pool opens connections when they are wanted: one now, for the start to say what is wrong.
      yield* client`SELECT 1`
      return client
    }).pipe(Effect.mapError((error) => new StateUnusable({ file: shown, reason: reasonOf(error) })))
  ).pipe(Layer.provide(Reactivity.layer))
