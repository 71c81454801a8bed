import { Context, type Effect } from "effect"
import type { AgentName } from "../domain/AgentName.ts"
import type { BackupUnknown } from "../domain/errors.ts"
import type { FilesError } from "./AgentFiles.ts"

export interface Backup {
  readonly name: AgentName
  /** `2025-10-11T14-30-22-123Z`: the time in UTC, and the name of the file. */
  readonly time: string
  /** Below the project. */
  readonly path: string
  /** Bytes. */
  readonly size: number
}

/** A backup that was made just now. */
export interface Kept extends Backup {
  readonly sha256: string
}

/** `.claude/.backups`: what a sync or a restore replaced, byte for byte. */
export class Backups extends Context.Service<
  Backups,
  {
    /** Copies these agents' files as they are on disk; durable when this returns. */
    readonly keep: (names: ReadonlyArray<AgentName>) => Effect.Effect<ReadonlyMap<AgentName, Kept>, FilesError>
    /** Newest first; of one agent or of all. */
    readonly list: (name: AgentName | undefined) => Effect.Effect<ReadonlyArray<Backup>, FilesError>
    /** The newest, or the one whose time starts with `time`. */
    readonly find: (
      name: AgentName,
      time: string | undefined
    ) => Effect.Effect<{ readonly backup: Backup; readonly content: Uint8Array }, FilesError | BackupUnknown>
    /**
     * Deletes them in this order, and makes that durable. Interrupted, it leaves each whole or gone. One that is gone
     * already is no failure.
     */
    readonly remove: (backups: ReadonlyArray<Backup>) => Effect.Effect<void, FilesError>
  }
>()("@crewkit/cli/services/Backups") {}
