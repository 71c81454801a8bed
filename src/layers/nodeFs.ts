/**
 * File operations that the layers share: typed failures, durable atomic writes, and the check that a path stays
 * inside the project. Nothing here is a service; the layers are the services.
 */
import type { Option } from "effect"
import { Effect } from "effect"
import * as fs from "node:fs"
import { dirname, isAbsolute, join, relative, sep } from "node:path"
import { promisify } from "node:util"
import { FileError, UnsafePath } from "../domain/errors.ts"

export const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string"
    ? cause.code
    : String(cause)

export const fileError = (operation: string, path: string) => (cause: unknown) =>
  new FileError({ operation, path, code: codeOf(cause) })

/** A synchronous operation; for the few or the cheap. */
export const attempt = <A>(operation: string, path: string, work: () => A): Effect.Effect<A, FileError> =>
  Effect.try({ try: work, catch: fileError(operation, path) })

/** Loaded when first needed: it is a tenth of a start-up, and a sync with nothing to do hashes nothing. */
const crypto = () => process.getBuiltinModule("node:crypto")

export const sha256 = (data: Uint8Array | string): string => crypto().hash("sha256", data, "hex")

const isMissing = (error: FileError): boolean => error.code === "ENOENT" || error.code === "ENOTDIR"

/** None where there is no such file. */
export const readIfThere = (path: string): Effect.Effect<Option.Option<Buffer>, FileError> =>
  attempt("read", path, () => fs.readFileSync(path)).pipe(
    Effect.asSome,
    Effect.catchIf(isMissing, () => Effect.succeedNone)
  )

/** Names in a folder, sorted; none where there is no such folder. */
export const listIfThere = (path: string): Effect.Effect<ReadonlyArray<string>, FileError> =>
  attempt("list", path, () => fs.readdirSync(path).sort()).pipe(
    Effect.catchIf(isMissing, () => Effect.succeed<ReadonlyArray<string>>([]))
  )

export const makeFolder = (path: string, mode?: number): Effect.Effect<void, FileError> =>
  Effect.asVoid(
    attempt("create", path, () => fs.mkdirSync(path, { recursive: true, ...(mode === undefined ? {} : { mode }) }))
  )

/** Makes a rename or a removal in this folder survive a power cut. Windows cannot and need not. */
export const syncFolder = (path: string): void => {
  if (process.platform === "win32") return
  const fd = fs.openSync(path, "r")
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** Names the process that writes, so that what a killed one left can be told. Never ends in `.md`. */
export const temporaryIn = (folder: string): string => {
  own ??= crypto().randomUUID().slice(0, 24)
  return join(folder, `.crewkit-${process.pid}-${own}${(count++).toString(16).padStart(12, "0")}.tmp`)
}
let own: string | undefined
let count = 0

export const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return codeOf(cause) === "EPERM"
  }
}

/** Deletes what killed processes left half-written in a folder. */
export const removeAbandoned = (folder: string): Effect.Effect<void, FileError> =>
  Effect.flatMap(listIfThere(folder), (names) =>
    attempt("clean up", folder, () => {
      for (const name of names) {
        const pid = /^\.crewkit-(\d+)-[0-9a-f-]{36}\.tmp$/.exec(name)?.[1]
        if (pid !== undefined && !isRunning(Number(pid))) fs.rmSync(join(folder, name), { force: true })
      }
    })
  )

/** Whole file, flushed, under a temporary name; the caller renames it. Leaves nothing behind when it fails. */
const writeTemporary = (folder: string, data: Uint8Array, mode: number): string => {
  const temporary = temporaryIn(folder)
  const fd = fs.openSync(temporary, "wx", mode)
  try {
    let offset = 0
    while (offset < data.length) offset += fs.writeSync(fd, data, offset)
    fs.fsyncSync(fd)
  } catch (cause) {
    fs.rmSync(temporary, { force: true })
    throw cause
  } finally {
    fs.closeSync(fd)
  }
  return temporary
}

/** Puts a whole file in place: either the old or the new one is there at any moment, and the new one is flushed. */
export const replaceFile = (path: string, data: Uint8Array, mode = 0o666, temporaryFolder = dirname(path)): void => {
  const temporary = writeTemporary(temporaryFolder, data, mode)
  try {
    fs.renameSync(temporary, path)
  } catch (cause) {
    fs.rmSync(temporary, { force: true })
    throw cause
  }
}

