/** The vault's file and its folder: nobody else's, no links, nothing for others to read. */
import { Effect, Option } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import type { FileError } from "../domain/errors.ts"
import { StoreUnavailable } from "../domain/storeErrors.ts"
import { attempt, makeFolder, removeAbandoned, writeDurably } from "./nodeFs.ts"

const refuse = (reason: string, hint: string): StoreUnavailable =>
  new StoreUnavailable({ store: "vault", reason, hint })

export const ofFile = (error: FileError): StoreUnavailable =>
  new StoreUnavailable({
    store: "vault",
    reason: error.message,
    ...(error.next === undefined ? {} : { hint: error.next })
  })

/** Why a file or folder is not private, or undefined. Windows keeps the profile private by itself. */
const exposed = (path: string, stat: fs.Stats, mode: string): StoreUnavailable | undefined => {
  if (process.platform === "win32") return undefined
  if (stat.uid !== process.getuid?.()) return refuse(`${path} belongs to another user`, `ls -ld ${path}`)
  if ((stat.mode & 0o077) !== 0) return refuse(`others may read or write ${path}`, `chmod ${mode} ${path}`)
  return undefined
}

const checkFolder = Effect.fnUntraced(function* (folder: string) {
  const stat = yield* attempt("look at", folder, () => fs.lstatSync(folder, { throwIfNoEntry: false })).pipe(
    Effect.mapError(ofFile)
  )
  if (stat === undefined) return false
  if (!stat.isDirectory()) return yield* refuse(`${folder} is not a real folder`, `ls -ld ${folder}`)
  const problem = exposed(folder, stat, "700")
  if (problem !== undefined) return yield* problem
  return true
})

export const vaultFile = (folder: string): string => join(folder, "crewkit.vault")
export const vaultLock = (folder: string): string => join(folder, "crewkit.lock")

const maxBytes = 16 * 1024 * 1024

/** None where there is no vault. Opened once, so that what is checked is what is read. */
export const readVaultFile = Effect.fnUntraced(function* (folder: string) {
  if (!(yield* checkFolder(folder))) return Option.none<Buffer>()
  const path = vaultFile(folder)
  // Two of these are undefined on Windows, which counts as 0.
  const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants
  return yield* Effect.acquireUseRelease(
    attempt("open", path, () => fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)),
    (fd) =>
      Effect.gen(function* () {
        const stat = yield* attempt("look at", path, () => fs.fstatSync(fd))
        if (!stat.isFile()) return yield* refuse(`${path} is not a regular file`, `ls -l ${path}`)
        if (stat.nlink > 1) return yield* refuse(`${path} has a second name (a hard link)`, `ls -l ${path}`)
        if (stat.size > maxBytes) return yield* refuse(`${path} is larger than a vault can be`, `ls -l ${path}`)
        const problem = exposed(path, stat, "600")
        if (problem !== undefined) return yield* problem
        return Option.some(yield* attempt("read", path, () => fs.readFileSync(fd)))
      }),
    (fd) => Effect.sync(() => fs.closeSync(fd))
  ).pipe(
    Effect.catchTag("FileError", (error) =>
      error.code === "ENOENT"
        ? Effect.succeed(Option.none<Buffer>())
        : error.code === "ELOOP"
          ? Effect.fail(refuse(`${path} is a link`, `ls -l ${path}`))
          : Effect.fail(ofFile(error))
    )
  )
})

/** Makes the folder where it is not there yet. */
export const prepareFolder = Effect.fnUntraced(function* (folder: string) {
  yield* makeFolder(folder, 0o700).pipe(Effect.mapError(ofFile))
  yield* checkFolder(folder)
})

/** Under the lock only. The old file or the new one is there at any moment, and the new one is on the disk at the end. */
export const writeVaultFile = (folder: string, text: string): Effect.Effect<void, StoreUnavailable> =>
  Effect.andThen(removeAbandoned(folder), writeDurably(vaultFile(folder), text, 0o600)).pipe(Effect.mapError(ofFile))
