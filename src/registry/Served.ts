import { Context, type Effect } from "effect"

/** How this registry is reached, for what it tells others about itself. */
export class Served extends Context.Service<
  Served,
  {
    /** Origin without a slash at its end: the issuer, and the only `Origin` whose forms are taken. */
    readonly publicUrl: string
    readonly secure: boolean
    /** Seconds in which a repeated refresh gets the answer of the first; 0 for never. */
    readonly graceSeconds: number
    /** True where a proxy in front appends the caller's address to `X-Forwarded-For`. */
    readonly behindProxy: boolean
    /** Tells the registry's keeper what went wrong; no secrets. */
    readonly report: (text: string) => Effect.Effect<void>
  }
>()("@crewkit/cli/registry/Served") {}
