import { Effect, Schema } from "effect"
import { good } from "../domain/text.ts"
import { AccessTokens } from "../services/AccessTokens.ts"
import { Output } from "../services/Output.ts"
import { RegistryTarget } from "../services/RegistryTarget.ts"

const LoggedOut = Schema.Struct({
  registry: Schema.String,
  account: Schema.String,
  /** False where nobody was logged in. */
  loggedOut: Schema.Boolean
})

export const run = Effect.fn("auth logout")(function* () {
  const output = yield* Output
  const key = yield* (yield* RegistryTarget).named
  const loggedOut = yield* (yield* AccessTokens).end(key)
  yield* output.summary(LoggedOut, { registry: key.origin, account: key.account, loggedOut }, [
    loggedOut
      ? [good("✓ "), `logged out of ${key.origin}: its tokens are revoked there and deleted here`]
      : [`nobody was logged in to ${key.origin}`]
  ])
})
