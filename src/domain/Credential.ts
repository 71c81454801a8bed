/** What a login leaves: the tokens of one account at one registry, and what happened to them last. */
import { Schema } from "effect"
import { parseSafeUrl } from "./safeUrl.ts"

/** Where a credential belongs. One item in a store each. */
export interface CredentialKey {
  /** The registry's origin as `URL.origin` writes it: scheme, host, port. */
  readonly origin: string
  /** What the person calls this login; `default` unless said otherwise. */
  readonly account: string
}

export const defaultAccount = "default"

/** Who the registry says that a token stands for (`GET /auth/me`). */
export const User = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  email: Schema.String,
  platform_role: Schema.String,
  organization: Schema.optionalKey(Schema.String),
  role: Schema.optionalKey(Schema.String)
})
export type User = typeof User.Type

const Secret = Schema.RedactedFromValue(Schema.String)

const Endpoint = Schema.String.check(Schema.makeFilter((text) => typeof parseSafeUrl(text) !== "string"))

/** Milliseconds since 1970, as far as a date can go. */
const Millis = Schema.Finite.check(Schema.isBetween({ minimum: -8.64e15, maximum: 8.64e15 }))

export const Credential = Schema.Struct({
  version: Schema.Literal(1),
  origin: Schema.String,
  account: Schema.String,
  /** RFC 8414; the endpoints that issued these tokens, so that a refresh never asks anybody else. */
  issuer: Schema.String,
  tokenEndpoint: Endpoint,
  /** RFC 7009 by POST, or the contract's own DELETE. */
  revocation: Schema.optionalKey(Schema.Struct({ method: Schema.Literals(["POST", "DELETE"]), url: Endpoint })),
  clientId: Schema.String,
  accessToken: Secret,
  /** Absent where the server gave none: such a login ends with its access token. */
  refreshToken: Schema.optionalKey(Secret),
  /** When the access token ends, milliseconds since 1970: the start of the request plus `expires_in`. */
  expiresAt: Millis,
  /** Counts up with every refresh and every login. */
  generation: Schema.Finite,
  /** A refresh was begun with this very refresh token; written before the request, gone with the next save. */
  intent: Schema.optionalKey(Schema.Struct({ at: Millis })),
  /** The server said `invalid_grant` to this very refresh token. */
  ended: Schema.optionalKey(Schema.Struct({ at: Millis, reason: Schema.String })),
  user: Schema.optionalKey(User)
})
export type Credential = typeof Credential.Type

/** The text of one item in a keychain or vault. */
export const CredentialText = Schema.fromJsonString(Credential)
