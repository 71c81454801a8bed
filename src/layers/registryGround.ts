/** What a served registry stands on: its folder, and its state in a SQLite file or in Postgres. */
import { Effect, Layer, Redacted, Result } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { parseDatabaseUrl } from "../domain/databaseUrl.ts"
import { RegistryUnreachable } from "../domain/errors.ts"
import { DatabaseUrlInvalid, StateUnusable } from "../domain/serverErrors.ts"
import { RateLimits } from "../registry/RateLimits.ts"
import { prepare } from "../registry/stateTables.ts"
import type { DatabasePlace, RegistryPlace } from "../services/RegistryServer.ts"
import * as ContentFolderNode from "./ContentFolderNode.ts"
import { attempt, sha256 } from "./nodeFs.ts"
import * as PasswordHashScrypt from "./PasswordHashScrypt.ts"
import * as SecretsNode from "./SecretsNode.ts"
import { dataFolder } from "./userFolders.ts"

/** More is no URL. */
const maxUrlBytes = 4096

/** A URL, and where it was found. */
interface Named {
  readonly url: Redacted.Redacted
  readonly from: string
}

const readUrl = Effect.fnUntraced(function* (file: string) {
  const text = yield* attempt("read", file, () => {
    if (fs.statSync(file).size > maxUrlBytes) throw new Error("it is too large for a URL")
    return fs.readFileSync(file, "utf8")
  })
  return { url: Redacted.make(text.trim()), from: file } satisfies Named
})

/** A database that is named, or the environment's where no file is. */
const databaseOf = Effect.fnUntraced(function* (database: DatabasePlace | undefined, state: string | undefined) {
  if (database !== undefined) {
    return "urlFile" in database
      ? yield* readUrl(database.urlFile)
      : ({ url: database.url, from: "--database-url" } satisfies Named)
  }
  const text = state === undefined ? (process.env["CREWKIT_DATABASE_URL"] ?? "") : ""
  return text === "" ? undefined : ({ url: Redacted.make(text), from: "CREWKIT_DATABASE_URL" } satisfies Named)
})

const inPostgres = Effect.fnUntraced(function* ({ from, url }: Named) {
  const shown = parseDatabaseUrl(Redacted.value(url))
  if (Result.isFailure(shown)) return yield* new DatabaseUrlInvalid({ from, reason: shown.failure })
  const { layer } = yield* Effect.promise(() => import("./SqlPostgres.ts"))
  return { sql: layer(url, shown.success), shown: shown.success }
})

const inFile = Effect.fnUntraced(function* (file: string) {
  const { layer } = yield* Effect.promise(() => import("./SqlNodeSqlite.ts"))
  return { sql: layer(file), shown: file }
})

/** The paths are absolute. */
export const openPlace = Effect.fnUntraced(function* ({ database, root, state }: RegistryPlace) {
  const folder = yield* attempt("open", root, () => fs.realpathSync(root))
  if (!["agents", "orgs"].some((name) => fs.existsSync(join(folder, name)))) {
    return yield* new RegistryUnreachable({
      registry: root,
      reason: "the folder has neither agents/ nor orgs/ in it",
      hint: "name the registry's folder with --root"
    })
  }
  const ownFile = join(dataFolder(), "registry", `${sha256(folder).slice(0, 16)}.sqlite`)
  const named = yield* databaseOf(database, state)
  const { shown, sql } = yield* named === undefined ? inFile(state ?? ownFile) : inPostgres(named)
  const ground = RateLimits.layer.pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        sql,
        SecretsNode.layer,
        PasswordHashScrypt.layer,
        ContentFolderNode.layer({ folder, label: root, index: `${named === undefined ? shown : ownFile}.index` })
      )
    )
  )
  return { shown, ground }
})

/** Makes the tables, or says why the state cannot be used. */
export const usable = (shown: string) =>
  prepare().pipe(
    Effect.mapError((error) => new StateUnusable({ file: shown, reason: error.message })),
    Effect.filterOrFail(
      ({ readable }) => readable,
      () => new StateUnusable({ file: shown, reason: "a later version of crewkit wrote it" })
    )
  )
