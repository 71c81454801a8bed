/** The endpoints of OAuth as responses: RFC 6749 sections 5.1 and 5.2, RFC 8628, RFC 7009, RFC 8414. */
import { Effect, Option, Redacted } from "effect"
import { HttpServerResponse } from "effect/http"
import type { OAuthError } from "../api/errors.ts"
import { Slug } from "../domain/AgentName.ts"
import * as Device from "./deviceGrant.ts"
import { deviceCodeSeconds, deviceRequests, pollIntervalSeconds } from "./policy.ts"
import { shownCode } from "./random.ts"
import { RateLimits } from "./RateLimits.ts"
import { addressOf, formOf, problemResponse } from "./requests.ts"
import { memberOf } from "./roles.ts"
import { Served } from "./Served.ts"
import * as Tokens from "./tokens.ts"
import { atomically } from "./transaction.ts"

export const deviceGrantType = "urn:ietf:params:oauth:grant-type:device_code"

/** Clients have no registration: the name is shown to the person, so it has to be one. */
const clientForm = /^[A-Za-z0-9._-]{1,64}$/

type OAuthCode = (typeof OAuthError)["Type"]["error"]

const json = (body: object, status = 200) =>
  HttpServerResponse.text(JSON.stringify(body), { status, contentType: "application/json" })

const refuse = (error: OAuthCode, error_description: string) => json({ error, error_description }, 400)

const noForm = refuse("invalid_request", "send a form, application/x-www-form-urlencoded, with each parameter once")

const clientOf = (form: ReadonlyMap<string, string>): string | undefined => {
  const client = form.get("client_id")
  return client !== undefined && clientForm.test(client) ? client : undefined
}

const noClient = refuse("invalid_client", "client_id is missing, or is not a name of letters, digits, dots and hyphens")

/** RFC 8628 section 3.1. */
export const device = Effect.gen(function* () {
  const form = yield* formOf
  if (form === undefined) return noForm
  const client = clientOf(form)
  if (client === undefined) return noClient
  const address = yield* addressOf
  const wait = yield* (yield* RateLimits).take([
    [deviceRequests.address, address],
    [deviceRequests.everybody, ""]
  ])
  if (wait !== undefined) {
    return problemResponse("too_many_requests", `too many logins were begun; wait ${wait} seconds`, {
      "retry-after": `${wait}`
    })
  }
  const { publicUrl } = yield* Served
  const { deviceCode, userCode } = yield* Device.request(client, address)
  const shown = shownCode(userCode)
  return json({
    device_code: Redacted.value(deviceCode),
    user_code: shown,
    verification_uri: `${publicUrl}/device`,
    verification_uri_complete: `${publicUrl}/device?user_code=${shown}`,
    expires_in: deviceCodeSeconds,
    interval: pollIntervalSeconds
  })
})

const byDeviceCode = Effect.fnUntraced(function* (form: ReadonlyMap<string, string>, client: string) {
  const code = form.get("device_code")
  if (code === undefined || code === "") return refuse("invalid_request", "device_code is missing")
  const result = yield* Device.poll(Redacted.make(code), client)
  return result._tag === "Granted" ? json(result.answer) : refuse(result.error, result.why)
})

/** RFC 6749 section 6, with rotation. Who is no member any more has no login any more. */
const byRefreshToken = Effect.fnUntraced(function* (form: ReadonlyMap<string, string>, client: string) {
  const text = form.get("refresh_token")
  if (text === undefined || text === "") return refuse("invalid_request", "refresh_token is missing")
  const presented = Redacted.make(text)
  const owner = yield* Tokens.ownerOfRefresh(presented)
  if (Option.isSome(owner)) {
    const { email, familyId, org } = owner.value
    // A folder that cannot be read fails here, and ends nobody's login.
    const member = yield* memberOf(Slug.make(org), email)
    if (Option.isNone(member)) {
      yield* atomically(Tokens.endFamily(familyId, "no-member"))
      return refuse("invalid_grant", `${email} is no member of ${org} any more`)
    }
  }
  const result = yield* Tokens.rotate(presented, client)
  return result._tag === "Rotated" ? json(result.answer) : refuse("invalid_grant", result.why)
})

/** One endpoint for both grants, as RFC 8414's `token_endpoint` is; `only` for the fixed path of the refresh. */
export const token = Effect.fnUntraced(function* (only?: "refresh_token") {
  const form = yield* formOf
  if (form === undefined) return noForm
  const client = clientOf(form)
  if (client === undefined) return noClient
  const type = form.get("grant_type") ?? only
  if (type === undefined) return refuse("invalid_request", "grant_type is missing")
  if (type === "refresh_token") return yield* byRefreshToken(form, client)
  if (type === deviceGrantType && only === undefined) return yield* byDeviceCode(form, client)
  return refuse("unsupported_grant_type", "this registry knows the grants of device codes and refresh tokens")
})

const revokeField = Effect.fnUntraced(function* (
  name: "token" | "refresh_token",
  done: HttpServerResponse.HttpServerResponse
) {
  const form = yield* formOf
  if (form === undefined) return noForm
  const text = form.get(name)
  if (text === undefined || text === "") return refuse("invalid_request", `${name} is missing`)
  yield* Tokens.revoke(Redacted.make(text))
  return done
})

export const logout = Effect.suspend(() => revokeField("refresh_token", json({ message: "logged out" })))

/** RFC 7009 section 2.2: an unknown token is answered as a known one. */
export const revoke = Effect.suspend(() => revokeField("token", HttpServerResponse.empty({ status: 200 })))

export const metadata = Effect.map(Served, ({ publicUrl }) => ({
  issuer: publicUrl,
  device_authorization_endpoint: `${publicUrl}/api/v1/auth/device`,
  token_endpoint: `${publicUrl}/api/v1/auth/token`,
  revocation_endpoint: `${publicUrl}/api/v1/auth/revoke`,
  grant_types_supported: [deviceGrantType, "refresh_token"],
  // RFC 8414 demands the field; there is no authorization endpoint that could answer with one.
  response_types_supported: [],
  token_endpoint_auth_methods_supported: ["none"],
  revocation_endpoint_auth_methods_supported: ["none"]
}))
