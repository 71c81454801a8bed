import { Context, type Effect } from "effect"

/** The person's browser. */
export class Browser extends Context.Service<
  Browser,
  {
    /** Opens a page; false where no browser could be started, and then the person opens it. Https or loopback only. */
    readonly open: (url: string) => Effect.Effect<boolean>
  }
>()("@crewkit/cli/services/Browser") {}
