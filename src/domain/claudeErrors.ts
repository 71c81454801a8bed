/** How a run of Claude Code may end badly, or as it says itself. */
import { Runtime, Schema } from "effect"
import { ExitCode } from "./ExitCode.ts"
import { spanText } from "./when.ts"

export class ClaudeMissing extends Schema.TaggedError<ClaudeMissing>()("ClaudeMissing", { looked: Schema.String }) {
  override readonly [Runtime.errorExitCode] = ExitCode.usage
  override get message() {
    return `Claude Code was not found (${this.looked})`
  }
  get next() {
    return "npm install -g @anthropic-ai/claude-code, or set CLAUDE_PATH to its program"
  }
}

/** `--timeout` ran out: Claude Code and what it had started were ended. */
export class ClaudeTimedOut extends Schema.TaggedError<ClaudeTimedOut>()("ClaudeTimedOut", {
  /** Milliseconds. */
  limit: Schema.Finite,
  /** What Claude Code itself ended with. */
  exitCode: Schema.Finite
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.timedOut
  override get message() {
    return `Claude Code was ended: it ran for longer than ${spanText(this.limit)} (--timeout)`
  }
  get next() {
    return "give it more time with --timeout; crewkit sessions show last has what it did until then"
  }
}

/** Claude Code ended with a code of its own, which is passed on and not an error of ours. */
export class ClaudeExited extends Schema.TaggedError<ClaudeExited>()("ClaudeExited", { exitCode: Schema.Finite }) {
  override get [Runtime.errorExitCode]() {
    return this.exitCode
  }
}
