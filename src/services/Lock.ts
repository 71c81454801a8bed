import { Context, type Effect, type Option } from "effect"
import type { FileError, LockInvalid, UnsafePath } from "../domain/errors.ts"
import type { LockFile } from "../domain/LockFile.ts"
import type { ConfigError } from "./ProjectConfig.ts"

/** `.agent/agents.lock`. */
export class Lock extends Context.Service<
  Lock,
  {
    /** None where there is no lock yet. */
    readonly read: Effect.Effect<Option.Option<LockFile>, ConfigError | FileError | LockInvalid>
    /** SHA-256 of the file's bytes; empty where there is none. Cheaper than `read` to see that nothing changed. */
    readonly digest: Effect.Effect<string, ConfigError | FileError>
    /** Writes the lock and returns its digest. */
    readonly write: (lock: LockFile) => Effect.Effect<string, ConfigError | FileError | UnsafePath>
  }
>()("crewkit/services/Lock") {}
