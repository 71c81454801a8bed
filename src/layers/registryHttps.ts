/** A registry on a server: the typed client with the person's token, renewed once where the server asks for it. */
import { Effect, type Redacted } from "effect"
import { NotLoggedIn } from "../domain/authErrors.ts"
import { AccessTokens } from "../services/AccessTokens.ts"
import { Http } from "../services/Http.ts"
import { RegistryTarget } from "../services/RegistryTarget.ts"
import { type EffectiveQuery, makeRegistryClient } from "./registryClient.ts"

export const askServer = Effect.fnUntraced(function* (query: EffectiveQuery) {
  const http = yield* Http
  const tokens = yield* AccessTokens
  const key = yield* (yield* RegistryTarget).approved
  const ask = Effect.fnUntraced(function* (token: Redacted.Redacted) {
    const httpClient = yield* http.clientFor(key.origin, token)
    const client = yield* makeRegistryClient({ httpClient, label: key.origin, baseUrl: key.origin })
    return yield* client.effective(query)
  })
  const { token } = yield* tokens.get(key)
  return yield* ask(token).pipe(
    Effect.catchIf(
      (error) => error._tag === "RegistryRefused" && error.status === 401,
      Effect.fnUntraced(function* () {
        const renewed = yield* tokens.renew(key, token)
        return yield* Effect.catchIf(
          ask(renewed.token),
          (error) => error._tag === "RegistryRefused" && error.status === 401,
          () => Effect.fail(new NotLoggedIn({ origin: key.origin }))
        )
      })
    )
  )
})
