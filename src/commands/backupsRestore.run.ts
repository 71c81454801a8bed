import { Context, Effect, Option, Schema } from "effect"
import type { AgentName } from "../domain/AgentName.ts"
import { BackupUnknown } from "../domain/errors.ts"
import { fileOf } from "../domain/reconcile.ts"
import { code, faint, good, type Line } from "../domain/text.ts"
import { AgentFiles } from "../services/AgentFiles.ts"
import { Backups, type Kept } from "../services/Backups.ts"
import { ContentStore } from "../services/ContentStore.ts"
import { FileLock } from "../services/FileLock.ts"
import { Output } from "../services/Output.ts"
import { SessionRecorder } from "../services/SessionRecorder.ts"
import { Sessions } from "../services/Sessions.ts"
import { agentNamed, BackupShown, shown } from "./backupName.ts"

/** A content that the session log kept. */
const VersionShown = Schema.Struct({ name: Schema.String, sha256: Schema.String, size: Schema.Finite })

const RestoreResult = Schema.Struct({
  restored: Schema.Union([BackupShown, VersionShown]),
  /** The backup of what was replaced; absent where there was nothing to replace. */
  replaced: Schema.optionalKey(BackupShown)
})

interface Source {
  readonly content: Uint8Array
  readonly shown: (typeof RestoreResult.Type)["restored"]
  readonly words: string
}

/** A beginning of a SHA-256, as the session log shows it; a time has hyphens in it. */
const isHash = (text: string): boolean => /^[0-9a-f]{8,64}$/.test(text)

const versionOf = Effect.fnUntraced(function* (name: AgentName, prefix: string) {
  const store = yield* ContentStore
  const [hash, ...others] = yield* store.find(prefix)
  const content = hash === undefined ? undefined : (yield* store.get(new Set([hash]))).get(hash)
  if (hash === undefined || content === undefined || others.length > 0) {
    return yield* new BackupUnknown({ name, time: prefix })
  }
  const source: Source = {
    content,
    shown: { name, sha256: hash, size: content.length },
    words: `is version ${hash.slice(0, 12)}`
  }
  return source
})

const backupOf = Effect.fnUntraced(function* (name: AgentName, time: string | undefined) {
  const { backup, content } = yield* (yield* Backups).find(name, time)
  const source: Source = { content, shown: shown(backup), words: `is as it was at ${backup.time}` }
  return source
})

export const data = RestoreResult

export const run = Effect.fn("backups restore")(function* (input: {
  readonly name: string
  readonly time: Option.Option<string>
}) {
  const output = yield* Output
  const backups = yield* Backups
  const files = yield* AgentFiles
  const lock = yield* FileLock
  const name = yield* agentNamed(input.name)
  const time = Option.getOrUndefined(input.time)
  const {
    content,
    shown: restored,
    words
  } = yield* time !== undefined && isHash(time) ? versionOf(name, time) : backupOf(name, time)
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
