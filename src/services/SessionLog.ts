import { Context, type Effect, type Scope } from "effect"
import type { FileError, LockUnsupported, UnsafePath } from "../domain/errors.ts"
import type { LogBusy } from "../domain/logErrors.ts"
import type { LogEvent, Outcome, SessionStarted } from "../domain/logEvents.ts"
import type { ConfigError } from "./ProjectConfig.ts"

export type LogWriteError = ConfigError | FileError | LockUnsupported | LogBusy | UnsafePath

/** One session that is being recorded. */
export interface OpenSession {
  /** UUID. */
  readonly id: string
  /**
   * Adds a record; when this returns no crash of a process can take it back. Gives its number.
   */
  readonly append: (event: LogEvent) => Effect.Effect<number, FileError>
  /** Seals what there is; signed where there is a keychain, and plainly unsealed where there is none. */
  readonly seal: Effect.Effect<void, LogWriteError>
  /** Records the end, seals, and closes. Where it is never called, the next session notes that this one was cut off. */
  readonly end: (ended: {
    readonly outcome: Outcome
    readonly exitCode?: number
    readonly changes: number
  }) => Effect.Effect<void, LogWriteError>
}

/** `.crewkit/sessions`: append-only, hash-chained and sealed; `docs/session-log.md` is the format. */
export class SessionLog extends Context.Service<
  SessionLog,
  {
    /**
     * Begins a session: completes what dead writers left, enters the session in the ledger, and records its start.
     * Seals every 1,000 records and every 60 s for as long as the scope lives.
     */
    readonly open: (started: SessionStarted) => Effect.Effect<OpenSession, LogWriteError, Scope.Scope>
    /** Deletes the segments of ended sessions; the ledger keeps that they were, and how they ended. */
    readonly remove: (sessions: ReadonlyArray<string>, reason: string) => Effect.Effect<void, LogWriteError>
  }
>()("@crewkit/cli/services/SessionLog") {}
