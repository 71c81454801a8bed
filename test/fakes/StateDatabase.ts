/** The two databases that a registry keeps its state in; what holds for one is tested on both. */
import { Effect, Layer, Redacted } from "effect"
import type { SqlClient } from "effect/sql"
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe } from "vitest"
import type { StateUnusable, SqliteMissing } from "../../src/domain/serverErrors.ts"
import * as SqlNodeSqlite from "../../src/layers/SqlNodeSqlite.ts"
import * as SqlPostgres from "../../src/layers/SqlPostgres.ts"
import { postgres, skipUnless } from "../support/needs.ts"
import { type Postgres, startPostgres } from "../support/postgres.ts"

export interface Database {
  /** A state of its own; the file is for a database that is one. */
  readonly layer: (file: string) => Layer.Layer<SqlClient.SqlClient, StateUnusable | SqliteMissing>
  /** Everything in the state that was opened last, for a search. */
  readonly contents: (file: string) => Effect.Effect<ReadonlyArray<Uint8Array>>
}

export const sqlite: Database = {
  layer: SqlNodeSqlite.layer,
  contents: (file) =>
    Effect.sync(() => readdirSync(dirname(file)).map((name) => readFileSync(join(dirname(file), name))))
}

const tables = "SELECT string_agg(tablename, ' ') FROM pg_tables WHERE schemaname = current_schema()"

const inPostgres = (server: () => Postgres): Database => {
  let url = ""
  return {
    layer: () =>
      Layer.unwrap(
        Effect.promise(async () => {
          url = await server().fresh()
          return SqlPostgres.layer(Redacted.make(url), "postgres://test")
        })
      ),
    contents: () =>
      Effect.promise(async () => {
        const names = (await server().query(url, tables)).trim().split(" ")
        const rows = await Promise.all(names.map((name) => server().query(url, `SELECT t::text FROM ${name} t`)))
        return rows.map((text) => Buffer.from(text))
      })
  }
}

/** Registers the same tests for each. */
export const onEachDatabase = (register: (database: Database) => void): void => {
  describe("on SQLite", () => register(sqlite))
  const { skip, suffix } = skipUnless([postgres])
  describe.skipIf(skip)(`on Postgres${suffix}`, () => {
    let server: Postgres | undefined
    beforeAll(async () => {
      server = await startPostgres()
    })
    afterAll(async () => {
      await server?.[Symbol.asyncDispose]()
    })
    register(
      inPostgres(() => {
        if (server === undefined) throw new Error("PostgreSQL does not run yet")
        return server
      })
    )
  })
}
