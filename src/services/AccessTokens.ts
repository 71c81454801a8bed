import { Context, type Effect, type Redacted } from "effect"
import type { LoginEnded, LogoutUnconfirmed, NotLoggedIn } from "../domain/authErrors.ts"
import type { Credential, CredentialKey, User } from "../domain/Credential.ts"
import type { CredentialBusy, FileError, LockUnsupported } from "../domain/errors.ts"
import type { StoreFailure, StoreName } from "../domain/storeErrors.ts"
import type { AuthFailure } from "./AuthorizationServer.ts"

export interface AccessToken {
  readonly token: Redacted.Redacted
  /** `memory`: it was renewed and could not be saved. */
  readonly from: StoreName | "environment" | "memory"
  /** None for a token from the environment, of which nothing is known. */
  readonly credential: Credential | undefined
}

export type LockFailure = CredentialBusy | FileError | LockUnsupported
export type TokenFailure = NotLoggedIn | LoginEnded | StoreFailure | AuthFailure | LockFailure

/** What a login brings, before it has its place in a store. */
export type NewLogin = Omit<Credential, "version" | "generation" | "intent" | "ended">

/** `deleted`: there was no refresh token to revoke, and an access token that was given may go on. */
export type Ended = "revoked" | "deleted" | "nobody"

/**
 * A valid access token on demand. It is renewed once, across fibers and processes: lock, read again, write the intent,
 * renew, save, unlock. A network error never ends a login; only `invalid_grant` for that very refresh token does.
 */
export class AccessTokens extends Context.Service<
  AccessTokens,
  {
    /** What is stored, whatever the environment holds. */
    readonly stored: (key: CredentialKey) => Effect.Effect<AccessToken, NotLoggedIn | StoreFailure>
    /** What is in use, whether or not it is still good; asks nobody. */
    readonly peek: (key: CredentialKey) => Effect.Effect<AccessToken, NotLoggedIn | StoreFailure>
    readonly get: (key: CredentialKey) => Effect.Effect<AccessToken, TokenFailure>
    /** After a 401 to this very token. */
    readonly renew: (key: CredentialKey, rejected: Redacted.Redacted) => Effect.Effect<AccessToken, TokenFailure>
    /** Puts a new login in place of whatever was there. */
    readonly establish: (login: NewLogin) => Effect.Effect<StoreName, StoreFailure | LockFailure>
    /** Says whose login it is; nothing where somebody has renewed or replaced it meanwhile. */
    readonly identify: (login: NewLogin, user: User) => Effect.Effect<void, NotLoggedIn | StoreFailure | LockFailure>
    /** Revokes, deletes, reads back. */
    readonly end: (key: CredentialKey) => Effect.Effect<Ended, StoreFailure | LockFailure | LogoutUnconfirmed>
  }
>()("@crewkit/cli/services/AccessTokens") {}
