import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { User } from "../domain/Credential.ts"
import { Authenticated } from "./Authenticated.ts"
import { commonErrors, OAuthError } from "./errors.ts"

/** RFC 8628 section 3.2. Times in seconds. */
const DeviceAuthorization = Schema.Struct({
  device_code: Schema.Redacted(Schema.String),
  user_code: Schema.String,
  verification_uri: Schema.String,
  verification_uri_complete: Schema.optionalKey(Schema.String),
  expires_in: Schema.Finite,
  interval: Schema.optionalKey(Schema.Finite)
})

/** RFC 6749 section 5.1. `expires_in` in seconds. */
const TokenAnswer = Schema.Struct({
  access_token: Schema.Redacted(Schema.String),
  token_type: Schema.String,
  expires_in: Schema.Finite,
  refresh_token: Schema.Redacted(Schema.String)
})

const strings = Schema.optionalKey(Schema.Array(Schema.String))

/** RFC 8414 section 2, the part that a device login uses. */
const ServerMetadata = Schema.Struct({
  issuer: Schema.String,
  device_authorization_endpoint: Schema.optionalKey(Schema.String),
  token_endpoint: Schema.optionalKey(Schema.String),
  revocation_endpoint: Schema.optionalKey(Schema.String),
  grant_types_supported: strings,
  response_types_supported: strings,
  token_endpoint_auth_methods_supported: strings,
  revocation_endpoint_auth_methods_supported: strings
})

const form = HttpApiSchema.asFormUrlEncoded()

export class AuthGroup extends HttpApiGroup.make("auth")
  .add(
    HttpApiEndpoint.post("device", "/auth/device", {
      payload: Schema.Struct({ client_id: Schema.String, scope: Schema.optionalKey(Schema.String) }).pipe(form),
      success: DeviceAuthorization,
      error: [OAuthError, ...commonErrors]
    }),
    HttpApiEndpoint.post("token", "/auth/token", {
      // Both grants of RFC 8414's one token endpoint: the device code's, and the refresh token's.
      payload: Schema.Struct({
        grant_type: Schema.String,
        device_code: Schema.optionalKey(Schema.Redacted(Schema.String)),
        refresh_token: Schema.optionalKey(Schema.Redacted(Schema.String)),
        client_id: Schema.String
      }).pipe(form),
      success: TokenAnswer,
      error: [OAuthError, ...commonErrors]
    }),
    HttpApiEndpoint.post("refresh", "/auth/refresh", {
      payload: Schema.Struct({
        grant_type: Schema.String,
        refresh_token: Schema.Redacted(Schema.String),
        client_id: Schema.String
      }).pipe(form),
      success: TokenAnswer,
      error: [OAuthError, ...commonErrors]
    }),
    HttpApiEndpoint.delete("logout", "/auth/logout", {
      payload: Schema.Struct({ refresh_token: Schema.Redacted(Schema.String) }).pipe(form),
      success: Schema.Struct({ message: Schema.String }),
      error: [OAuthError, ...commonErrors]
    }),
    // RFC 7009 section 2: a token that is not known is as revoked as one that was.
    HttpApiEndpoint.post("revoke", "/auth/revoke", {
      payload: Schema.Struct({
        token: Schema.Redacted(Schema.String),
        token_type_hint: Schema.optionalKey(Schema.String),
        client_id: Schema.optionalKey(Schema.String)
      }).pipe(form),
      success: HttpApiSchema.Empty(200),
      error: [OAuthError, ...commonErrors]
    }),
    HttpApiEndpoint.get("me", "/auth/me", { success: Schema.Struct({ user: User }), error: commonErrors }).middleware(
      Authenticated
    )
  )
  .prefix("/api/v1") {}

/** At the origin, outside of the base path (RFC 8414 section 3). */
export class DiscoveryGroup extends HttpApiGroup.make("discovery").add(
  HttpApiEndpoint.get("metadata", "/.well-known/oauth-authorization-server", {
    success: ServerMetadata,
    error: commonErrors
  })
) {}
