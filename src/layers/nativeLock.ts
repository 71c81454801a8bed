/** A lock of the operating system on a file, held until the scope ends; freed when its holder is killed. */
import { Effect, type Scope } from "effect"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import { LockUnsupported, type FileError } from "../domain/errors.ts"
import { waitForLock } from "../services/policies.ts"
import { attempt } from "./nodeFs.ts"

interface Native {
  readonly tryLock: (fd: number) => boolean
}

const load: Effect.Effect<Native, LockUnsupported> = Effect.try({
  try: (): Native => createRequire(import.meta.filename)("fs-native-extensions"),
  catch: (cause) => new LockUnsupported({ reason: cause instanceof Error ? cause.message : String(cause) })
})

/** False where somebody else still holds it after `lockWaitSeconds`. The file is never deleted. */
export const holdLock = (path: string): Effect.Effect<boolean, FileError | LockUnsupported, Scope.Scope> =>
  Effect.gen(function* () {
    const native = yield* load
    const fd = yield* attempt("open", path, () =>
      fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT | (fs.constants.O_NOFOLLOW ?? 0), 0o600)
    )
    yield* Effect.addFinalizer(() => Effect.sync(() => fs.closeSync(fd)))
    const tryOnce = attempt("lock", path, () => native.tryLock(fd))
    return yield* tryOnce.pipe(Effect.repeat({ schedule: waitForLock, until: (got) => got }))
  })
