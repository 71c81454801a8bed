import { Effect } from "effect"
import { LoginEnded, NotLoggedIn } from "../domain/authErrors.ts"
import { User } from "../domain/Credential.ts"
import { userText } from "../domain/loginText.ts"
import { AccessTokens } from "../services/AccessTokens.ts"
import { AuthorizationServer } from "../services/AuthorizationServer.ts"
import { Output } from "../services/Output.ts"
import { RegistryTarget } from "../services/RegistryTarget.ts"

export const data = User

/** From what the login left; only a token of which nothing is known has to be asked about. */
export const run = Effect.fn("whoami")(function* () {
  const output = yield* Output
  const target = yield* RegistryTarget
  const named = yield* target.named
  const tokens = yield* AccessTokens
  const { credential } = yield* tokens.peek(named)
  if (credential?.ended !== undefined) return yield* new LoginEnded({ origin: named.origin, ...credential.ended })
  const asked =
    credential?.user ??
    (yield* (yield* AuthorizationServer).me(named.origin, (yield* tokens.get(yield* target.approved)).token))
  if (asked === undefined) return yield* new NotLoggedIn({ origin: named.origin })
  yield* output.result(User, asked, [[userText(asked)]])
})
