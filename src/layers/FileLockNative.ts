/** `fs-native-extensions`: an open-file-description lock on Linux, flock on macOS, LockFileEx on Windows. */
import { Effect, Layer, Scope } from "effect"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { Busy, LockUnsupported } from "../domain/errors.ts"
import { FileLock } from "../services/FileLock.ts"
import { lockWaitSeconds, waitForLock } from "../services/policies.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { localFolder } from "./localFolder.ts"
import { attempt, removeAbandoned } from "./nodeFs.ts"

interface Native {
  readonly tryLock: (fd: number) => boolean
}

/** Loaded when first needed: a sync with nothing to write never gets here. */
const load: Effect.Effect<Native, LockUnsupported> = Effect.try({
  try: (): Native => createRequire(import.meta.filename)("fs-native-extensions"),
  catch: (cause) => new LockUnsupported({ reason: cause instanceof Error ? cause.message : String(cause) })
})

/** The folders in which a killed process can have left a temporary file. */
const written = [
  [".claude", "agents"],
  [".claude", ".backups"],
  [".agent"],
  [".crewkit"],
  [".crewkit", "objects"]
] as const

export const layer = Layer.effect(
  FileLock,
  Effect.gen(function* () {
    const config = yield* ProjectConfig

    const acquire = Effect.gen(function* () {
      const native = yield* load
      const path = join(yield* localFolder(config), "writing.lock")
      // The file is never deleted, so the lock and the name always mean the same file.
      const fd = yield* attempt("open", path, () =>
        fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT | (fs.constants.O_NOFOLLOW ?? 0), 0o600)
      )
      yield* Effect.addFinalizer(() => Effect.sync(() => fs.closeSync(fd)))
      const tryOnce = attempt("lock", path, () => native.tryLock(fd))
      const locked = yield* tryOnce.pipe(Effect.repeat({ schedule: waitForLock, until: (got) => got }))
      if (!locked) return yield* new Busy({ seconds: lockWaitSeconds })
      const { root } = yield* config.resolved
      for (const folder of written) yield* removeAbandoned(join(root, ...folder))
    })

    return FileLock.of({
      exclusive: (work) =>
        Effect.acquireUseRelease(
          Scope.make(),
          (scope) => Effect.andThen(Scope.provide(acquire, scope), work),
          (scope, exit) => Scope.close(scope, exit)
        )
    })
  })
)
