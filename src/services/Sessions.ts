import { Context, type Effect } from "effect"
import type { Delivery } from "./Delivery.ts"
import type { LogKeys } from "./LogKeys.ts"
import type { SessionLog } from "./SessionLog.ts"
import type { SessionRecorder } from "./SessionRecorder.ts"

export type SessionServices = Delivery | LogKeys | SessionLog | SessionRecorder

/** Everything that records sessions or reads their log, loaded when a command first wants it. */
export class Sessions extends Context.Service<
  Sessions,
  { readonly services: Effect.Effect<Context.Context<SessionServices>> }
>()("@crewkit/cli/services/Sessions") {}
