/** A project's folder in memory: what `AgentFilesMemory`, `BackupsMemory` and `LockMemory` read and write. */
import { Clock, Context, Effect, Layer, Option, Ref } from "effect"
import { FileError } from "../domain/errors.ts"
import type { FileStamp } from "../domain/FileStamp.ts"
import { sha256 } from "../layers/nodeFs.ts"

/** One file: its bytes, and what a file system would say of it. */
export interface MemoryFile {
  readonly bytes: Uint8Array
  readonly stamp: FileStamp
}

/** Where a project in memory is said to be. Nothing is ever read or written there. */
export const root = "/project"

/**
 * Files by their path below the project, with `/`: `.claude/agents/reviewer.md`. Times are those of the test's clock,
 * inode numbers count from 1, so that the same steps give the same stamps.
 */
export class ProjectFolder extends Context.Service<
  ProjectFolder,
  {
    /** All paths, sorted. */
    readonly paths: Effect.Effect<ReadonlyArray<string>>
    /** The text of a file (UTF-8); none where there is no such file. */
    readonly text: (path: string) => Effect.Effect<Option.Option<string>>
    /** None where there is no such file. */
    readonly file: (path: string) => Effect.Effect<Option.Option<MemoryFile>>
    /** Fails with `FileError` (code `ENOENT`) where there is no such file. */
    readonly bytes: (path: string) => Effect.Effect<Uint8Array, FileError>
    /** Writes a whole file, as an editor would, and gives its stamp. */
    readonly write: (path: string, content: Uint8Array | string) => Effect.Effect<FileStamp>
    /** True where there was such a file. */
    readonly remove: (path: string) => Effect.Effect<boolean>
  }
>()("@crewkit/cli/testing/ProjectFolder") {}

const encoder = new TextEncoder()

/** A folder that holds these files: texts by their paths below the project. */
export const layer = (files: Readonly<Record<string, string>> = {}): Layer.Layer<ProjectFolder> =>
  Layer.effect(
    ProjectFolder,
    Effect.gen(function* () {
      const state = yield* Ref.make<ReadonlyMap<string, MemoryFile>>(new Map())
      const inodes = yield* Ref.make(0)

      const file = (path: string) => Effect.map(Ref.get(state), (all) => Option.fromUndefinedOr(all.get(path)))

      const write = Effect.fnUntraced(function* (path: string, content: Uint8Array | string) {
        const bytes = typeof content === "string" ? encoder.encode(content) : Uint8Array.from(content)
        const now = yield* Clock.currentTimeMillis
        const ino = yield* Ref.updateAndGet(inodes, (count) => count + 1)
        const stamp: FileStamp = { size: bytes.length, mtime: now, ctime: now, ino, sha256: sha256(bytes) }
        yield* Ref.update(state, (all) => new Map(all).set(path, { bytes, stamp }))
        return stamp
      })

      for (const [path, text] of Object.entries(files)) yield* write(path, text)

      return ProjectFolder.of({
        paths: Effect.map(Ref.get(state), (all) => [...all.keys()].sort()),
        text: (path) =>
          Effect.map(
            file(path),
            Option.map(({ bytes }) => new TextDecoder().decode(bytes))
          ),
        file,
        bytes: Effect.fnUntraced(function* (path) {
          const found = yield* file(path)
          if (Option.isNone(found)) return yield* new FileError({ operation: "read", path, code: "ENOENT" })
          return Uint8Array.from(found.value.bytes)
        }),
        write,
        remove: (path) =>
          Ref.modify(state, (all) => [all.has(path), new Map([...all].filter(([each]) => each !== path))])
      })
    })
  )
