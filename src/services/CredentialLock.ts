import { Context, type Effect } from "effect"
import type { CredentialKey } from "../domain/Credential.ts"
import type { CredentialBusy, FileError, LockUnsupported } from "../domain/errors.ts"

/**
 * One process at a time for one credential. Its scope is the credential's: every process of this OS user, whatever its
 * environment says of home folders; the operating system frees the lock of a killed holder.
 */
export class CredentialLock extends Context.Service<
  CredentialLock,
  {
    readonly exclusive: <A, E, R>(
      key: CredentialKey,
      work: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | CredentialBusy | FileError | LockUnsupported, R>
  }
>()("@crewkit/cli/services/CredentialLock") {}
