/**
 * Contents in packs: one file for all that one sync brings, because a thousand small files are what a sync costs. A
 * pack is a line of JSON (hash and length of each content, in order) and then the contents, end to end.
 */
import { Clock, Effect, Layer, Option, Schema } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { ContentStore } from "../services/ContentStore.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { localFolder } from "./localFolder.ts"
import { attempt, listIfThere, readIfThere, sha256, writeDurably } from "./nodeFs.ts"

const Index = Schema.fromJsonString(Schema.Array(Schema.Tuple([Schema.String, Schema.Finite])))
const decodeIndex = Schema.decodeUnknownOption(Index)

const isPack = (name: string): boolean => /^[0-9a-f]{64}\.pack$/.test(name)

/** Packs beyond this many bytes are dropped, oldest first; the newest always stays. */
const maxBytes = 256 * 1024 * 1024

/** Milliseconds after which whoever made a pack has recorded what is in it. */
const settled = 3600 * 1000

interface Entry {
  readonly hash: string
  readonly content: Uint8Array
}

const entriesOf = (pack: Buffer): ReadonlyArray<Entry> => {
  const end = pack.indexOf(0x0a)
  const index = end < 0 ? [] : Option.getOrElse(decodeIndex(pack.toString("utf8", 0, end)), () => [])
  let offset = end + 1
  return index.map(([hash, length]) => {
    const content = pack.subarray(offset, offset + length)
    offset += length
    return { hash, content }
  })
}

/** What a pack says it holds, without reading more than that; nothing where its size is not what it says. */
const indexIn = (path: string): ReadonlyArray<readonly [string, number]> => {
  let fd: number
  try {
    fd = fs.openSync(path, "r")
  } catch {
    return []
  }
  try {
    const { size } = fs.fstatSync(fd)
    let head = Buffer.allocUnsafe(0)
    let end = -1
    while (end < 0 && head.length < size) {
      const more = Buffer.allocUnsafe(Math.min(size - head.length, 64 * 1024))
      fs.readSync(fd, more, 0, more.length, head.length)
      head = Buffer.concat([head, more])
      end = head.indexOf(0x0a)
    }
    const index = end < 0 ? [] : Option.getOrElse(decodeIndex(head.toString("utf8", 0, end)), () => [])
    const total = index.reduce((sum, [, length]) => sum + length, end + 1)
    return total === size ? index : []
  } finally {
    fs.closeSync(fd)
  }
}

/** One buffer for all, written in place: ten thousand small ones would be half of a sync's memory. */
const packOf = (index: string, contents: ReadonlyArray<Uint8Array | string>): Buffer => {
  const head = Buffer.from(`${index}\n`)
  const pack = Buffer.allocUnsafe(contents.reduce((sum, content) => sum + Buffer.byteLength(content), head.length))
  let offset = head.copy(pack)
  for (const content of contents) {
    if (typeof content === "string") offset += pack.write(content, offset)
    else {
      pack.set(content, offset)
      offset += content.length
    }
  }
  return pack
}

export const layer = Layer.effect(
  ContentStore,
  Effect.gen(function* () {
    const config = yield* ProjectConfig
    const folderOf = Effect.map(config.resolved, ({ root }) => join(root, ".crewkit", "objects"))

    const get = Effect.fn("ContentStore.get")(function* (hashes: ReadonlySet<string>) {
      const folder = yield* folderOf
      const found = new Map<string, Uint8Array>()
      for (const name of (yield* listIfThere(folder)).filter(isPack)) {
        if (found.size === hashes.size) break
        const pack = yield* readIfThere(join(folder, name))
        if (pack._tag === "None") continue
        for (const { content, hash } of entriesOf(pack.value)) {
          if (hashes.has(hash) && !found.has(hash) && sha256(content) === hash) found.set(hash, content)
        }
      }
      return found
    })

    /** Packs never change, so each is looked into once a run. */
    const indexes = new Map<string, ReadonlyArray<string>>()
    const namesThere = Effect.fnUntraced(function* (folder: string) {
      const packs = (yield* listIfThere(folder)).filter(isPack)
      return yield* attempt("read", folder, () => {
        const there = new Set<string>()
        for (const name of packs) {
          const hashes = indexes.get(name) ?? indexIn(join(folder, name)).map(([hash]) => hash)
          indexes.set(name, hashes)
          for (const hash of hashes) there.add(hash)
        }
        return there
      })
    })

    const dropOldest = Effect.fnUntraced(function* (folder: string, newest: string) {
      const packs = (yield* listIfThere(folder))
        .filter((name) => isPack(name) && name !== newest)
        .map((name) => ({ name, stat: fs.statSync(join(folder, name), { throwIfNoEntry: false }) }))
        .sort((a, b) => (b.stat?.mtimeMs ?? 0) - (a.stat?.mtimeMs ?? 0))
      let total = fs.statSync(join(folder, newest), { throwIfNoEntry: false })?.size ?? 0
      const dropped: Array<string> = []
      for (const { name, stat } of packs) {
        total += stat?.size ?? 0
        if (total <= maxBytes) continue
        dropped.push(...indexIn(join(folder, name)).map(([hash]) => hash))
        indexes.delete(name)
        yield* attempt("remove", join(folder, name), () => fs.rmSync(join(folder, name), { force: true }))
      }
      return dropped
    })

    const writePack = Effect.fnUntraced(function* (
      contents: ReadonlyMap<string, Uint8Array | string>,
      there: ReadonlySet<string>
    ) {
      const missing = [...contents].filter(([hash]) => !there.has(hash))
      if (missing.length === 0) return []
      const index = JSON.stringify(missing.map(([hash, content]) => [hash, Buffer.byteLength(content)]))
      const pack = packOf(
        index,
        missing.map(([, content]) => content)
      )
      const folder = yield* localFolder(config, "objects")
      const name = `${sha256(index)}.pack`
      yield* writeDurably(join(folder, name), pack, 0o600)
      return yield* dropOldest(folder, name)
    })

    return ContentStore.of({
      get,
      prune: Effect.fn("ContentStore.prune")(function* (used: ReadonlySet<string>) {
        const folder = yield* folderOf
        const now = yield* Clock.currentTimeMillis
        let freed = 0
        for (const name of (yield* listIfThere(folder)).filter(isPack)) {
          const path = join(folder, name)
          freed += yield* attempt("remove", path, () => {
            const stat = fs.statSync(path, { throwIfNoEntry: false })
            if (stat === undefined || now - stat.mtimeMs < settled) return 0
            if (indexIn(path).some(([hash]) => used.has(hash))) return 0
            fs.rmSync(path, { force: true })
            indexes.delete(name)
            return stat.size
          })
        }
        return freed
      }),
      missing: (hashes) =>
        Effect.map(
          Effect.flatMap(folderOf, namesThere),
          (there) => new Set([...hashes].filter((hash) => !there.has(hash)))
        ),
      find: (prefix) =>
        Effect.map(Effect.flatMap(folderOf, namesThere), (there) =>
          [...there].filter((hash) => hash.startsWith(prefix)).sort()
        ),
      // Read whole, so that a pack that went bad is written anew.
      put: Effect.fn("ContentStore.put")(function* (contents: ReadonlyMap<string, Uint8Array | string>) {
        return yield* writePack(contents, new Set((yield* get(new Set(contents.keys()))).keys()))
      }),
      add: Effect.fn("ContentStore.add")(function* (contents: ReadonlyMap<string, Uint8Array | string>) {
        return yield* writePack(contents, yield* namesThere(yield* folderOf))
      })
    })
  })
)
