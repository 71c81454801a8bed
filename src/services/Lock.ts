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
    /** Another text whenever the file is another one (size, times, inode); empty where there is none. */
    readonly fingerprint: Effect.Effect<string, ConfigError | FileError>
    /** Writes the lock and returns its fingerprint. */
    readonly write: (lock: LockFile) => Effect.Effect<string, ConfigError | FileError | UnsafePath>
  }
>()("@crewkit/cli/services/Lock") {}
