import { Context, type Effect, type Scope } from "effect"
import type { FilesError } from "./AgentFiles.ts"

/** One content of a file. */
export interface SeenContent {
  readonly sha256: string
  /** Bytes. */
  readonly size: number
  /** Undefined for a file that is too large to be kept. */
  readonly content: Uint8Array | undefined
}

export interface FileChange {
  /** Below the project, with slashes: `.claude/agents/reviewer.md`. */
  readonly file: string
  readonly before: SeenContent | undefined
  readonly after: SeenContent | undefined
}

/**
 * Every file that Claude Code may load from `.claude/agents`: in subfolders and through links as well. Hashes are the
 * truth; the watcher only says when to look.
 */
export class AgentChanges extends Context.Service<
  AgentChanges,
  {
    /**
     * What has changed since the last look; at the first look everything is new. `whole` reads every file again, else
     * those whose stamp (size, times, inode) is another one, but for those that somebody seems to be writing just now.
     */
    readonly look: (how: "whole" | "stamps") => Effect.Effect<ReadonlyArray<FileChange>, FilesError>
    /** What the last look saw, by file. */
    readonly seen: Effect.Effect<ReadonlyMap<string, SeenContent>>
    /**
     * Calls `stirred` soon after anything happens in the folder, for as long as the scope lives; in bursts, every tenth
     * of a second. Where the system cannot watch, every two seconds.
     */
    readonly watch: (stirred: () => void) => Effect.Effect<void, FilesError, Scope.Scope>
  }
>()("@crewkit/cli/services/AgentChanges") {}
