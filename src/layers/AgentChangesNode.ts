/** `fs.watch` (inotify, FSEvents, ReadDirectoryChangesW) to know when to look, and hashes to know what is there. */
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import { join, sep } from "node:path"
import type { FileStamp } from "../domain/FileStamp.ts"
import { AgentChanges, type FileChange, type SeenContent } from "../services/AgentChanges.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { stampOf, stillFits } from "./fileStamp.ts"
import { attempt, insideProject, sha256 } from "./nodeFs.ts"

/** Contents beyond this many bytes, of one file and of all, are hashed and not kept. */
const keptBytes = 1024 * 1024
const keptInAll = 32 * 1024 * 1024

/** Milliseconds from the first sign of a change to the look at it; a burst is looked at as often as that. */
const settle = 80
/** A file that was written so recently may be half-written; so often it is left for the next look. */
const fresh = 30
const patience = 6
/** Milliseconds between looks where nothing can be watched, and between checks that the folder is still the same one. */
const poll = 2000

const deepest = 8

interface Known {
  readonly stamp: FileStamp
  readonly seen: SeenContent
}

interface Found {
  readonly file: string
  readonly path: string
  readonly stat: fs.Stats
}

interface Walked {
  readonly files: Array<Found>
  /** Which folder it is, by path: another one may take its place. */
  readonly folders: Map<string, string>
  /** Some files are elsewhere, and what happens to them there does not stir these folders. */
  linked: boolean
}

const entriesOf = (path: string): ReadonlyArray<fs.Dirent> => {
  try {
    return fs.readdirSync(path, { withFileTypes: true })
  } catch {
    // Gone since, or not ours to read: nothing in it is there for us.
    return []
  }
}

/** Every Markdown file below a folder, through links too, and every folder there; a folder once. */
const walk = (folder: string, name: string): Walked => {
  const walked: Walked = { files: [], folders: new Map(), linked: false }
  const been = new Set<string>()
  const visit = (path: string, shown: string, depth: number): void => {
    const here = fs.statSync(path, { throwIfNoEntry: false })
    const id = here === undefined ? "" : `${here.dev}:${here.ino}`
    if (id === "" || been.has(id) || depth > deepest) return
    been.add(id)
    walked.folders.set(path, id)
    for (const entry of entriesOf(path)) {
      const below = `${path}${sep}${entry.name}`
      const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && isDirectory(below))
      if (isFolder) visit(below, `${shown}/${entry.name}`, depth + 1)
      else if (entry.name.endsWith(".md")) {
        const stat = fs.statSync(below, { throwIfNoEntry: false })
        if (stat?.isFile() !== true) continue
        walked.files.push({ file: `${shown}/${entry.name}`, path: below, stat })
        walked.linked ||= entry.isSymbolicLink()
      }
    }
  }
  visit(folder, name, 0)
  return walked
}

const isDirectory = (path: string): boolean => fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

const sameContent = (a: SeenContent | undefined, b: SeenContent | undefined): boolean => a?.sha256 === b?.sha256

