import { Clock, Effect, Layer } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { type AgentName, isAgentName } from "../domain/AgentName.ts"
import { BackupUnknown } from "../domain/errors.ts"
import { backupTimePattern } from "../domain/namePatterns.ts"
import { AgentFiles } from "../services/AgentFiles.ts"
import { type Backup, Backups, type Kept } from "../services/Backups.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { backupPath, freeTime } from "./backupFile.ts"
import { attempt, insideProject, listIfThere, makeFolder, replaceFile, sha256, syncFolder } from "./nodeFs.ts"

export const layer = Layer.effect(
  Backups,
  Effect.gen(function* () {
    const config = yield* ProjectConfig
    const files = yield* AgentFiles
    const root = Effect.map(config.resolved, (resolved) => resolved.root)
    const folderOf = (base: string) => join(base, ".claude", ".backups")

    const keepOne = Effect.fnUntraced(function* (base: string, name: AgentName) {
      const data = yield* files.read(name)
      const folder = join(folderOf(base), name)
      yield* insideProject(base, folder, "folder")
      yield* makeFolder(folder)
      const now = yield* Clock.currentTimeMillis
      return yield* attempt("write", folder, () => {
        const time = freeTime(folder, now)
        replaceFile(join(folder, `${time}.md`), data, 0o666, folderOf(base))
        syncFolder(folder)
        return { name, time, path: backupPath(name, time), size: data.length, sha256: sha256(data) } satisfies Kept
      })
    })

    const listOne = Effect.fnUntraced(function* (base: string, name: AgentName) {
      const folder = join(folderOf(base), name)
      yield* insideProject(base, folder, "folder")
      const backups: Array<Backup> = []
      for (const fileName of yield* listIfThere(folder)) {
        const time = fileName.replace(/\.md$/, "")
        if (!fileName.endsWith(".md") || !backupTimePattern.test(time)) continue
        const path = join(folder, fileName)
        const stat = yield* attempt("look at", path, () => fs.lstatSync(path))
        if (stat.isFile()) backups.push({ name, time, path: backupPath(name, time), size: stat.size })
      }
      return backups
    })

    const list = Effect.fn("Backups.list")(function* (name: AgentName | undefined) {
      const base = yield* root
      yield* insideProject(base, folderOf(base), "folder")
      const names = name === undefined ? (yield* listIfThere(folderOf(base))).filter(isAgentName) : [name]
      const all: Array<Backup> = []
      for (const each of names) all.push(...(yield* listOne(base, each)))
      return all.sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : a.name < b.name ? -1 : 1))
    })

    return Backups.of({
      list,
      keep: Effect.fn("Backups.keep")(function* (names: ReadonlyArray<AgentName>) {
        const base = yield* root
        const kept = new Map<AgentName, Kept>()
        if (names.length === 0) return kept
        yield* insideProject(base, folderOf(base), "folder")
        yield* makeFolder(folderOf(base))
        for (const name of names) kept.set(name, yield* keepOne(base, name))
        yield* attempt("flush", folderOf(base), () => syncFolder(folderOf(base)))
        return kept
      }),
      remove: Effect.fn("Backups.remove")(function* (backups: ReadonlyArray<Backup>) {
        const base = yield* root
        const folders = new Set<string>()
        const flush = (folder: string) =>
          attempt("flush", folder, () => {
            if (!fs.existsSync(folder)) return
            syncFolder(folder)
            if (fs.readdirSync(folder).length === 0) fs.rmdirSync(folder)
          })
        const removeAll = Effect.forEach(
          backups,
          Effect.fnUntraced(function* ({ name, time }) {
            const folder = join(folderOf(base), name)
            const path = join(folder, `${time}.md`)
            yield* insideProject(base, folder, "folder")
            yield* attempt("delete", path, () => fs.rmSync(path, { force: true }))
            folders.add(folder)
            // A signal is heard between two of them.
            yield* Effect.yieldNow
          }),
          { discard: true }
        )
        yield* Effect.onExit(removeAll, () => Effect.ignore(Effect.forEach(folders, flush, { discard: true })))
      }),
      find: Effect.fn("Backups.find")(function* (name: AgentName, time: string | undefined) {
        const backups = yield* list(name)
        const backup = time === undefined ? backups[0] : backups.find((each) => each.time.startsWith(time))
        if (backup === undefined) return yield* new BackupUnknown({ name, ...(time === undefined ? {} : { time }) })
        const path = join(folderOf(yield* root), name, `${backup.time}.md`)
        return { backup, content: yield* attempt("read", path, () => fs.readFileSync(path)) }
      })
    })
  })
)
