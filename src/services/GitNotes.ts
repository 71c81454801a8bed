import { Context, type Effect } from "effect"
import type { GitFailed } from "../domain/logErrors.ts"

export interface Note {
  /** The commit that it belongs to. */
  readonly commit: string
  readonly text: string
}

/** Notes under `refs/notes/crewkit` of the project's repository. */
export class GitNotes extends Context.Service<
  GitNotes,
  {
    /** None where there is no repository, or no git. */
    readonly all: Effect.Effect<ReadonlyArray<Note>>
    /** Adds to the note of the commit that is checked out; gives that commit. */
    readonly add: (text: string) => Effect.Effect<string, GitFailed>
  }
>()("@crewkit/cli/services/GitNotes") {}
