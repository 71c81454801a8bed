import { Effect, Option, Schema } from "effect"
import { faint, type Line } from "../domain/text.ts"
import { Backups } from "../services/Backups.ts"
import { Output } from "../services/Output.ts"
import { agentNamed, BackupShown, noBackups, shown } from "./backupName.ts"

const BackupsList = Schema.Struct({ backups: Schema.Array(BackupShown) })

export const data = BackupsList

export const run = Effect.fn("backups list")(function* (input: { readonly name: Option.Option<string> }) {
  const output = yield* Output
  const backups = yield* Backups
  const name = Option.isSome(input.name) ? yield* agentNamed(input.name.value) : undefined
  const list = yield* backups.list(name)
  const width = Math.max(...list.map((backup) => backup.name.length), 0)
  const lines = list.map((backup): Line => [
    backup.name.padEnd(width + 2),
    `${backup.time}  `,
    faint(`${backup.size} bytes`)
  ])
  yield* output.result(
    BackupsList,
    { backups: list.map(shown) },
    list.length === 0 ? [[yield* noBackups(name)]] : lines
  )
})
