/** `.claude/.backups` of a project in memory. */
import { Clock, Effect, Layer, Option } from "effect"
import { type AgentName, isAgentName } from "../domain/AgentName.ts"
import { BackupUnknown } from "../domain/errors.ts"
import { backupPath, stampAt } from "../layers/backupFile.ts"
import { type Backup, Backups, type Kept } from "../services/Backups.ts"
import { type MemoryFile, ProjectFolder } from "./ProjectFolder.ts"

/** Copies a file to where its agent's backups are; of two in one millisecond the later takes the next free name. */
export const keepFile = Effect.fnUntraced(function* (
  project: ProjectFolder["Service"],
  name: AgentName,
  { bytes, stamp }: MemoryFile
) {
  let millis = yield* Clock.currentTimeMillis
  while (Option.isSome(yield* project.file(backupPath(name, stampAt(millis))))) millis++
  const time = stampAt(millis)
  const path = backupPath(name, time)
  yield* project.write(path, bytes)
  return { name, time, path, size: bytes.length, sha256: stamp.sha256 } satisfies Kept
})

const form = /^\.claude\/\.backups\/([^/]+)\/(\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}Z)\.md$/

/** Backups as files of `ProjectFolder`, at the time of the test's clock. */
export const layer: Layer.Layer<Backups, never, ProjectFolder> = Layer.effect(
  Backups,
  Effect.gen(function* () {
    const project = yield* ProjectFolder

    const list = Effect.fnUntraced(function* (wanted: AgentName | undefined) {
      const all: Array<Backup> = []
      for (const path of yield* project.paths) {
        const [, name = "", time = ""] = form.exec(path) ?? []
        if (!isAgentName(name) || (wanted !== undefined && name !== wanted)) continue
        const found = yield* project.file(path)
        if (Option.isSome(found)) all.push({ name, time, path, size: found.value.stamp.size })
      }
      return all.sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : a.name < b.name ? -1 : 1))
    })

    return Backups.of({
      list,
      keep: Effect.fnUntraced(function* (names) {
        const kept = new Map<AgentName, Kept>()
        for (const name of names) {
          const path = `.claude/agents/${name}.md`
          yield* project.bytes(path)
          const found = yield* project.file(path)
          if (Option.isSome(found)) kept.set(name, yield* keepFile(project, name, found.value))
        }
        return kept
      }),
      remove: (backups) => Effect.forEach(backups, ({ path }) => project.remove(path), { discard: true }),
      find: Effect.fnUntraced(function* (name, time) {
        const backups = yield* list(name)
        const backup = time === undefined ? backups[0] : backups.find((each) => each.time.startsWith(time))
        if (backup === undefined) return yield* new BackupUnknown({ name, ...(time === undefined ? {} : { time }) })
        return { backup, content: yield* project.bytes(backup.path) }
      })
    })
  })
)
