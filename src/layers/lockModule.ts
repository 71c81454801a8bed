/**
 * The code of the file lock, `fs-native-extensions`. The build puts it beside the program, with the binaries of the
 * systems that crewkit runs on; the sources use the package itself. Nothing else says which of the two it is.
 */
import { createRequire } from "node:module"

/** The file beside the built program, from the build. */
declare const CREWKIT_LOCK: string

interface LockModule {
  /** Whole file, exclusive; false where another open file description holds it. */
  readonly tryLock: (fd: number) => boolean
  /** Two files change places; on Linux and macOS in one step. */
  readonly swapSync: (one: string, other: string) => void
}

/** Loaded at the first call; throws where there is no binary for this system, or it does not load. */
export const lockModule = (): LockModule =>
  createRequire(import.meta.filename)(typeof CREWKIT_LOCK === "string" ? CREWKIT_LOCK : "fs-native-extensions")
