import { Context, type Effect } from "effect"
import type { Slug } from "../domain/AgentName.ts"
import type { RegistryAnswer } from "../domain/Effective.ts"
import type {
  FileError,
  RegistryRefused,
  RegistryUnreachable,
  ResponseInvalid,
  RoleNotAllowed,
  RoleUnknown,
  UsageError
} from "../domain/errors.ts"
import type { RegistryNotApproved } from "../domain/authErrors.ts"
import type { NetError } from "../domain/netErrors.ts"
import type { TokenFailure } from "./AccessTokens.ts"
import type { ConfigError } from "./ProjectConfig.ts"

export type RegistryError =
  | ConfigError
  | FileError
  | RegistryUnreachable
  | RegistryRefused
  | ResponseInvalid
  | RoleNotAllowed
  | RoleUnknown
  | UsageError
  | RegistryNotApproved
  | NetError
  | TokenFailure

export interface EffectiveRequest {
  /** A lower role than the person's own. */
  readonly role: Slug | undefined
  /** The answer we hold; the registry says nothing new where it still holds. */
  readonly etag: string | undefined
}

/** `remember` keeps what the call has learned for the next one; a command that promises to change nothing leaves it. */
export type EffectiveResult =
  | { readonly _tag: "NotModified"; readonly remember: Effect.Effect<void> }
  | { readonly _tag: "Fresh"; readonly answer: RegistryAnswer; readonly remember: Effect.Effect<void> }

/** The typed client of the registry that the configuration names. */
export class Registry extends Context.Service<
  Registry,
  {
    /** Every effective agent of the project, before personal overlays and the role. */
    readonly effective: (request: EffectiveRequest) => Effect.Effect<EffectiveResult, RegistryError>
  }
>()("@crewkit/cli/services/Registry") {}
