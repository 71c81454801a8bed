import { Schema } from "effect"
import { Slug } from "./AgentName.ts"
import { Refused, Remark } from "./Effective.ts"
import { AgentHashes, AgentHashLists, AgentStamps } from "./stampRecord.ts"

/** `.crewkit/state.json`. */
export const SyncState = Schema.Struct({
  stateVersion: Schema.Literal(1),
  /** When the stamps were taken, ms since 1970. */
  since: Schema.Finite,
  /** What crewkit last wrote, as it found it afterwards. */
  written: AgentStamps,
  /** Hashes that syncs which did not finish were about to write: where one of them is on disk, it is ours. */
  pending: AgentHashLists,
  /** The answer that the files stand for, so that a sync with nothing new need not compose anything. */
  last: Schema.optionalKey(
    Schema.Struct({
      key: Schema.String,
      etag: Schema.String,
      role: Slug,
      desired: AgentHashes,
      refused: Schema.Array(Refused),
      remarks: Schema.Array(Remark),
      /** Fingerprint of the lock that names this answer. */
      lock: Schema.String
    })
  )
})
export type SyncState = typeof SyncState.Type

export const emptyState: SyncState = { stateVersion: 1, since: 0, written: {}, pending: {} }
