import { Context, type Effect } from "effect"
import type { Busy, FileError, LockUnsupported, UnsafePath } from "../domain/errors.ts"
import type { ConfigError } from "./ProjectConfig.ts"

/** One writer a project at a time, across processes; the operating system frees the lock of a killed holder. */
export class FileLock extends Context.Service<
  FileLock,
  {
    readonly exclusive: <A, E, R>(
      work: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | ConfigError | FileError | UnsafePath | Busy | LockUnsupported, R>
  }
>()("@crewkit/cli/services/FileLock") {}
