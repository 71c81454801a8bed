/** A client for the registry's sessions that renews the person's token where the registry asks for it. */
import { Clock, Effect } from "effect"
import { HttpClient } from "effect/http"
import { NotLoggedIn } from "../domain/authErrors.ts"
import type { CredentialKey } from "../domain/Credential.ts"
import type { AccessTokens, TokenFailure } from "../services/AccessTokens.ts"
import type { Http } from "../services/Http.ts"
import type { Login } from "./outboxRound.ts"
import { makeSessionsClient } from "./registrySessions.ts"

export interface LoginOptions {
  readonly key: CredentialKey
  readonly tokens: AccessTokens["Service"]
  readonly http: Http["Service"]
  /** False where there is no time left for it: a renewal that is cut off may cost the login. */
  readonly renews: () => boolean
  readonly failed: (error: TokenFailure) => void
}

/** What is at hand and still good. */
const unrenewed = Effect.fnUntraced(function* ({ key, tokens }: LoginOptions) {
  const access = yield* tokens.peek(key)
  const ends = access.credential?.expiresAt ?? Number.POSITIVE_INFINITY
  const good = access.credential?.ended === undefined && ends > (yield* Clock.currentTimeMillis)
  return good ? access : yield* new NotLoggedIn({ origin: key.origin })
})

export const logInFor = Effect.fnUntraced(function* (options: LoginOptions) {
  const { failed, http, key, renews, tokens } = options
  let access = yield* renews() ? tokens.get(key) : unrenewed(options)
  const client = HttpClient.make((request) =>
    Effect.gen(function* () {
      const { token } = access
      const first = yield* (yield* http.clientFor(key.origin, token)).execute(request)
      if (first.status !== 401 || !renews()) return first
      const renewed = yield* Effect.result(tokens.renew(key, token))
      if (renewed._tag === "Failure") {
        failed(renewed.failure)
        return first
      }
      access = renewed.success
      return yield* (yield* http.clientFor(key.origin, access.token)).execute(request)
    })
  )
  const login: Login = { client: yield* makeSessionsClient(key.origin, client), user: access.credential?.user?.id }
  return login
})
