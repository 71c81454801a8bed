/**
 * What the registry remembers. Nothing here is of use to who reads it: tokens, codes and invites are there as SHA-256
 * hashes, passwords as scrypt's, and the one answer that is kept whole is sealed under a token that is not. Times are
 * milliseconds since 1970.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

const version = 1

const tables = [
  `CREATE TABLE users (
    id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, org TEXT NOT NULL,
    password TEXT, created_at INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE invites (
    hash TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users(id), expires_at INTEGER NOT NULL, used_at INTEGER
  ) STRICT`,
  `CREATE TABLE families (
    id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users(id), client_id TEXT NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, revoked_at INTEGER, revoked_why TEXT
  ) STRICT`,
  `CREATE TABLE refresh_tokens (
    hash TEXT PRIMARY KEY, family_id TEXT NOT NULL REFERENCES families(id) ON DELETE CASCADE,
    rotated_at INTEGER, answer BLOB, answer_until INTEGER
  ) STRICT`,
  `CREATE INDEX refresh_tokens_family ON refresh_tokens(family_id)`,
  `CREATE TABLE access_tokens (
    hash TEXT PRIMARY KEY, family_id TEXT NOT NULL REFERENCES families(id) ON DELETE CASCADE, expires_at INTEGER NOT NULL
  ) STRICT`,
  `CREATE INDEX access_tokens_family ON access_tokens(family_id)`,
  `CREATE TABLE device_codes (
    hash TEXT PRIMARY KEY, user_code_hash TEXT NOT NULL UNIQUE, client_id TEXT NOT NULL, address TEXT NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, interval INTEGER NOT NULL, polled_at INTEGER,
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'denied', 'redeemed')),
    user_id TEXT REFERENCES users(id), family_id TEXT
  ) STRICT`,
  `CREATE TABLE browser_sessions (
    hash TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users(id), expires_at INTEGER NOT NULL,
    needs_password INTEGER NOT NULL
  ) STRICT`
]

/** Makes the tables of a new state file. A file of a later version is left alone. */
export const prepare = Effect.fn("registry.prepare")(function* () {
  const sql = yield* SqlClient.SqlClient
  return yield* sql.withTransaction(
    Effect.gen(function* () {
      const [row] = yield* sql.unsafe<{ readonly user_version: number }>("PRAGMA user_version")
      const found = row?.user_version ?? 0
      if (found === 0) {
        for (const statement of tables) yield* sql.unsafe(statement)
        yield* sql.unsafe(`PRAGMA user_version = ${version}`)
      }
      return { readable: found <= version }
    })
  )
})
