import { Effect, Option, Schema } from "effect"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { LastCheck } from "../domain/lastCheck.ts"
import { attempt, readIfThere, writeDurably } from "./nodeFs.ts"
import { cacheFolder } from "./userFolders.ts"

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(LastCheck))

const file = () => join(cacheFolder(), "update.json")

/** What cannot be read is as if it were not there. */
export const readLastCheck: Effect.Effect<LastCheck | undefined> = Effect.suspend(() => readIfThere(file())).pipe(
  Effect.map(Option.flatMap((data) => decode(data.toString("utf8")))),
  Effect.orElseSucceed(() => Option.none<LastCheck>()),
  Effect.map(Option.getOrUndefined)
)

/** Folder by folder: Node's own recursion never ends below `/proc`, and a cache folder may be set to anything. */
const makeRoom = (folder: string): void => {
  if (fs.existsSync(folder)) return
  makeRoom(dirname(folder))
  fs.mkdirSync(folder, { mode: 0o700 })
}

/** Whether it could be written. */
export const writeLastCheck = (check: LastCheck): Effect.Effect<boolean> =>
  Effect.suspend(() =>
    Effect.andThen(
      attempt("create", cacheFolder(), () => makeRoom(cacheFolder())),
      writeDurably(file(), `${JSON.stringify(check)}\n`, 0o600)
    )
  ).pipe(
    Effect.as(true),
    Effect.orElseSucceed(() => false)
  )
