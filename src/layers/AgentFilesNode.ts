import { Clock, Effect, Layer } from "effect"
import * as fs from "node:fs"
import { join, sep } from "node:path"
import { type AgentName, isAgentName } from "../domain/AgentName.ts"
import { UnsafePath } from "../domain/errors.ts"
import type { FileStamp } from "../domain/FileStamp.ts"
import { AgentFiles, type Scan } from "../services/AgentFiles.ts"
import type { Kept } from "../services/Backups.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import {
  attempt,
  fileError,
  inLanes,
  insideProject,
  listIfThere,
  makeFolder,
  sha256,
  syncFolder,
  writeInBackground
} from "./nodeFs.ts"
import { stampOf, stillFits } from "./fileStamp.ts"
import { putInPlace, sameFile, takeAway } from "./replacing.ts"

/** `code-reviewer.md` is `code-reviewer`; anything else is not an agent's file. */
const nameOf = (fileName: string): AgentName | undefined => {
  const name = fileName.endsWith(".md") ? fileName.slice(0, -3) : ""
  return isAgentName(name) ? name : undefined
}

/** Why a file is not one that crewkit reads or replaces. */
const problemOf = (stat: fs.Stats): string | undefined =>
  stat.isFile() ? undefined : stat.isSymbolicLink() ? "it is a link" : "it is not a regular file"

/** Every folder of a project that crewkit writes to. */
const written = [[".claude", "agents"], [".claude", ".backups"], [".agent"], [".crewkit", "objects"]] as const

/** Files written at once: enough that their flushes share a commit of the file system. */
const concurrency = 16

export const layer = Layer.effect(
  AgentFiles,
  Effect.gen(function* () {
    const config = yield* ProjectConfig
    const root = Effect.map(config.resolved, (resolved) => resolved.root)
    const folderOf = (base: string) => join(base, ".claude", "agents")
    const fileIn = (base: string, name: AgentName) => join(folderOf(base), `${name}.md`)

    const scan = Effect.fn("AgentFiles.scan")(function* (known: ReadonlyMap<AgentName, FileStamp>, since: number) {
      const base = yield* root
      const folder = folderOf(base)
      yield* insideProject(base, folder, "folder")
      const files = new Map<AgentName, FileStamp>()
      const irregular = new Map<AgentName, string>()
      const names = yield* listIfThere(folder)
      // One effect for all: a thousand files are looked at on every sync.
      let path = folder
      yield* Effect.try({
        try: () => {
          for (const fileName of names) {
            const name = nameOf(fileName)
            if (name === undefined) continue
            path = `${folder}${sep}${fileName}`
            const stat = fs.lstatSync(path, { throwIfNoEntry: false })
            if (stat === undefined) continue
            const problem = problemOf(stat)
            if (problem !== undefined) {
              irregular.set(name, problem)
              continue
            }
            const before = known.get(name)
            const fits = before !== undefined && stillFits(before, stat, since)
            files.set(name, fits ? before : stampOf(stat, sha256(fs.readFileSync(path))))
          }
        },
        catch: (cause) => fileError("read", path)(cause)
      })
      return { files, irregular } satisfies Scan
    })

    const ensure = Effect.gen(function* () {
      const base = yield* root
      const folder = folderOf(base)
      yield* insideProject(base, folder, "folder")
      yield* makeFolder(folder)
      return folder
    })

    const slotIn = Effect.fnUntraced(function* (kept: ReadonlyMap<AgentName, Kept>) {
      const base = yield* root
      const now = yield* Clock.currentTimeMillis
      const [folder, backups] = [folderOf(base), join(base, ".claude", ".backups")]
      return (name: AgentName) => ({ name, folder, backups, kept: kept.get(name), now })
    })

    return AgentFiles.of({
      scan,
      ensure,
      read: Effect.fn("AgentFiles.read")(function* (name: AgentName) {
        const base = yield* root
        const path = fileIn(base, name)
        yield* insideProject(base, path, "no link")
        return yield* attempt("read", path, () => fs.readFileSync(path))
      }),
      check: Effect.fn("AgentFiles.check")(function* (names: Iterable<AgentName>) {
        const base = yield* root
        for (const folder of written) yield* insideProject(base, join(base, ...folder), "folder")
        yield* insideProject(base, join(base, ".agent", "agents.lock"), "no link")
        yield* attempt("look at", folderOf(base), () => {
          for (const name of names) {
            const stat = fs.lstatSync(fileIn(base, name), { throwIfNoEntry: false })
            const reason = stat === undefined ? undefined : problemOf(stat)
            if (reason !== undefined) return new UnsafePath({ path: fileIn(base, name), reason })
          }
          return undefined
        }).pipe(Effect.flatMap((problem) => (problem === undefined ? Effect.void : Effect.fail(problem))))
      }),
      write: Effect.fn("AgentFiles.write")(function* (
        contents: Iterable<readonly [name: AgentName, content: Uint8Array | string, sha256?: string | undefined]>,
        kept: ReadonlyMap<AgentName, Kept>,
        written: (name: AgentName, stamp: FileStamp, other?: Kept) => void
      ) {
        const folder = yield* ensure
        const slot = yield* slotIn(kept)
        const pathOf = (name: AgentName) => `${folder}${sep}${name}.md`
        yield* inLanes(
          contents,
          concurrency,
          async ([name, content, known]) => {
            const data = typeof content === "string" ? Buffer.from(content) : content
            const ours = await writeInBackground(folder, data)
            const other = await putInPlace(slot(name), ours)
            // Who has saved it since gets no stamp that fits: the file is read again by the next scan.
            const there = fs.lstatSync(pathOf(name), { throwIfNoEntry: false })
            const stat = there !== undefined && sameFile(ours.stat, there) ? there : ours.stat
            written(name, stampOf(stat, known ?? sha256(data)), other)
          },
          ([name], cause) => fileError("write", pathOf(name))(cause)
        )
        yield* attempt("flush", folder, () => syncFolder(folder))
      }),
      remove: Effect.fn("AgentFiles.remove")(function* (
        names: ReadonlyArray<AgentName>,
        kept: ReadonlyMap<AgentName, Kept>
      ) {
        const base = yield* root
        const others = new Map<AgentName, Kept>()
        yield* insideProject(base, folderOf(base), "folder")
        const slot = yield* slotIn(kept)
        yield* inLanes(
          names,
          1,
          async (name) => {
            const other = await takeAway(slot(name))
            if (other !== undefined) others.set(name, other)
          },
          (name, cause) => fileError("remove", fileIn(base, name))(cause)
        )
        if (names.length > 0) yield* attempt("flush", folderOf(base), () => syncFolder(folderOf(base)))
        return others
      }),
      overlays: Effect.gen(function* () {
        const base = yield* root
        const folder = join(base, ".agent", "local")
        yield* insideProject(base, folder, "folder")
        const overlays = new Map<AgentName, string>()
        for (const fileName of yield* listIfThere(folder)) {
          const name = nameOf(fileName)
          if (name === undefined) continue
          const path = join(folder, fileName)
          yield* insideProject(base, path, "no link")
          overlays.set(
            name,
            yield* Effect.try({
              try: () => new TextDecoder("utf-8", { fatal: true }).decode(fs.readFileSync(path)),
              catch: fileError("read as UTF-8", path)
            })
          )
        }
        return overlays
      })
    })
  })
)