const open = promisify(fs.open)
const write = promisify(fs.write)
const fsync = promisify(fs.fsync)
const close = promisify(fs.close)

export interface Written {
  readonly temporary: string
  readonly stat: fs.Stats
}

/** A whole file under a temporary name, off the main thread: several at once share the waiting for the disk. */
export const writeInBackground = async (folder: string, data: Uint8Array, mode = 0o666): Promise<Written> => {
  const temporary = temporaryIn(folder)
  try {
    const fd = await open(temporary, "wx", mode)
    try {
      let offset = 0
      while (offset < data.length) offset += (await write(fd, data, offset)).bytesWritten
      await fsync(fd)
      return { temporary, stat: fs.fstatSync(fd) }
    } finally {
      await close(fd)
    }
  } catch (cause) {
    fs.rmSync(temporary, { force: true })
    throw cause
  }
}

/**
 * Works off all items, so many at a time, in one effect: an effect for each would cost as much as the work. The first
 * failure, or an interruption, starts nothing more and waits for what has begun.
 */
export const inLanes = <A, E>(
  items: Iterable<A>,
  lanes: number,
  work: (item: A) => Promise<void>,
  failed: (item: A, cause: unknown) => E
): Effect.Effect<void, E> =>
  Effect.callback((resume) => {
    const iterator = items[Symbol.iterator]()
    let failure: { readonly error: E } | undefined
    let stopped = false
    const lane = async (): Promise<void> => {
      while (!stopped) {
        const next = iterator.next()
        if (next.done === true) return
        try {
          await work(next.value)
        } catch (cause) {
          stopped = true
          failure ??= { error: failed(next.value, cause) }
        }
      }
    }
    const all = Promise.all(Array.from({ length: lanes }, lane)).then(() => undefined)
    void all.then(() => resume(failure === undefined ? Effect.void : Effect.fail(failure.error)))
    return Effect.promise(() => {
      stopped = true
      return all
    })
  })

export const writeDurably = (path: string, data: Uint8Array | string, mode = 0o666): Effect.Effect<void, FileError> =>
  attempt("write", path, () => {
    replaceFile(path, typeof data === "string" ? Buffer.from(data) : data, mode)
    syncFolder(dirname(path))
  })

const contains = (folder: string, path: string): boolean => {
  const way = relative(folder, path)
  return way === "" || (!isAbsolute(way) && way !== ".." && !way.startsWith(`..${sep}`))
}

/**
 * Fails unless every part of `path` below `root` that exists is a real folder or file, or a link that stays inside the
 * project; and unless the last part, where it is a link, is refused altogether (`leaf: "no link"`).
 */
export const insideProject = (
  root: string,
  path: string,
  leaf: "folder" | "no link"
): Effect.Effect<void, FileError | UnsafePath> =>
  Effect.gen(function* () {
    const way = relative(root, path)
    if (!contains(root, path)) return yield* new UnsafePath({ path, reason: "it is outside of the project" })
    const parts = way.split(sep)
    let current = root
    for (const [index, part] of parts.entries()) {
      current = join(current, part)
      const last = index === parts.length - 1
      const stat = yield* attempt("look at", current, () => fs.lstatSync(current, { throwIfNoEntry: false }))
      if (stat === undefined) return
      if (stat.isSymbolicLink()) {
        if (last && leaf === "no link") return yield* new UnsafePath({ path: current, reason: "it is a link" })
        const real = yield* attempt("follow", current, () => fs.realpathSync(current)).pipe(
          Effect.mapError(() => new UnsafePath({ path: current, reason: "it is a link that leads nowhere" }))
        )
        const home = yield* attempt("look at", root, () => fs.realpathSync(root))
        if (!contains(home, real))
          return yield* new UnsafePath({ path: current, reason: "it is a link out of the project" })
      } else if (last && leaf === "no link" ? !stat.isFile() : !stat.isDirectory()) {
        return yield* new UnsafePath({
          path: current,
          reason: last && leaf === "no link" ? "it is not a regular file" : "it is not a folder"
        })
      }
    }
  })
