import { Effect, Option, Schema } from "effect"
import { join } from "node:path"
import { LastCheck } from "../domain/lastCheck.ts"
import { makeFolder, readIfThere, writeDurably } from "./nodeFs.ts"
import { cacheFolder } from "./userFolders.ts"

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(LastCheck))

const file = () => join(cacheFolder(), "update.json")

/** What cannot be read is as if it were not there. */
export const readLastCheck: Effect.Effect<LastCheck | undefined> = Effect.suspend(() => readIfThere(file())).pipe(
  Effect.map(Option.flatMap((data) => decode(data.toString("utf8")))),
  Effect.orElseSucceed(() => Option.none<LastCheck>()),
  Effect.map(Option.getOrUndefined)
)

/** Whether it could be written. */
export const writeLastCheck = (check: LastCheck): Effect.Effect<boolean> =>
  Effect.suspend(() =>
    Effect.andThen(makeFolder(cacheFolder(), 0o700), writeDurably(file(), `${JSON.stringify(check)}\n`, 0o600))
  ).pipe(
    Effect.as(true),
    Effect.orElseSucceed(() => false)
  )
