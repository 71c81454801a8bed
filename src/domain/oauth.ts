/**
 * What an authorization server answers, as a careful client reads it: any standard one, not only ours. Numbers are
 * clamped, texts are checked before anybody prints or follows them.
 */
import { Option, Result, Schema } from "effect"
import { parseSafeUrl } from "./safeUrl.ts"

/** RFC 7636 and friends are not used: the device flow has a public client and no redirect. */
export const clientId = "crewkit-cli"
export const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

/** 1*VSCHAR: RFC 6749 appendix A.12, RFC 8628 section 3.2. What holds anything else could not be sent back. */
const Secret = Schema.RedactedFromValue(Schema.String.check(Schema.isPattern(/^[\x20-\x7e]+$/)))

/** RFC 8628 section 3.2. */
export const DeviceAuthorization = Schema.Struct({
  device_code: Secret,
  user_code: Schema.String.check(Schema.isPattern(/^[A-Z0-9-]{4,20}$/)),
  verification_uri: Schema.String,
  verification_uri_complete: Schema.optionalKey(Schema.String),
  expires_in: Schema.Finite,
  interval: Schema.optionalKey(Schema.Finite)
})
export type DeviceAuthorization = typeof DeviceAuthorization.Type

/** RFC 6749 section 5.1; `expires_in` and `refresh_token` are not required there. */
export const TokenAnswer = Schema.Struct({
  access_token: Secret,
  token_type: Schema.String.check(Schema.isPattern(/^bearer$/i)),
  expires_in: Schema.optionalKey(Schema.Finite),
  refresh_token: Schema.optionalKey(Secret)
})
export type TokenAnswer = typeof TokenAnswer.Type

/** RFC 6749 section 5.2. */
export const OAuthErrorBody = Schema.Struct({
  error: Schema.String.check(Schema.isPattern(/^[\x20-\x7e]{1,100}$/)),
  error_description: Schema.optionalKey(Schema.String)
})

/** RFC 8414 section 2, the part that a device login uses. */
export const ServerMetadata = Schema.Struct({
  issuer: Schema.String,
  device_authorization_endpoint: Schema.optionalKey(Schema.String),
  token_endpoint: Schema.optionalKey(Schema.String),
  revocation_endpoint: Schema.optionalKey(Schema.String)
})
export type ServerMetadata = typeof ServerMetadata.Type

export interface Endpoints {
  readonly issuer: string
  readonly device: URL
  readonly token: URL
  /** Where a refresh goes; a standard server has one token endpoint for both. */
  readonly refresh: URL
  readonly revocation: { readonly method: "POST" | "DELETE"; readonly url: URL } | undefined
}

/** The fixed paths of the registry contract, for a registry without metadata. */
export const fixedEndpoints = (origin: string): Endpoints => ({
  issuer: origin,
  device: new URL("/api/v1/auth/device", origin),
  token: new URL("/api/v1/auth/token", origin),
  refresh: new URL("/api/v1/auth/refresh", origin),
  revocation: { method: "DELETE", url: new URL("/api/v1/auth/logout", origin) }
})

/** Plain http is for a registry on this machine: another one could send secrets to whoever listens here. */
const leavesTls = (url: URL, origin: string): boolean => url.protocol === "http:" && !origin.startsWith("http:")

/**
 * The endpoints that metadata name. The issuer has to be the one that was asked (RFC 8414 section 3.3), and every
 * endpoint a URL that may be used; else the reason.
 */
export const endpointsOf = (metadata: ServerMetadata, issuer: string): Result.Result<Endpoints, string> => {
  if (metadata.issuer.replace(/\/$/, "") !== issuer.replace(/\/$/, "")) {
    return Result.fail("its metadata name another issuer than the one that was asked")
  }
  const read = (what: string, text: string | undefined): Result.Result<URL, string> => {
    if (text === undefined) return Result.fail(`its metadata name no ${what}`)
    const url = parseSafeUrl(text)
    if (typeof url === "string") return Result.fail(`its ${what} is refused: ${url}`)
    return leavesTls(url, issuer)
      ? Result.fail(`its ${what} is refused: it is http, and the issuer is https`)
      : Result.succeed(url)
  }
  const device = read("device_authorization_endpoint", metadata.device_authorization_endpoint)
  if (Result.isFailure(device)) return Result.fail(device.failure)
  const token = read("token_endpoint", metadata.token_endpoint)
  if (Result.isFailure(token)) return Result.fail(token.failure)
  const revocation =
    metadata.revocation_endpoint === undefined
      ? Result.succeed(undefined)
      : Result.map(read("revocation_endpoint", metadata.revocation_endpoint), (url) => ({
          method: "POST" as const,
          url
        }))
  return Result.map(revocation, (revoke) => ({
    issuer: metadata.issuer,
    device: device.success,
    token: token.success,
    refresh: token.success,
    revocation: revoke
  }))
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

/** Seconds between two polls: RFC 8628 section 3.2 has 5 as the default. */
export const pollInterval = (seconds: number | undefined): number => clamp(seconds ?? 5, 1, 60)

/** How long a code is good, in seconds: at least long enough to try once, at most half an hour. */
export const codeLifetime = (seconds: number): number => clamp(seconds, 1, 1800)

/** How long an access token is good, in seconds: an hour where nothing is said, a day at most. */
export const tokenLifetime = (seconds: number | undefined): number => clamp(seconds ?? 3600, 0, 86_400)

/** More than any page has; a screen is not filled with an address. Characters. */
const longestPage = 2000

/** The page that a registry may send a person to: https, or http where the registry is; as the URL parser writes it. */
export const pageOf = (text: string, origin: string): Option.Option<string> => {
  const url = parseSafeUrl(text)
  return typeof url === "string" || url.href.length > longestPage || leavesTls(url, origin)
    ? Option.none()
    : Option.some(url.href)
}

/** The page with the code filled in, where it is on the same site as the one that the person is shown. */
export const wholePageOf = (text: string | undefined, page: string, origin: string): string => {
  const whole = text === undefined ? Option.none() : pageOf(text, origin)
  return Option.isSome(whole) && new URL(whole.value).origin === new URL(page).origin ? whole.value : page
}
