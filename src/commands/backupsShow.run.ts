import { Effect, type Option, Schema } from "effect"
import { linesOf } from "../domain/text.ts"
import { Output } from "../services/Output.ts"
import { backupFound, BackupShown, shown } from "./backupName.ts"
import { backupPicked } from "./backupPicked.ts"

const BackupContent = Schema.Struct({ ...BackupShown.fields, text: Schema.String })

export const data = BackupContent

export const run = Effect.fn("backups show")(function* (input: {
  readonly name: Option.Option<string>
  readonly time: Option.Option<string>
}) {
  const output = yield* Output
  const { name, time } = yield* backupPicked(input)
  const { backup, content } = yield* backupFound(name, time)
  const text = new TextDecoder().decode(content)
  yield* output.result(BackupContent, { ...shown(backup), text }, linesOf(text))
})
