import { Effect, Option, Schema } from "effect"
import { code, faint, good, type Line } from "../domain/text.ts"
import { AgentFiles } from "../services/AgentFiles.ts"
import { Backups } from "../services/Backups.ts"
import { FileLock } from "../services/FileLock.ts"
import { Output } from "../services/Output.ts"
import { agentNamed, BackupShown, shown } from "./backupName.ts"

export const RestoreResult = Schema.Struct({
  restored: BackupShown,
  /** The backup of what was replaced; absent where there was nothing to replace. */
  replaced: Schema.optionalKey(BackupShown)
})

export const run = Effect.fn("backups restore")(function* (input: {
  readonly name: string
  readonly time: Option.Option<string>
}) {
  const output = yield* Output
  const backups = yield* Backups
  const files = yield* AgentFiles
  const lock = yield* FileLock
  const name = yield* agentNamed(input.name)
  const { backup, content } = yield* backups.find(name, Option.getOrUndefined(input.time))
  yield* files.check([name])
  const replaced = yield* lock.exclusive(
    Effect.gen(function* () {
      const { files: present } = yield* files.scan(new Map(), 0)
      const kept = present.has(name) ? yield* backups.keep([name]) : new Map()
      yield* files.write([[name, content]], () => undefined)
      return kept.get(name)
    })
  )
  const value = { restored: shown(backup), ...(replaced === undefined ? {} : { replaced: shown(replaced) }) }
  const undo: ReadonlyArray<Line> =
    replaced === undefined
      ? []
      : [
          [faint("  backup  "), replaced.path],
          [faint("  undo    "), code(`crewkit backups restore ${name} ${replaced.time}`)]
        ]
  yield* output.summary(RestoreResult, value, [
    [good("✓ "), `.claude/agents/${name}.md is as it was at ${backup.time}`],
    ...undo,
    [faint("  the next sync replaces it again, unless you sync with --keep-local or bring the change to the registry")]
  ])
})
