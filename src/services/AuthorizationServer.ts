import { Context, type Effect, type Redacted } from "effect"
import type { AuthRefused, AuthUnavailable, LoginDenied, LoginExpired } from "../domain/authErrors.ts"
import type { User } from "../domain/Credential.ts"
import type { ResponseInvalid } from "../domain/errors.ts"
import type { NetError } from "../domain/netErrors.ts"
import type { DeviceAuthorization, Endpoints, TokenAnswer } from "../domain/oauth.ts"

/** A token answer, and when its request began (milliseconds since 1970): from then on its lifetime runs. */
export interface Granted {
  readonly answer: TokenAnswer
  readonly startedAt: number
}

export type AuthFailure = NetError | ResponseInvalid | AuthRefused | AuthUnavailable

/** The calls of OAuth that crewkit makes: RFC 8414, RFC 8628, RFC 6749 section 6, RFC 7009. */
export class AuthorizationServer extends Context.Service<
  AuthorizationServer,
  {
    /** By the origin's metadata; where it has none, by the fixed paths of the registry contract. */
    readonly discover: (origin: string) => Effect.Effect<Endpoints, AuthFailure>
    readonly authorizeDevice: (endpoints: Endpoints) => Effect.Effect<DeviceAuthorization, AuthFailure>
    /** Waits until the person has decided. No poll after an answer that ends it. */
    readonly pollToken: (
      endpoints: Endpoints,
      origin: string,
      device: DeviceAuthorization
    ) => Effect.Effect<Granted, AuthFailure | LoginDenied | LoginExpired>
    /** Sent once. `AuthRefused` with `invalid_grant` is the only answer that ends a login. */
    readonly refresh: (endpoint: URL, clientId: string, token: Redacted.Redacted) => Effect.Effect<Granted, AuthFailure>
    readonly revoke: (
      revocation: NonNullable<Endpoints["revocation"]>,
      clientId: string,
      token: Redacted.Redacted
    ) => Effect.Effect<void, AuthFailure>
    /** `GET /auth/me` of the contract; none where the registry has no such call. */
    readonly me: (origin: string, token: Redacted.Redacted) => Effect.Effect<User | undefined, AuthFailure>
  }
>()("@crewkit/cli/services/AuthorizationServer") {}
