import { Context, type Effect } from "effect"
import type { Credential, CredentialKey } from "../domain/Credential.ts"
import type { StoredMissing, StoreFailure, StoreName } from "../domain/storeErrors.ts"

export interface StoredCredential {
  readonly credential: Credential
  readonly store: StoreName
}

/**
 * Logins on this machine: one item for each registry origin and account, read and written whole. Only `StoredMissing`
 * means logged out. Keychain first, then the vault where one exists; plain text never.
 */
export class TokenStore extends Context.Service<
  TokenStore,
  {
    readonly read: (key: CredentialKey) => Effect.Effect<StoredCredential, StoredMissing | StoreFailure>
    /** Replaces the item, where it lives already, else in the first store that works; says which. */
    readonly write: (key: CredentialKey, credential: Credential) => Effect.Effect<StoreName, StoreFailure>
    /** Deletes the item from every store and reads back that it is gone. True where there was one. */
    readonly remove: (key: CredentialKey) => Effect.Effect<boolean, StoreFailure>
  }
>()("@crewkit/cli/services/TokenStore") {}
