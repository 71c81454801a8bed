/** Logins as items of the secret store, one for each origin and account. */
import { Effect, Redacted, Schema } from "effect"
import { CredentialText, type CredentialKey } from "../domain/Credential.ts"
import { StoreUnreadable } from "../domain/storeErrors.ts"
import type { SecretItem, SecretStore } from "../services/SecretStore.ts"
import type { TokenStore } from "../services/TokenStore.ts"

const itemOf = ({ account, origin }: CredentialKey): SecretItem => ({
  username: `${origin} ${account}`,
  what: account === "default" ? `the login at ${origin}` : `the login ${account} at ${origin}`
})

export const makeTokenStore = (secrets: SecretStore["Service"]): TokenStore["Service"] => ({
  read: Effect.fn("TokenStore.read")(function* (key) {
    const item = itemOf(key)
    const { secret, store } = yield* secrets.get(item)
    const broken = (reason: string) => new StoreUnreadable({ store, what: item.what, reason })
    // The schema's own words would hold what it read.
    const credential = yield* Schema.decodeEffect(CredentialText)(Redacted.value(secret)).pipe(
      Effect.mapError(() => broken("it is not what crewkit writes there"))
    )
    if (credential.origin !== key.origin || credential.account !== key.account) {
      return yield* broken("it belongs to another registry or account")
    }
    return { credential, store }
  }),
  write: Effect.fn("TokenStore.write")(function* (key, credential) {
    const text = yield* Effect.orDie(Schema.encodeEffect(CredentialText)(credential))
    return yield* secrets.set(itemOf(key), Redacted.make(text))
  }),
  remove: Effect.fn("TokenStore.remove")((key) => secrets.remove(itemOf(key)))
})
