import { Effect, Schema } from "effect"
import { good, type Line } from "../domain/text.ts"
import { AccessTokens, type Ended } from "../services/AccessTokens.ts"
import { LocalState } from "../services/LocalState.ts"
import { Output } from "../services/Output.ts"
import { RegistryTarget } from "../services/RegistryTarget.ts"

const LoggedOut = Schema.Struct({
  registry: Schema.String,
  account: Schema.String,
  /** False where nobody was logged in. */
  loggedOut: Schema.Boolean,
  /** False where there was nothing that this login could revoke: a token that was given. */
  revoked: Schema.Boolean
})

const sentence = (ended: Ended, origin: string): Line => {
  switch (ended) {
    case "revoked":
      return [good("✓ "), `logged out of ${origin}: its tokens are revoked there and deleted here`]
    case "deleted":
      return [
        good("✓ "),
        `logged out of ${origin}: its token is deleted here; it is still good until it ends or is revoked where it was made`
      ]
    case "nobody":
      return [`nobody was logged in to ${origin}`]
  }
}

export const data = LoggedOut

export const run = Effect.fn("auth logout")(function* () {
  const output = yield* Output
  const { account, origin } = yield* (yield* RegistryTarget).named
  const ended = yield* (yield* AccessTokens).end({ account, origin })
  // What this login was answered in this project, if any.
  yield* Effect.catchTag((yield* LocalState).forgetAnswer, "ConfigMissing", () => Effect.void)
  const value = { registry: origin, account, loggedOut: ended !== "nobody", revoked: ended === "revoked" }
  yield* output.summary(LoggedOut, value, [sentence(ended, origin)])
})
