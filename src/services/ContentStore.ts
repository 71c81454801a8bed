import { Context, type Effect } from "effect"
import type { FileError, UnsafePath } from "../domain/errors.ts"
import type { ConfigError } from "./ProjectConfig.ts"

/** `.crewkit/objects`: contents by their SHA-256, so that a lock can be met without asking anybody. */
export class ContentStore extends Context.Service<
  ContentStore,
  {
    /** Keeps the contents that are not there yet, in one durable write. */
    readonly put: (
      contents: ReadonlyMap<string, Uint8Array | string>
    ) => Effect.Effect<void, ConfigError | FileError | UnsafePath>
    /** The contents that are there; each is checked against its hash. */
    readonly get: (
      hashes: ReadonlySet<string>
    ) => Effect.Effect<ReadonlyMap<string, Uint8Array>, ConfigError | FileError>
  }
>()("@crewkit/cli/services/ContentStore") {}
