/**
 * What the registry remembers. Nothing of a login is of use to who reads it: tokens, codes and invites are there as
 * SHA-256 hashes, passwords as scrypt's, and the one answer that is kept whole is sealed under a token that is not.
 * Times are milliseconds since 1970.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { atomically } from "./transaction.ts"

/** In SQLite's words, a version an entry. What was released is never changed: a new entry changes it. */
const versions: ReadonlyArray<ReadonlyArray<string>> = [
  [
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
      hash TEXT PRIMARY KEY, family_id TEXT NOT NULL REFERENCES families(id) ON DELETE CASCADE,
      expires_at INTEGER NOT NULL
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
  ],
  [
    // Keys are hashes: who tried is nobody's business once the limit is over.
    `CREATE TABLE rate_limits (
      key TEXT PRIMARY KEY, from_at INTEGER NOT NULL, until_at INTEGER NOT NULL, count INTEGER NOT NULL
    ) STRICT`,
    `CREATE TABLE sessions (
      id TEXT PRIMARY KEY, org TEXT NOT NULL, project TEXT NOT NULL, user_id TEXT NOT NULL REFERENCES users(id),
      agent_name TEXT, agent_version TEXT, total_turns INTEGER NOT NULL, total_cost REAL NOT NULL,
      outcome TEXT CHECK (outcome IN ('success', 'failure', 'timeout', 'abandoned')),
      started_at INTEGER NOT NULL, ended_at INTEGER
    ) STRICT`,
    `CREATE INDEX sessions_project ON sessions(org, project, started_at, id)`,
    // Contents are bytes: a file may hold what no text column of Postgres takes.
    `CREATE TABLE modifications (
      id TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
      agent_name TEXT NOT NULL, file_path TEXT NOT NULL,
      change_type TEXT NOT NULL CHECK (change_type IN ('create', 'edit', 'delete')),
      content_before BLOB, content_after BLOB, sha256_before TEXT, sha256_after TEXT,
      attribution TEXT, occurred_at INTEGER, created_at INTEGER NOT NULL
    ) STRICT`,
    `CREATE INDEX modifications_session ON modifications(session_id, agent_name)`,
    `CREATE TABLE idempotency_keys (
      user_id TEXT NOT NULL REFERENCES users(id), endpoint TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL,
      answer TEXT, created_at INTEGER NOT NULL, PRIMARY KEY (user_id, endpoint, key)
    ) STRICT`,
    `CREATE INDEX idempotency_keys_age ON idempotency_keys(created_at)`
  ]
]

const forPostgres = (statement: string): string =>
  statement
    .replace(/\bINTEGER\b/g, "BIGINT")
    .replace(/\bREAL\b/g, "DOUBLE PRECISION")
    .replace(/\bBLOB\b/g, "BYTEA")
    .replace(/\) STRICT$/, ")")

/** Locks of Postgres that are no row's; any number will do, as long as nobody else takes it: `crew`, and the next. */
const locks = { prepare: 0x63726577, sweep: 0x63726578 } as const

const sqlite = Effect.fnUntraced(function* (sql: SqlClient.SqlClient) {
  const [row] = yield* sql.unsafe<{ readonly user_version: number }>("PRAGMA user_version")
  return {
    found: row?.user_version ?? 0,
    run: (statement: string) => sql.unsafe(statement),
    keep: (version: number) => sql.unsafe(`PRAGMA user_version = ${version}`)
  }
})

const postgres = Effect.fnUntraced(function* (sql: SqlClient.SqlClient) {
  // Of several that start at once one makes the tables; the others wait, and find them made.
  yield* sql`SELECT pg_advisory_xact_lock(${locks.prepare})`
  const [known] = yield* sql<{ readonly there: boolean }>`SELECT to_regclass('registry_version') IS NOT NULL AS there`
  if (known?.there !== true) yield* sql`CREATE TABLE registry_version (version BIGINT NOT NULL)`
  const [row] = yield* sql<{ readonly version: number }>`SELECT version FROM registry_version`
  return {
    found: row?.version ?? 0,
    run: (statement: string) => sql.unsafe(forPostgres(statement)),
    keep: (version: number) =>
      Effect.andThen(sql`DELETE FROM registry_version`, sql`INSERT INTO registry_version VALUES (${version})`)
  }
})

/** Makes the tables of a new state, and brings an older one up to date. That of a later version is left alone. */
export const prepare = Effect.fn("registry.prepare")(function* () {
  const sql = yield* SqlClient.SqlClient
  return yield* atomically(
    Effect.gen(function* () {
      const { found, keep, run } = yield* sql.onDialectOrElse({ pg: () => postgres(sql), orElse: () => sqlite(sql) })
      if (found < versions.length) {
        for (const statement of versions.slice(found).flat()) yield* run(statement)
        yield* keep(versions.length)
      }
      return { readable: found <= versions.length }
    })
  )
})

/** True for the one of several processes that may sweep now; holds for the transaction. */
export const mineToSweep = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const only = Effect.map(
    sql<{ readonly mine: boolean }>`SELECT pg_try_advisory_xact_lock(${locks.sweep}) AS mine`,
    ([row]) => row?.mine === true
  )
  return yield* sql.onDialectOrElse({ pg: () => only, orElse: () => Effect.succeed(true) })
})
