import { Context, type Effect, type Scope } from "effect"
import type { HookInput } from "../domain/attribution.ts"

/** Where Claude Code's hooks may post to, and what shows that it is they. */
export interface HookEndpoint {
  /** Loopback. */
  readonly url: string
  readonly token: string
}

/** Hears Claude Code's hooks, for as long as the scope lives. */
export class ClaudeHooks extends Context.Service<
  ClaudeHooks,
  {
    /** Calls `heard` with each hook that comes with the token; fails with the reason where nothing can listen. */
    readonly listen: (heard: (hook: HookInput) => void) => Effect.Effect<HookEndpoint, string, Scope.Scope>
  }
>()("@crewkit/cli/services/ClaudeHooks") {}
