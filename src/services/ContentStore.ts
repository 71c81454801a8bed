import { Context, type Effect } from "effect"
import type { FileError, UnsafePath } from "../domain/errors.ts"
import type { ConfigError } from "./ProjectConfig.ts"

/** `.crewkit/objects`: contents by their SHA-256, so that a lock can be met without asking anybody. */
export class ContentStore extends Context.Service<
  ContentStore,
  {
    /**
     * Keeps the contents that are not there yet, in one durable write. Gives the hashes of what was dropped for it,
     * oldest first, to stay below the size cap.
     */
    readonly put: (
      contents: ReadonlyMap<string, Uint8Array | string>
    ) => Effect.Effect<ReadonlyArray<string>, ConfigError | FileError | UnsafePath>
    /** As `put`, but takes it that what a pack says it holds is good: it is not read again. For the session log. */
    readonly add: (
      contents: ReadonlyMap<string, Uint8Array | string>
    ) => Effect.Effect<ReadonlyArray<string>, ConfigError | FileError | UnsafePath>
    /**
     * Drops what none of these names, a whole pack at a time, and none that was made in the last hour: what is in it may
     * be about to be recorded. Gives the bytes that were freed.
     */
    readonly prune: (used: ReadonlySet<string>) => Effect.Effect<number, ConfigError | FileError>
    /** Those that are not there, as far as the packs say. */
    readonly missing: (hashes: ReadonlySet<string>) => Effect.Effect<ReadonlySet<string>, ConfigError | FileError>
    /** The hashes that are there and begin like this; the contents are not looked at. */
    readonly find: (prefix: string) => Effect.Effect<ReadonlyArray<string>, ConfigError | FileError>
    /** The contents that are there; each is checked against its hash. */
    readonly get: (
      hashes: ReadonlySet<string>
    ) => Effect.Effect<ReadonlyMap<string, Uint8Array>, ConfigError | FileError>
  }
>()("@crewkit/cli/services/ContentStore") {}
