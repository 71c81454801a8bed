/** Which agent's backups, and which of them: as given, or picked from a list. */
import { Effect, Option } from "effect"
import { counted, sizeText } from "../domain/text.ts"
import { Backups } from "../services/Backups.ts"
import { agentNamed } from "./backupName.ts"
import { inColumns, picked } from "./picked.ts"

const agents = Effect.gen(function* () {
  const all = yield* (yield* Backups).list(undefined)
  const names = [...new Set(all.map(({ name }) => name))]
  return inColumns(
    names.map((name) => {
      const own = all.filter((backup) => backup.name === name)
      return { value: name, parts: [name, counted(own.length, "backup"), own[0]?.time.slice(0, 10) ?? ""] }
    })
  )
})

/** An agent that is given without a time means the newest backup; one that is picked asks for the backup, too. */
export const backupPicked = Effect.fnUntraced(function* (input: {
  readonly name: Option.Option<string>
  readonly time: Option.Option<string>
}) {
  const name = yield* agentNamed(yield* picked(input.name, "agent", "Which agent?", agents))
  if (Option.isSome(input.name) || Option.isSome(input.time)) return { name, time: Option.getOrUndefined(input.time) }
  const own = yield* (yield* Backups).list(name)
  const choices = inColumns(own.map(({ size, time }) => ({ value: time, parts: [time, sizeText(size)] })))
  const only = own.length === 1 ? Option.fromUndefinedOr(own[0]?.time) : Option.none<string>()
  return { name, time: yield* picked(only, "time", "Which backup?", Effect.succeed(choices)) }
})