export const layer = Layer.effect(
  AgentChanges,
  Effect.gen(function* () {
    const config = yield* ProjectConfig
    const folderOf = Effect.gen(function* () {
      const { root } = yield* config.resolved
      const folder = join(root, ".claude", "agents")
      yield* insideProject(root, folder, "folder")
      return folder
    })
    let known = new Map<string, Known>()
    let lookedAt = 0
    /** How often a file was left alone because somebody was writing it. */
    const waited = new Map<string, number>()
    let kept = 0
    /** Set by a look that left something for the next one. */
    let again: (() => void) | undefined

    const read = (found: Found): Known | undefined => {
      let content: Buffer
      try {
        content = fs.readFileSync(found.path)
      } catch {
        // Deleted since, or not ours to read: not there for us.
        return undefined
      }
      const hash = sha256(content)
      const keep = content.length <= keptBytes && kept + content.length <= keptInAll
      if (keep) kept += content.length
      return {
        stamp: stampOf(found.stat, hash),
        seen: { sha256: hash, size: content.length, content: keep ? content : undefined }
      }
    }

    const forget = (one: Known | undefined): void => {
      kept -= one?.seen.content?.length ?? 0
    }

    const lookIn = (folder: string, whole: boolean): ReadonlyArray<FileChange> => {
      const started = Date.now()
      const next = new Map<string, Known>()
      const changes: Array<FileChange> = []
      for (const found of walk(folder, ".claude/agents").files) {
        const before = known.get(found.file)
        if (!whole && before !== undefined && stillFits(before.stamp, found.stat, lookedAt)) {
          next.set(found.file, before)
          continue
        }
        const tries = waited.get(found.file) ?? 0
        const unchanged = before !== undefined && before.stamp.mtime === found.stat.mtimeMs
        if (!whole && !unchanged && tries < patience && started - found.stat.mtimeMs < fresh) {
          waited.set(found.file, tries + 1)
          if (before !== undefined) next.set(found.file, before)
          again?.()
          continue
        }
        waited.delete(found.file)
        const after = read(found)
        if (after === undefined) continue
        forget(before)
        next.set(found.file, after)
        if (!sameContent(before?.seen, after.seen)) {
          changes.push({ file: found.file, before: before?.seen, after: after.seen })
        }
      }
      for (const [file, before] of known) {
        if (next.has(file)) continue
        forget(before)
        changes.push({ file, before: before.seen, after: undefined })
      }
      known = next
      lookedAt = started
      // In the order in which they were made, as far as the file system tells; a deletion has no time.
      const madeAt = ({ file }: FileChange): number => next.get(file)?.stamp.mtime ?? Infinity
      return changes.sort((one, other) => (madeAt(one) < madeAt(other) ? -1 : madeAt(one) > madeAt(other) ? 1 : 0))
    }

    const watch = Effect.fnUntraced(function* (stirred: () => void) {
      const folder = yield* folderOf
      const watchers = new Map<string, { readonly id: string; readonly watcher: fs.FSWatcher }>()
      let timer: NodeJS.Timeout | undefined
      let over = false
      let blind = false
      let polled = ""
      const soon = (): void => {
        if (over || timer !== undefined) return
        timer = setTimeout(() => {
          timer = undefined
          cover()
          stirred()
        }, settle)
      }
      again = soon
      /** A watcher for each folder that has none; those of folders that are gone, or are others now, are let go. */
      const cover = (): void => {
        const { folders, linked } = walk(folder, "")
        for (const [path, { id, watcher }] of watchers) {
          if (folders.get(path) === id) continue
          watcher.close()
          watchers.delete(path)
        }
        blind = linked
        for (const [path, id] of folders) {
          if (watchers.has(path)) continue
          try {
            const watcher = fs.watch(path, soon)
            watcher.on("error", () => {
              watcher.close()
              watchers.delete(path)
              blind = true
            })
            watchers.set(path, { id, watcher })
          } catch {
            // No watch to be had (the system's limit): looked at every two seconds instead.
            blind = true
          }
        }
      }
      const folderNow = (): string => {
        const stat = fs.statSync(folder, { throwIfNoEntry: false })
        return stat === undefined ? "none" : `${stat.dev}:${stat.ino}`
      }
      cover()
      polled = folderNow()
      const pulse = setInterval(() => {
        const now = folderNow()
        if (now !== polled || watchers.size === 0 || blind) soon()
        polled = now
      }, poll)
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          over = true
          again = undefined
          clearTimeout(timer)
          clearInterval(pulse)
          for (const { watcher } of watchers.values()) watcher.close()
        })
      )
    })

    return AgentChanges.of({
      look: Effect.fn("AgentChanges.look")(function* (how: "whole" | "stamps") {
        const folder = yield* folderOf
        return yield* attempt("read", folder, () => lookIn(folder, how === "whole"))
      }),
      seen: Effect.sync(() => new Map([...known].map(([file, one]) => [file, one.seen]))),
      watch
    })
  })
)
