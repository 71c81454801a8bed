import { Context, type Effect, type Redacted } from "effect"
import type { StoredMissing, StoreFailure, StoreName } from "../domain/storeErrors.ts"

/** Names one item of a store; the service is always `crewkit`. */
export interface SecretItem {
  /** `<origin> <account>` for a login, `key <name> <env>` for an API key. */
  readonly username: string
  /** What it is in words, for errors: "the login at https://…". Never a secret. */
  readonly what: string
}

export interface StoredSecret {
  readonly secret: Redacted.Redacted
  readonly store: StoreName
}

/**
 * Secrets on this machine, each read and written whole; logins and API keys both stand on it. `CREWKIT_TOKEN_STORE`
 * pins one store, else it is the keychain first, then the vault where one exists; plain text never.
 */
export class SecretStore extends Context.Service<
  SecretStore,
  {
    readonly get: (item: SecretItem) => Effect.Effect<StoredSecret, StoredMissing | StoreFailure>
    /** Replaces the item where it lives already, else puts it in the first store that works; says which. */
    readonly set: (item: SecretItem, secret: Redacted.Redacted) => Effect.Effect<StoreName, StoreFailure>
    /** Deletes the item from every store and reads back that it is gone. True where there was one. */
    readonly remove: (item: SecretItem) => Effect.Effect<boolean, StoreFailure>
    /** The store that the person pinned, and the vault's file where there is one; asks neither. */
    readonly chosen: Effect.Effect<
      { readonly pinned: StoreName | undefined; readonly vault: string | undefined },
      StoreFailure
    >
    /** Writes a scratch item to the keychain, whatever store is in use, reads it back and deletes it. */
    readonly tryKeychain: Effect.Effect<void, StoreFailure>
  }
>()("@crewkit/cli/services/SecretStore") {}
