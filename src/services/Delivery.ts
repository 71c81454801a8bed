import { Context, type Effect, type Scope } from "effect"
import type { RegistryNotApproved } from "../domain/authErrors.ts"
import type { DeliveryReport, DeliveryStopped } from "../domain/DeliveryReport.ts"
import type { Busy, FileError, LockUnsupported, UnsafePath, UsageError } from "../domain/errors.ts"
import type { Line } from "../domain/text.ts"
import type { TokenFailure } from "./AccessTokens.ts"
import type { ConfigError } from "./ProjectConfig.ts"

export type DeliveryError =
  | ConfigError
  | FileError
  | UnsafePath
  | UsageError
  | Busy
  | LockUnsupported
  | RegistryNotApproved
  | TokenFailure
  | DeliveryStopped

export interface PushOptions {
  /** What the registry refused is asked once more. */
  readonly retryParked: boolean
  /** Called after each event that was told or parked. */
  readonly told: () => void
}

/** What is left when nothing more is told in the background. */
export interface Leftover {
  /** Events that wait, where a person can do something about it. */
  readonly waiting: number
  /** Events that were refused meanwhile. */
  readonly parked: number
  /** Rounds that got nowhere, for whatever reason. */
  readonly failed: number
  /** What a person has to see, and could not be shown. */
  readonly said: ReadonlyArray<Line>
}

/**
 * Tells the registry what the session log holds: sessions, changes of agents, ends. In order, each once, by one process
 * of a project at a time; the log is the queue, so nothing is lost by not telling it.
 */
export class Delivery extends Context.Service<
  Delivery,
  {
    /** How things stand; asks nobody. */
    readonly standing: Effect.Effect<DeliveryReport, ConfigError | FileError | UnsafePath>
    /** Sessions of which something waits for the registry. Asks nobody. */
    readonly untold: Effect.Effect<ReadonlySet<string>, ConfigError | FileError | UnsafePath>
    /** Everything, now, with a person who waits. Fails where some of it could not be told, but not for what is parked. */
    readonly push: (options: PushOptions) => Effect.Effect<DeliveryReport, DeliveryError>
    /**
     * Every 15 s, for as long as the scope lives or until it is told to finish, which takes 2 s at most. Asks nobody,
     * prints nothing, never fails.
     */
    readonly background: Effect.Effect<{ readonly finish: Effect.Effect<Leftover> }, never, Scope.Scope>
  }
>()("@crewkit/cli/services/Delivery") {}
