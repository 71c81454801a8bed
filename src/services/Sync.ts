import { Context, type Effect } from "effect"
import type {
  Busy,
  EmptyAnswer,
  LockInvalid,
  LockNotMet,
  LockUnsupported,
  NothingCached,
  UsageError
} from "../domain/errors.ts"
import type { AuditStopped } from "../domain/auditErrors.ts"
import type { SyncReport } from "../domain/SyncReport.ts"
import type { FilesError } from "./AgentFiles.ts"
import type { RegistryError } from "./Registry.ts"

export interface SyncRequest {
  /** `apply` writes, `check` and `plan` change nothing, `plan` brings the diffs. */
  readonly mode: "apply" | "check" | "plan"
  /** `latest` writes the lock; `locked` asks the registry and insists on the lock; `frozen` asks nobody. */
  readonly against: "latest" | "locked" | "frozen"
  readonly offline: boolean
  /** Undefined: as the project's configuration says. */
  readonly keepLocal: boolean | undefined
  readonly prune: boolean | undefined
  /** `skip` is a person's decision, and is logged; `none` is for a look that writes nothing. */
  readonly audit: "run" | "skip" | "none"
}

export type SyncError =
  | RegistryError
  | FilesError
  | NothingCached
  | LockInvalid
  | LockNotMet
  | LockUnsupported
  | Busy
  | EmptyAnswer
  | AuditStopped
  | UsageError

/** Brings `.claude/agents` to what the registry, the cache or the lock says. */
export class Sync extends Context.Service<
  Sync,
  { readonly run: (request: SyncRequest) => Effect.Effect<SyncReport, SyncError> }
>()("@crewkit/cli/services/Sync") {}
