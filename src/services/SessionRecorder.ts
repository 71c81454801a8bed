import { Context, type Effect, type Scope } from "effect"
import type { AgentChange, LogEvent, Outcome } from "../domain/logEvents.ts"
import type { SyncReport } from "../domain/SyncReport.ts"
import type { FilesError } from "./AgentFiles.ts"
import type { LogWriteError } from "./SessionLog.ts"

export type RecorderError = FilesError | LogWriteError

export interface CodeSession {
  /** What the sync before it did. */
  readonly report: SyncReport | undefined
  readonly claude: string
  /** The arguments that the person gives Claude Code. */
  readonly args: ReadonlyArray<string>
  /** No content is kept, hashes and counts only. */
  readonly sensitive: boolean
  /** False: compared at start and end, not in between. */
  readonly watch: boolean
}

/** One change of an agent, as it was recorded. */
export interface RecordedChange {
  readonly type: LogEvent["type"]
  readonly file: string
  readonly change: AgentChange
}

export interface RecordedSession {
  readonly id: string
  /** What Claude Code is to be started with. */
  readonly args: ReadonlyArray<string>
  /** More of its environment. */
  readonly env: Readonly<Record<string, string>>
  /** Looks once more, records the end, and gives all changes of the session. */
  readonly end: (outcome: Outcome, exitCode: number) => Effect.Effect<ReadonlyArray<RecordedChange>, RecorderError>
}

/** A change that crewkit itself makes, other than by a sync. */
export interface Restored {
  readonly file: string
  readonly before: Uint8Array | undefined
  readonly after: Uint8Array
  /** Path below the project. */
  readonly backup: string | undefined
}

/** Records who changes which agent, in the session log. */
export class SessionRecorder extends Context.Service<
  SessionRecorder,
  {
    /** Records from here on, until the scope closes. */
    readonly begin: (session: CodeSession) => Effect.Effect<RecordedSession, RecorderError, Scope.Scope>
    /** A short session for a sync that changed something. */
    readonly synced: (report: SyncReport) => Effect.Effect<void, RecorderError>
    /** A short session for agents that were brought back. */
    readonly restored: (changes: ReadonlyArray<Restored>) => Effect.Effect<void, RecorderError>
  }
>()("@crewkit/cli/services/SessionRecorder") {}
