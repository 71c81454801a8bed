import { Clock, Effect, Layer, Option, Redacted, Result, Schema } from "effect"
import { AuthRefused, AuthUnavailable, LoginDenied, LoginExpired } from "../domain/authErrors.ts"
import { User } from "../domain/Credential.ts"
import { ResponseInvalid } from "../domain/errors.ts"
import {
  clientId,
  codeLifetime,
  DeviceAuthorization,
  deviceGrant,
  endpointsOf,
  fixedEndpoints,
  OAuthErrorBody,
  pollInterval,
  ServerMetadata,
  TokenAnswer
} from "../domain/oauth.ts"
import { fieldOfIssue } from "../domain/schemaField.ts"
import { AuthorizationServer, type AuthFailure, type Granted } from "../services/AuthorizationServer.ts"
import { Http, type HttpAnswer } from "../services/Http.ts"
import { longestPollSeconds, slowDownSeconds } from "../services/policies.ts"

/** Metadata documents, the standard one first: RFC 8414 section 3, OpenID Connect Discovery section 4. */
const documents = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]

const Me = Schema.Struct({ user: User })

export const layer = Layer.effect(
  AuthorizationServer,
  Effect.gen(function* () {
    const http = yield* Http

    const decode = <A, I>(schema: Schema.Codec<A, I>, endpoint: string, { text }: HttpAnswer) =>
      Schema.decodeEffect(Schema.fromJsonString(schema))(Redacted.value(text)).pipe(
        Effect.mapError(({ issue }) => {
          const field = fieldOfIssue(issue)
          return new ResponseInvalid({
            endpoint,
            problem: field === "" ? "it is not JSON of that form" : `the field ${field}`
          })
        })
      )

    /** Anything but success: the OAuth error where there is one, else the status. */
    const refusal = (endpoint: string, answer: HttpAnswer): AuthRefused | AuthUnavailable => {
      const body = Schema.decodeOption(Schema.fromJsonString(OAuthErrorBody))(Redacted.value(answer.text))
      return answer.status >= 500 || answer.status === 429 || answer.status === 408
        ? new AuthUnavailable({ endpoint, status: answer.status })
        : new AuthRefused({
            endpoint,
            status: answer.status,
            error: Option.match(body, { onNone: () => "no reason given", onSome: ({ error }) => error })
          })
    }

    const succeeded = <A, I>(schema: Schema.Codec<A, I>, endpoint: string, answer: HttpAnswer) =>
      answer.status >= 200 && answer.status < 300
        ? decode(schema, endpoint, answer)
        : Effect.fail(refusal(endpoint, answer))

    const nameOf = (method: string, url: URL): string => `${method} ${url.origin}${url.pathname}`

    const granted = (
      url: URL,
      fields: Readonly<Record<string, string | Redacted.Redacted>>
    ): Effect.Effect<Granted, AuthFailure> =>
      Effect.gen(function* () {
        const startedAt = yield* Clock.currentTimeMillis
        const answer = yield* http.form("POST", url, fields)
        return { answer: yield* succeeded(TokenAnswer, nameOf("POST", url), answer), startedAt }
      })

    return AuthorizationServer.of({
      discover: Effect.fn("AuthorizationServer.discover")(function* (origin: string) {
        for (const path of documents) {
          const url = new URL(path, origin)
          const answer = yield* http.get(url)
          if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) continue
          const metadata = yield* succeeded(ServerMetadata, nameOf("GET", url), answer)
          const endpoints = endpointsOf(metadata, origin)
          if (Result.isSuccess(endpoints)) return endpoints.success
          return yield* new ResponseInvalid({ endpoint: nameOf("GET", url), problem: endpoints.failure })
        }
        return fixedEndpoints(origin)
      }),

      authorizeDevice: Effect.fn("AuthorizationServer.authorizeDevice")(function* ({ device }) {
        const answer = yield* http.form("POST", device, { client_id: clientId, scope: "openid offline_access" })
        return yield* succeeded(DeviceAuthorization, nameOf("POST", device), answer)
      }),

      pollToken: Effect.fn("AuthorizationServer.pollToken")(function* (endpoints, origin, device) {
        const deadline = (yield* Clock.currentTimeMillis) + codeLifetime(device.expires_in) * 1000
        let interval = pollInterval(device.interval)
        let backoff = 0
        for (;;) {
          const wait = Math.min(interval + backoff, longestPollSeconds) * 1000
          if ((yield* Clock.currentTimeMillis) + wait > deadline) {
            yield* Effect.sleep(Math.max(0, deadline - (yield* Clock.currentTimeMillis)))
            return yield* new LoginExpired({ origin })
          }
          yield* Effect.sleep(wait)
          const result = yield* Effect.result(
            granted(endpoints.token, { grant_type: deviceGrant, device_code: device.device_code, client_id: clientId })
          )
          if (Result.isSuccess(result)) return result.success
          const error = result.failure
          if (error._tag === "AuthRefused") {
            backoff = 0
            if (error.error === "authorization_pending") continue
            // RFC 8628 section 3.5: for this and all later requests.
            if (error.error === "slow_down") interval += slowDownSeconds
            else if (error.error === "access_denied") return yield* new LoginDenied({ origin })
            else if (error.error === "expired_token") return yield* new LoginExpired({ origin })
            else return yield* error
          } else if (
            error._tag === "ConnectionFailed" ||
            error._tag === "RequestTimedOut" ||
            error._tag === "AuthUnavailable"
          ) {
            backoff = backoff === 0 ? interval : backoff * 2
          } else return yield* error
        }
      }),

      refresh: Effect.fn("AuthorizationServer.refresh")(function* (endpoint, client, token) {
        return yield* granted(endpoint, { grant_type: "refresh_token", refresh_token: token, client_id: client })
      }),

      revoke: Effect.fn("AuthorizationServer.revoke")(function* ({ method, url }, client, token) {
        const fields =
          method === "DELETE"
            ? { refresh_token: token }
            : { token, token_type_hint: "refresh_token", client_id: client }
        const answer = yield* http.form(method, url, fields)
        if (answer.status < 200 || answer.status >= 300) return yield* refusal(nameOf(method, url), answer)
      }),

      me: Effect.fn("AuthorizationServer.me")(function* (origin, token) {
        const url = new URL("/api/v1/auth/me", origin)
        const answer = yield* http.get(url, token)
        if (answer.status === 404 || answer.status === 501) return undefined
        return (yield* succeeded(Me, nameOf("GET", url), answer)).user
      })
    })
  })
)
