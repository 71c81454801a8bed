import { Context, type Effect } from "effect"
import type { GitNotes } from "./GitNotes.ts"
import type { LogKeys } from "./LogKeys.ts"
import type { SessionLog } from "./SessionLog.ts"
import type { SessionRecorder } from "./SessionRecorder.ts"
import type { SessionRecords } from "./SessionRecords.ts"
import type { TextFile } from "./TextFile.ts"

export type SessionServices = GitNotes | LogKeys | SessionLog | SessionRecorder | SessionRecords | TextFile

/** Everything that records sessions or reads their log, loaded when a command first wants it. */
export class Sessions extends Context.Service<
  Sessions,
  { readonly services: Effect.Effect<Context.Context<SessionServices>> }
>()("@crewkit/cli/services/Sessions") {}
