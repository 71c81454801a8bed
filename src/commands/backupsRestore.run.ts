import { Context, Effect, type Option, Schema } from "effect"
import type { AgentName } from "../domain/AgentName.ts"
import { fileOf } from "../domain/reconcile.ts"
import { diffSpan } from "../domain/syncText.ts"
import { code, faint, good, type Line, warn } from "../domain/text.ts"
import { unifiedDiff } from "../domain/unifiedDiff.ts"
import { AgentFiles } from "../services/AgentFiles.ts"
import { Backups, type Kept } from "../services/Backups.ts"
import { FileLock } from "../services/FileLock.ts"
import { Invocation } from "../services/Invocation.ts"
import { Output } from "../services/Output.ts"
import { Prompter } from "../services/Prompter.ts"
import { SessionRecorder } from "../services/SessionRecorder.ts"
import { Sessions } from "../services/Sessions.ts"
import { BackupShown, shown } from "./backupName.ts"
import { backupPicked } from "./backupPicked.ts"
import { sourceOf, SourceShown } from "./backupSource.ts"

const RestoreResult = Schema.Struct({
  restored: SourceShown,
  /** The backup of what was replaced; absent where there was nothing to replace. */
  replaced: Schema.optionalKey(BackupShown)
})

/** Rows of a diff that are shown before the question. */
const mostShown = 20

/**
 * At a terminal the person sees what goes, and is asked. Elsewhere nobody is: the file becomes a backup first, so
 * nothing is lost.
 */
const mayReplace = Effect.fnUntraced(function* (name: AgentName, content: Uint8Array, label: string) {
  const files = yield* AgentFiles
  const output = yield* Output
  const prompter = yield* Prompter
  const { yes } = yield* Invocation
  if (yes || !(yield* prompter.possible) || !(yield* files.scan(new Map(), 0)).files.has(name)) return true
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
  const file = fileOf(name)
  const diff = unifiedDiff(text(yield* files.read(name)), text(content), { from: file, to: label })
  if (diff === "") return true
  const rows = diff.trimEnd().split("\n")
  yield* output.note([
    ...rows.slice(0, mostShown).map((row) => [diffSpan(row)]),
    ...(rows.length > mostShown ? [[faint(`and ${rows.length - mostShown} more: crewkit backups diff ${name}`)]] : [])
  ])
  return yield* prompter.confirm(`Replace ${file}? It is backed up first.`)
})

export const data = RestoreResult

export const run = Effect.fn("backups restore")(function* (input: {
  readonly name: Option.Option<string>
  readonly time: Option.Option<string>
}) {
  const output = yield* Output
  const backups = yield* Backups
  const files = yield* AgentFiles
  const lock = yield* FileLock
  const { name, time } = yield* backupPicked(input)
  const { content, label, shown: restored, words } = yield* sourceOf(name, time)
  yield* files.check([name])
  if (!(yield* mayReplace(name, content, label))) return yield* output.text([[warn("nothing was restored")]])
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
