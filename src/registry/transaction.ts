/** Transactions that are right on either database, whether one process serves or several do. */
import { Effect } from "effect"
import { SqlClient, SqlError } from "effect/sql"

/** So often a transaction runs that the database gave up in favour of another one. */
const attempts = 5

const gaveWay = (error: unknown): boolean =>
  SqlError.isSqlError(error) && (error.reason._tag === "DeadlockError" || error.reason._tag === "SerializationError")

/** All of it or nothing; run again where the database ended it for the sake of another transaction. */
export const atomically = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.retry(sql.withTransaction(effect), { times: attempts - 1, while: gaveWay })
  )

/**
 * Ends a SELECT whose rows the transaction goes on to decide about: on Postgres the next one waits, and then reads what
 * this one wrote. On SQLite every transaction waits for the one before as a whole.
 */
export const forUpdate = Effect.map(SqlClient.SqlClient, (sql) =>
  sql.onDialectOrElse({ pg: () => sql.literal("FOR UPDATE"), orElse: () => sql.literal("") })
)
