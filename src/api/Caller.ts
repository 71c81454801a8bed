import { Context, type Effect, type Option } from "effect"
import type { Slug } from "../domain/AgentName.ts"

/** Who asks. Over a plain folder nobody logs in: the e-mail is git's, the organization the configuration's. */
export class Caller extends Context.Service<
  Caller,
  {
    readonly org: Slug
    /** Looked up only where the organization lists members. */
    readonly email: Effect.Effect<Option.Option<string>>
    /** Whose login this is; absent where nobody logs in. */
    readonly userId?: string
  }
>()("@crewkit/cli/api/Caller") {}
