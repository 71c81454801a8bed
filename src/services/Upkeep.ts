import { Context, type Effect } from "effect"
import type { Browser } from "./Browser.ts"
import type { Consent } from "./Consent.ts"
import type { CrashReports } from "./CrashReports.ts"
import type { Installation } from "./Installation.ts"
import type { Releases } from "./Releases.ts"

export type UpkeepServices = Browser | Consent | CrashReports | Installation | Releases

/** What is about crewkit itself, its versions and its crashes: loaded for the few commands that want it. */
export class Upkeep extends Context.Service<
  Upkeep,
  { readonly services: Effect.Effect<Context.Context<UpkeepServices>> }
>()("@crewkit/cli/services/Upkeep") {}
