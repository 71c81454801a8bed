import { Clock, Effect } from "effect"
import { LoginEnded } from "../domain/authErrors.ts"
import { isoTime, LoginStatus, noKnownEnd, placeText, storeText, userText, whenText } from "../domain/loginText.ts"
import { faint, good, type Line } from "../domain/text.ts"
import { AccessTokens } from "../services/AccessTokens.ts"
import { Output } from "../services/Output.ts"
import { RegistryTarget } from "../services/RegistryTarget.ts"

export const data = LoginStatus

export const run = Effect.fn("auth status")(function* () {
  const output = yield* Output
  const key = yield* (yield* RegistryTarget).named
  const { credential, from } = yield* (yield* AccessTokens).peek(key)
  if (credential?.ended !== undefined) return yield* new LoginEnded({ origin: key.origin, ...credential.ended })
  const now = yield* Clock.currentTimeMillis
  const renews = credential?.refreshToken !== undefined
  if (credential !== undefined && !renews && credential.expiresAt <= now) {
    const reason = "its access token has expired, and the registry gave none to renew it with"
    return yield* new LoginEnded({ origin: key.origin, at: credential.expiresAt, reason })
  }
  const ends = credential === undefined || credential.expiresAt === noKnownEnd ? undefined : credential.expiresAt
  const value: LoginStatus = {
    registry: key.origin,
    account: key.account,
    store: from,
    ...(credential?.user === undefined ? {} : { user: credential.user }),
    ...(ends === undefined ? {} : { expiresAt: isoTime(ends) }),
    renews
  }
  const row = (name: string, text: string): Line => [faint(name.padEnd(14)), text]
  const who = value.user === undefined ? "" : ` as ${userText(value.user)}`
  const place = value.user === undefined ? "" : placeText(value.user)
  yield* output.result(LoginStatus, value, [
    [good("✓ "), `logged in to ${key.origin}${who}`],
    ...(place === "" ? [] : [row("", place)]),
    ...(ends === undefined
      ? []
      : [
          row(
            "access token",
            `${ends > now ? "expires" : "expired"} ${whenText(ends, now)}${renews ? ", renewed by itself" : ""}`
          )
        ]),
    row("kept in", storeText[from])
  ])
})
