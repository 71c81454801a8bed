import { Context, type Effect, type Stream } from "effect"
import type { FileError } from "../domain/errors.ts"
import type { Fault, SessionUnknown } from "../domain/logErrors.ts"
import type { Outcome, SessionStarted } from "../domain/logEvents.ts"
import type { AnyRecord } from "../domain/logRecord.ts"
import type { Mark } from "./LogKeys.ts"
import type { ConfigError } from "./ProjectConfig.ts"

export type RecordsError = ConfigError | FileError

/** What is known of a session without reading all of it. */
export interface SessionFacts {
  readonly id: string
  /** RFC 3339. */
  readonly startedAt: string
  /** Absent where it runs still, or was cut off. */
  readonly endedAt?: string
  /** Milliseconds. */
  readonly duration?: number
  /** `running`: its writer lives. `cut off`: it does not, and nobody has noted that yet. */
  readonly state: "running" | "ended" | "cut off"
  readonly outcome?: Outcome
  readonly exitCode?: number
  /** Agent events; counted where the end does not tell. */
  readonly changes: number
  /** Absent where its first record cannot be read. */
  readonly started?: SessionStarted
  readonly segments: ReadonlyArray<string>
  readonly bytes: number
}

/** What a check of the log found. */
export interface Verdict {
  readonly sessions: number
  readonly records: number
  readonly bytes: number
  readonly seals: number
  /** Why some of it is not sealed, where that is so: a sentence each. */
  readonly unsealed: ReadonlyArray<string>
  /** What is no fault but worth knowing: a session that was cut off, a mark that this machine does not have. */
  readonly notes: ReadonlyArray<string>
  /** At most one a file; empty where the log is whole. */
  readonly faults: ReadonlyArray<Fault>
  /** The ledger as it stands; absent where there is none. */
  readonly ledger?: Mark
}

/** What somebody wrote down of the ledger elsewhere. */
export interface Anchor {
  readonly commit: string
  /** Signed notes, as they were found. */
  readonly text: string
}

/** Reads what `SessionLog` wrote; takes no lock and changes nothing. */
export class SessionRecords extends Context.Service<
  SessionRecords,
  {
    /** Newest first. */
    readonly list: Effect.Effect<ReadonlyArray<SessionFacts>, RecordsError>
    /** By its id, or by a beginning of it that only one has; `last` is the newest. */
    readonly find: (id: string) => Effect.Effect<SessionFacts, RecordsError | SessionUnknown>
    /** All records that can be read, in order, over all segments; of the wanted types alone, where that is said. */
    readonly records: (
      session: SessionFacts,
      wanted?: (type: string) => boolean
    ) => Stream.Stream<AnyRecord, RecordsError>
    /** One session (as `find` takes it), or all; with the ledger, the mark, and these anchors. Constant memory. */
    readonly verify: (
      session: string | undefined,
      anchors?: ReadonlyArray<Anchor>
    ) => Effect.Effect<Verdict, RecordsError | SessionUnknown>
  }
>()("@crewkit/cli/services/SessionRecords") {}
