/** `fs-native-extensions`: an open-file-description lock on Linux, flock on macOS, LockFileEx on Windows. */
import { Clock, Effect, Layer, Scope } from "effect"
import { join } from "node:path"
import { Busy } from "../domain/errors.ts"
import { FileLock } from "../services/FileLock.ts"
import { lockWaitSeconds, waitForLock } from "../services/policies.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { localFolder } from "./localFolder.ts"
import { lockFile } from "./nativeLock.ts"
import { fileError, removeAbandoned } from "./nodeFs.ts"
import { keepAbandoned } from "./replacing.ts"

/** The folders in which a killed process can have left a temporary file. */
const written = [
  [".claude", "agents"],
  [".claude", ".backups"],
  [".agent"],
  [".crewkit"],
  [".crewkit", "objects"],
  [".crewkit", "sessions"]
] as const

export const layer = Layer.effect(
  FileLock,
  Effect.gen(function* () {
    const config = yield* ProjectConfig

    const acquire = Effect.gen(function* () {
      const locked = yield* lockFile(join(yield* localFolder(config), "writing.lock"), waitForLock)
      if (!locked) return yield* new Busy({ seconds: lockWaitSeconds })
      const { root } = yield* config.resolved
      for (const folder of written) yield* removeAbandoned(join(root, ...folder))
      const agents = join(root, ".claude", "agents")
      const now = yield* Clock.currentTimeMillis
      yield* Effect.tryPromise({
        try: () => keepAbandoned(agents, join(root, ".claude", ".backups"), now),
        catch: fileError("clean up", agents)
      })
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
