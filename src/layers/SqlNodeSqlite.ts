/**
 * `effect/sql` over `node:sqlite`, until its own package for that is out: one connection, one statement at a time.
 */
import { Effect, Layer, Semaphore, Stream } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient, type SqlConnection, SqlError, Statement } from "effect/sql"
import * as fs from "node:fs"
import { dirname } from "node:path"
import type { SQLInputValue, StatementSync } from "node:sqlite"
import { SqliteMissing, StateUnusable } from "../domain/serverErrors.ts"

/** Milliseconds to wait for another process that writes, `registry user add` say. */
const busyTimeout = 5000

/** Oldest Node whose `node:sqlite` needs no flag. */
const oldest = [22, 13] as const

const sqlite = Effect.suspend(() => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
    ? Effect.sync(() => withoutWarning(() => process.getBuiltinModule("node:sqlite")))
    : Effect.fail(new SqliteMissing({ node: process.versions.node }))
})

/** Node calls its SQLite experimental on every start; what the program stands on is tested, and no news to its user. */
const withoutWarning = <A>(load: () => A): A => {
  const before = Object.getOwnPropertyDescriptor(process, "emitWarning")
  process.emitWarning = () => undefined
  try {
    return load()
  } finally {
    if (before !== undefined) Object.defineProperty(process, "emitWarning", before)
  }
}

/** A file of the user's alone, in a folder of the user's alone where we make it; SQLite gives its other files the same mode. */
const ownFile = (file: string): void => {
  const folder = dirname(file)
  if (!fs.existsSync(folder)) fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  fs.closeSync(fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_NOFOLLOW, 0o600))
  if (!fs.lstatSync(file).isFile()) throw new Error("it is not a regular file")
  fs.chmodSync(file, 0o600)
}

const inputs = (params: ReadonlyArray<unknown>): Array<SQLInputValue> =>
  params.map((value) => {
    if (isInput(value)) return value
    throw new TypeError(`SQLite has no ${typeof value}`)
  })

const isInput = (value: unknown): value is SQLInputValue =>
  value === null ||
  typeof value === "string" ||
  typeof value === "number" ||
  typeof value === "bigint" ||
  value instanceof Uint8Array

const make = Effect.fnUntraced(function* (file: string) {
  const { DatabaseSync } = yield* sqlite
  const unusable = (cause: unknown) =>
    new StateUnusable({ file, reason: cause instanceof Error ? cause.message : String(cause) })
  const database = yield* Effect.acquireRelease(
    Effect.try({
      try: () => {
        if (file !== ":memory:") ownFile(file)
        const opened = new DatabaseSync(file, { enableForeignKeyConstraints: true })
        // A rotation that a power cut undoes would log somebody out: every commit is on the disk before it is answered.
        opened.exec(
          `PRAGMA busy_timeout = ${busyTimeout}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON`
        )
        return opened
      },
      catch: unusable
    }),
    (opened) => Effect.sync(() => opened.close())
  )
  const prepared = new Map<string, StatementSync>()
  const statement = (sql: string): StatementSync => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const fresh = database.prepare(sql)
    prepared.set(sql, fresh)
    return fresh
  }

  const attempt = <A>(work: () => A): Effect.Effect<A, SqlError.SqlError> =>
    Effect.try({
      try: work,
      catch: (cause) =>
        new SqlError.SqlError({ reason: SqlError.classifySqliteError(cause, { message: "the statement failed" }) })
    })

  const rows = (sql: string, params: ReadonlyArray<unknown>) => attempt(() => statement(sql).all(...inputs(params)))

  const connection: SqlConnection.Connection = {
    execute: (sql, params, transform) =>
      Effect.map(rows(sql, params), (found) => (transform === undefined ? found : transform(found))),
    executeRaw: rows,
    executeValues: (sql, params) => Effect.map(rows(sql, params), (found) => found.map((row) => Object.values(row))),
    executeValuesUnprepared: (sql, params) =>
      Effect.map(rows(sql, params), (found) => found.map((row) => Object.values(row))),
    executeUnprepared: (sql, params, transform) =>
      Effect.map(rows(sql, params), (found) => (transform === undefined ? found : transform(found))),
    executeStream: (sql, params) => Stream.unwrap(Effect.map(rows(sql, params), Stream.fromIterable))
  }

  const acquirers = SqlClient.makeSqliteAcquirers({
    connection: Effect.succeed(connection),
    semaphore: yield* Semaphore.make(1),
    isTransaction: () => database.isTransaction
  })
  return yield* SqlClient.make({
    ...acquirers,
    compiler: Statement.makeCompilerSqlite(),
    driver: "node-sqlite",
    spanAttributes: [],
    // Two processes that both read and then write would otherwise fail one of them at its write.
    beginTransaction: "BEGIN IMMEDIATE"
  })
})

/** A state file, or `:memory:`. */
export const layer = (file: string) =>
  Layer.effect(SqlClient.SqlClient, make(file)).pipe(Layer.provide(Reactivity.layer))
