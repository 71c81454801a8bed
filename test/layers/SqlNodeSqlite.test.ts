import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { SqlClient } from "effect/sql"
import { chmodSync, statSync } from "node:fs"
import * as SqlNodeSqlite from "../../src/layers/SqlNodeSqlite.ts"
import { Scratch } from "../fakes/Scratch.ts"

const table = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT, bytes BLOB)`
  return sql
})

const open = (file: string) => Effect.provide(table, SqlNodeSqlite.layer(file))

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

describe("the state over node:sqlite", () => {
  it.effect("keeps text, numbers, bytes and nothing", () =>
    Effect.gen(function* () {
      const sql = yield* table
      yield* sql`INSERT INTO t (id, text, bytes) VALUES (${1}, ${"a'b"}, ${new Uint8Array([0, 255])}), (2, ${null}, NULL)`
      const rows = yield* sql<{
        id: number
        text: string | null
        bytes: Uint8Array | null
      }>`SELECT * FROM t ORDER BY id`
      assert.deepStrictEqual(
        rows.map((row) => ({ ...row })),
        [
          { id: 1, text: "a'b", bytes: new Uint8Array([0, 255]) },
          { id: 2, text: null, bytes: null }
        ]
      )
      assert.isTrue(Exit.isFailure(yield* Effect.exit(sql`INSERT INTO t (id) VALUES (${1})`)))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(sql`INSERT INTO t (text) VALUES (${{ not: "a value" }})`)))
    }).pipe(Effect.provide(SqlNodeSqlite.layer(":memory:")))
  )

  it.effect("undoes a transaction that fails, and runs many one after the other", () =>
    Effect.gen(function* () {
      const sql = yield* table
      const failed = sql.withTransaction(Effect.andThen(sql`INSERT INTO t (id) VALUES (1)`, Effect.fail("no")))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(failed)))
      assert.deepStrictEqual(yield* sql`SELECT id FROM t`, [])
      yield* sql`INSERT INTO t (id, text) VALUES (1, '0')`
      const add = sql.withTransaction(
        Effect.gen(function* () {
          const [row] = yield* sql<{ text: string }>`SELECT text FROM t WHERE id = 1`
          yield* Effect.yieldNow
          yield* sql`UPDATE t SET text = ${`${Number(row?.text) + 1}`} WHERE id = 1`
        })
      )
      yield* Effect.all(
        Array.from({ length: 50 }, () => add),
        { concurrency: "unbounded" }
      )
      const [row] = yield* sql<{ text: string }>`SELECT text FROM t`
      assert.strictEqual(row?.text, "50")
    }).pipe(Effect.provide(SqlNodeSqlite.layer(":memory:")))
  )

  it.effect("keeps its files to their owner", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      const file = scratch.path("new/state.sqlite")
      yield* Effect.gen(function* () {
        const sql = yield* table
        yield* sql`INSERT INTO t (id) VALUES (1)`
        assert.deepStrictEqual(scratch.list("new"), ["state.sqlite", "state.sqlite-shm", "state.sqlite-wal"])
        for (const name of scratch.list("new")) assert.strictEqual(modeOf(scratch.path("new", name)), "600")
        assert.strictEqual(modeOf(scratch.path("new")), "700")
      }).pipe(Effect.provide(SqlNodeSqlite.layer(file)))
      chmodSync(file, 0o644)
      yield* open(file)
      assert.strictEqual(modeOf(file), "600")
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("opens no link, no folder and no other file", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      scratch.write("target.sqlite", "")
      scratch.link(scratch.path("target.sqlite"), "link.sqlite")
      scratch.write("text.sqlite", "this is no database, and long enough to be seen as none".repeat(20))
      scratch.write("folder/file", "")
      for (const name of ["link.sqlite", "text.sqlite", "folder"]) {
        const error = yield* Effect.flip(open(scratch.path(name)))
        assert.strictEqual(error._tag, "StateUnusable", name)
      }
    }).pipe(Effect.provide(Scratch.layer))
  )
})
