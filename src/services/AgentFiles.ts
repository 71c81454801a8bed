import { Context, type Effect } from "effect"
import type { AgentName } from "../domain/AgentName.ts"
import type { FileError, UnsafePath } from "../domain/errors.ts"
import type { FileStamp } from "../domain/FileStamp.ts"
import type { Kept } from "./Backups.ts"
import type { ConfigError } from "./ProjectConfig.ts"

export type FilesError = ConfigError | FileError | UnsafePath

export interface Scan {
  readonly files: ReadonlyMap<AgentName, FileStamp>
  /** What has an agent's name and is no regular file: in the way where the registry has that agent, else foreign. */
  readonly irregular: ReadonlyMap<AgentName, string>
}

/** `.claude/agents`: written atomically and durably inside the project; follows nothing out of it. */
export class AgentFiles extends Context.Service<
  AgentFiles,
  {
    /**
     * Hashes every `<agent name>.md`; a stamp of `known` that still fits saves reading the file.
     * `since` is when those stamps were taken: a file changed in that very moment is read again.
     */
    readonly scan: (known: ReadonlyMap<AgentName, FileStamp>, since: number) => Effect.Effect<Scan, FilesError>
    readonly read: (name: AgentName) => Effect.Effect<Uint8Array, FilesError>
    /**
     * Writes whole files; each is either the old or the new one at any moment, and on disk when this returns. Where the
     * SHA-256 of a content is known it need not be computed again. What is replaced is a backup afterwards: the one in
     * `kept`, or, where somebody saved the file since that was made, another one, which `written` is told of.
     */
    readonly write: (
      contents: Iterable<readonly [name: AgentName, content: Uint8Array | string, sha256?: string | undefined]>,
      kept: ReadonlyMap<AgentName, Kept>,
      written: (name: AgentName, stamp: FileStamp, other?: Kept) => void
    ) => Effect.Effect<void, FilesError>
    /** What is removed is a backup afterwards, as with `write`; gives those that are others than in `kept`. */
    readonly remove: (
      names: ReadonlyArray<AgentName>,
      kept: ReadonlyMap<AgentName, Kept>
    ) => Effect.Effect<ReadonlyMap<AgentName, Kept>, FilesError>
    /** Makes the folder where it is missing: Claude Code watches it only if it was there at its start. */
    readonly ensure: Effect.Effect<string, FilesError>
    /** Fails where any write of a sync would be refused: a folder that leads out of the project, a link in place of a file. */
    readonly check: (names: Iterable<AgentName>) => Effect.Effect<void, FilesError>
    /** Personal overlays in `.agent/local`, by agent. */
    readonly overlays: Effect.Effect<ReadonlyMap<AgentName, string>, FilesError>
  }
>()("@crewkit/cli/services/AgentFiles") {}
