import { Context, type Effect } from "effect"
import type { Installed } from "../domain/installation.ts"

/** This copy of crewkit: its version, and how it came here. */
export class Installation extends Context.Service<
  Installation,
  {
    readonly version: string
    /** `linux`, `darwin`, `win32`; `x64`, `arm64`; `v24.1.0`. */
    readonly machine: { readonly platform: string; readonly arch: string; readonly node: string }
    readonly installed: Effect.Effect<Installed>
  }
>()("@crewkit/cli/services/Installation") {}
