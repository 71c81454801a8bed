import { Effect, Option, Schema } from "effect"
import { linesOf } from "../domain/text.ts"
import { Output } from "../services/Output.ts"
import { agentNamed, backupFound, BackupShown, shown } from "./backupName.ts"

export const BackupContent = Schema.Struct({ ...BackupShown.fields, text: Schema.String })

export const run = Effect.fn("backups show")(function* (input: {
  readonly name: string
  readonly time: Option.Option<string>
}) {
  const output = yield* Output
  const { backup, content } = yield* backupFound(yield* agentNamed(input.name), Option.getOrUndefined(input.time))
  const text = new TextDecoder().decode(content)
  yield* output.result(BackupContent, { ...shown(backup), text }, linesOf(text))
})
