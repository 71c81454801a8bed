import { Effect, Option, Schema } from "effect"
import { linesOf } from "../domain/text.ts"
import { Backups } from "../services/Backups.ts"
import { Output } from "../services/Output.ts"
import { agentNamed, BackupShown, shown } from "./backupName.ts"

const BackupContent = Schema.Struct({ ...BackupShown.fields, text: Schema.String })

export const data = BackupContent

export const run = Effect.fn("backups show")(function* (input: {
  readonly name: string
  readonly time: Option.Option<string>
}) {
  const output = yield* Output
  const backups = yield* Backups
  const { backup, content } = yield* backups.find(yield* agentNamed(input.name), Option.getOrUndefined(input.time))
  const text = new TextDecoder().decode(content)
  yield* output.result(BackupContent, { ...shown(backup), text }, linesOf(text))
})
