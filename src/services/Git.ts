import { Context, type Effect, type Option } from "effect"

/** The little that crewkit asks git. Where git is missing or the folder is no repository, the answers are empty. */
export class Git extends Context.Service<
  Git,
  {
    /** `user.email` as git resolves it in the project. */
    readonly email: Effect.Effect<Option.Option<string>>
    /** The commit that is checked out, and whether tracked files differ from it. Half a second at most. */
    readonly state: Effect.Effect<Option.Option<{ readonly commit: string; readonly dirty: boolean }>>
    /** Whether git keeps this file: it is in the index. */
    readonly tracks: (path: string) => Effect.Effect<boolean>
    /** Remote names and their fetch URLs, in git's order. */
    readonly remotes: Effect.Effect<ReadonlyMap<string, string>>
  }
>()("@crewkit/cli/services/Git") {}
