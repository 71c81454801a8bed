/** `.claude/agents` of a project in memory. */
import { Effect, Layer, Option } from "effect"
import { type AgentName, isAgentName } from "../domain/AgentName.ts"
import type { FileStamp } from "../domain/FileStamp.ts"
import { AgentFiles } from "../services/AgentFiles.ts"
import type { Kept } from "../services/Backups.ts"
import { keepFile } from "./BackupsMemory.ts"
import { ProjectFolder, root } from "./ProjectFolder.ts"

const folder = ".claude/agents"
const local = ".agent/local"

/** Below the project. */
export const agentPath = (name: AgentName): string => `${folder}/${name}.md`

/** The agents that have a file right in this folder, with its path. */
const agentsIn = (paths: ReadonlyArray<string>, below: string): ReadonlyArray<readonly [AgentName, string]> =>
  paths.flatMap((path) => {
    const name = path.startsWith(`${below}/`) && path.endsWith(".md") ? path.slice(below.length + 1, -3) : ""
    return isAgentName(name) ? [[name, path] as const] : []
  })

/**
 * The files of `ProjectFolder`, with the promises of the live layer: what is replaced or removed is a backup afterwards,
 * and a file that somebody saved after `kept` was made gets another one. Every file is hashed when it is written, so
 * `scan` needs no stamps. There are no links and no other kinds of file here: `irregular` is empty, `check` passes.
 */
export const layer: Layer.Layer<AgentFiles, never, ProjectFolder> = Layer.effect(
  AgentFiles,
  Effect.gen(function* () {
    const project = yield* ProjectFolder

    /** A backup of what is there now, where `kept` does not hold that already. */
    const rescue = Effect.fnUntraced(function* (name: AgentName, kept: ReadonlyMap<AgentName, Kept>) {
      const now = yield* project.file(agentPath(name))
      if (Option.isNone(now) || kept.get(name)?.sha256 === now.value.stamp.sha256) return undefined
      return yield* keepFile(project, name, now.value)
    })

    return AgentFiles.of({
      scan: Effect.fnUntraced(function* () {
        const files = new Map<AgentName, FileStamp>()
        for (const [name, path] of agentsIn(yield* project.paths, folder)) {
          const found = yield* project.file(path)
          if (Option.isSome(found)) files.set(name, found.value.stamp)
        }
        return { files, irregular: new Map() }
      }),
      read: (name) => project.bytes(agentPath(name)),
      write: Effect.fnUntraced(function* (contents, kept, written) {
        for (const [name, content] of contents) {
          const other = yield* rescue(name, kept)
          written(name, yield* project.write(agentPath(name), content), other)
        }
      }),
      remove: Effect.fnUntraced(function* (names, kept) {
        const others = new Map<AgentName, Kept>()
        for (const name of names) {
          const other = yield* rescue(name, kept)
          if (other !== undefined) others.set(name, other)
          yield* project.remove(agentPath(name))
        }
        return others
      }),
      ensure: Effect.succeed(`${root}/${folder}`),
      check: () => Effect.void,
      overlays: Effect.gen(function* () {
        const overlays = new Map<AgentName, string>()
        for (const [name, path] of agentsIn(yield* project.paths, local)) {
          overlays.set(
            name,
            Option.getOrElse(yield* project.text(path), () => "")
          )
        }
        return overlays
      })
    })
  })
)
