/** A lock on a file that the operating system frees when its holder dies, and that nobody can steal from a stopped one. */
import { Effect, type Schedule, type Scope } from "effect"
import * as fs from "node:fs"
import { type FileError, LockUnsupported } from "../domain/errors.ts"
import { lockModule } from "./lockModule.ts"
import { attempt } from "./nodeFs.ts"

/** Loaded when first needed: a sync with nothing to write never gets here. */
const load = Effect.try({
  try: lockModule,
  catch: (cause) => {
    // Below the first line Node lists the files that asked for it.
    const [reason = ""] = (cause instanceof Error ? cause.message : String(cause)).split("\n")
    return new LockUnsupported({ reason })
  }
})

/** Locked until the scope closes; false where somebody else kept it for as long as the schedule goes on. */
export const lockFile = (
  path: string,
  wait: Schedule.Schedule<unknown>
): Effect.Effect<boolean, FileError | LockUnsupported, Scope.Scope> =>
  Effect.gen(function* () {
    const native = yield* load
    // The file is never deleted by us; the check after locking is for those who do it all the same.
    const open = attempt("open", path, () =>
      fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT | (fs.constants.O_NOFOLLOW ?? 0), 0o600)
    )
    const held = (fd: number): boolean =>
      native.tryLock(fd) && fs.fstatSync(fd).ino === fs.statSync(path, { throwIfNoEntry: false })?.ino
    let fd: number | undefined = yield* open
    const close = (): void => {
      if (fd !== undefined) fs.closeSync(fd)
      fd = undefined
    }
    yield* Effect.addFinalizer(() => Effect.sync(close))
    const tryOnce = Effect.gen(function* () {
      // Opened anew only to try again: a file that was deleted meanwhile is not made for nothing.
      const current = (fd ??= yield* open)
      return yield* attempt("lock", path, () => {
        if (held(current)) return true
        if (fs.statSync(path, { throwIfNoEntry: false })?.ino !== fs.fstatSync(current).ino) close()
        return false
      })
    })
    return yield* tryOnce.pipe(Effect.repeat({ schedule: wait, until: (got) => got }))
  })

/** Whether somebody holds the lock of this file; false where there is no such file. */
export const isLocked = (path: string): Effect.Effect<boolean, FileError | LockUnsupported> =>
  Effect.flatMap(load, (native) =>
    attempt("lock", path, () => {
      if (!fs.existsSync(path)) return false
      const fd = fs.openSync(path, fs.constants.O_RDWR | (fs.constants.O_NOFOLLOW ?? 0))
      try {
        return !native.tryLock(fd)
      } finally {
        fs.closeSync(fd)
      }
    })
  )
