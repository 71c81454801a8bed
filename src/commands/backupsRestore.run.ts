import { Context, Effect, Option, Schema } from "effect"
import type { AgentName } from "../domain/AgentName.ts"
import { fileOf } from "../domain/reconcile.ts"
import { code, faint, good, type Line } from "../domain/text.ts"
import { AgentFiles } from "../services/AgentFiles.ts"
import { Backups, type Kept } from "../services/Backups.ts"
import { FileLock } from "../services/FileLock.ts"
import { Output } from "../services/Output.ts"
import { SessionRecorder } from "../services/SessionRecorder.ts"
import { Sessions } from "../services/Sessions.ts"
import { agentNamed, BackupShown, shown } from "./backupName.ts"
import { sourceOf, SourceShown } from "./backupSource.ts"

export const RestoreResult = Schema.Struct({
  restored: SourceShown,
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
  const { content, shown: restored, words } = yield* sourceOf(name, Option.getOrUndefined(input.time))
  yield* files.check([name])
  const { before, replaced } = yield* lock.exclusive(
    Effect.gen(function* () {
      const { files: present } = yield* files.scan(new Map(), 0)
      const there = present.has(name)
      const kept = there ? yield* backups.keep([name]) : new Map<AgentName, Kept>()
      let former = kept.get(name)
      yield* files.write([[name, content]], kept, (_, __, other) => void (former = other ?? former))
      const found = former === undefined ? undefined : (yield* backups.find(name, former.time)).content
      return { before: found, replaced: former }
    })
  )
  const recorder = Context.get(yield* (yield* Sessions).services, SessionRecorder)
  const change = { file: fileOf(name), before, after: content, backup: replaced?.path }
  yield* Effect.catch(recorder.restored([change]), (error) =>
    output.warn(`this is not in the session log: ${error.message}`)
  )
  const value = { restored, ...(replaced === undefined ? {} : { replaced: shown(replaced) }) }
  const undo: ReadonlyArray<Line> =
    replaced === undefined
      ? []
      : [
          [faint("  backup  "), replaced.path],
          [faint("  undo    "), code(`crewkit backups restore ${name} ${replaced.time}`)]
        ]
  yield* output.summary(RestoreResult, value, [
    [good("✓ "), `.claude/agents/${name}.md ${words}`],
    ...undo,
    [faint("  the next sync replaces it again, unless you sync with --keep-local or bring the change to the registry")]
  ])
})
