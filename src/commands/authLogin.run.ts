import { Clock, Effect, Option, Redacted, Result } from "effect"
import type { CredentialKey } from "../domain/Credential.ts"
import { NotLoggedIn } from "../domain/authErrors.ts"
import { UsageError } from "../domain/errors.ts"
import { isoTime, LoginStatus, noKnownEnd, placeText, storeText, userText } from "../domain/loginText.ts"
import { clientId, codeLifetime, pageOf, tokenLifetime, wholePageOf } from "../domain/oauth.ts"
import { code, faint, good, type Line, strong } from "../domain/text.ts"
import { AccessTokens, type NewLogin } from "../services/AccessTokens.ts"
import { AuthorizationServer } from "../services/AuthorizationServer.ts"
import { Browser } from "../services/Browser.ts"
import { Output } from "../services/Output.ts"
import { Prompter } from "../services/Prompter.ts"
import { QrCode } from "../services/QrCode.ts"
import { RegistryTarget } from "../services/RegistryTarget.ts"

interface Input {
  readonly withToken: boolean
  readonly qr: boolean
  readonly noBrowser: boolean
}

/** Keeps the login, and then says whose it is where the registry tells. */
const keep = Effect.fnUntraced(function* (login: NewLogin, needsUser: boolean) {
  const output = yield* Output
  const tokens = yield* AccessTokens
  // First of all: what was granted must not be lost while somebody is asked who it is.
  const kept = needsUser ? undefined : yield* tokens.establish(login)
  const asked = yield* Effect.result((yield* AuthorizationServer).me(login.origin, login.accessToken))
  if (needsUser && Result.isFailure(asked)) {
    const { failure } = asked
    return yield* failure._tag === "AuthRefused" ? new NotLoggedIn({ origin: login.origin }) : failure
  }
  if (Result.isFailure(asked)) {
    yield* output.warn(`${login.origin} does not say who is logged in: ${asked.failure.message}`)
  }
  const user = Result.getOrUndefined(asked)
  const store = kept ?? (yield* tokens.establish(user === undefined ? login : { ...login, user }))
  // Where that fails, `whoami` asks the registry.
  if (kept !== undefined && user !== undefined) yield* Effect.ignore(tokens.identify(login, user))
  const value: LoginStatus = {
    registry: login.origin,
    account: login.account,
    store,
    ...(user === undefined ? {} : { user }),
    ...(login.expiresAt === noKnownEnd ? {} : { expiresAt: isoTime(login.expiresAt) }),
    renews: login.refreshToken !== undefined
  }
  const who = user === undefined ? "" : ` as ${userText(user)}`
  const place = user === undefined ? "" : placeText(user)
  yield* output.summary(LoginStatus, value, [
    [good("✓ "), `logged in to ${login.origin}${who}`],
    ...(place === "" ? [] : [[`  ${place}`]]),
    [`  the tokens are in ${storeText[store]}${value.renews ? ", and are renewed by themselves" : ""}`]
  ])
})

const withToken = Effect.fnUntraced(function* (key: CredentialKey) {
  const prompter = yield* Prompter
  const piped = yield* prompter.piped
  const given = Option.isSome(piped) ? piped : yield* prompter.secret("Access token: ")
  const token = Option.match(given, { onNone: () => "", onSome: (value) => Redacted.value(value).trim() })
  if (!/^[\x21-\x7e]{8,16000}$/.test(token)) {
    return yield* new UsageError({
      problem: "--with-token reads one access token from standard input, and there was none",
      next: "crewkit auth login --with-token < token.txt"
    })
  }
  const endpoints = yield* (yield* AuthorizationServer).discover(key.origin)
  yield* keep(
    {
      ...key,
      issuer: endpoints.issuer,
      tokenEndpoint: endpoints.refresh.href,
      clientId,
      accessToken: Redacted.make(token),
      expiresAt: noKnownEnd
    },
    true
  )
})

export const data = LoginStatus

export const run = Effect.fn("auth login")(function* (input: Input) {
  const output = yield* Output
  const key = yield* (yield* RegistryTarget).approved
  const { origin } = key
  // Before anybody is sent to a browser: a store that does not work would lose what was approved there.
  yield* Effect.catchTag((yield* AccessTokens).stored(key), ["NotLoggedIn", "StoreUnreadable"], () => Effect.void)
  if (input.withToken) return yield* withToken(key)

  const server = yield* AuthorizationServer
  const endpoints = yield* server.discover(origin)
  const startedAt = yield* Clock.currentTimeMillis
  const device = yield* server.authorizeDevice(endpoints)
  const page = pageOf(device.verification_uri, origin)
  if (Option.isNone(page)) {
    return yield* new UsageError({
      problem: `${origin} sends you to a page that may not be opened: neither https nor, where the registry is, on this machine`,
      next: "tell whoever keeps the registry; do not open the page"
    })
  }
  const whole = wholePageOf(device.verification_uri_complete, page.value, origin)
  const minutes = Math.round((startedAt + codeLifetime(device.expires_in) * 1000 - startedAt) / 60_000)
  const drawn: ReadonlyArray<Line> = input.qr ? (yield* (yield* QrCode).lines(whole)).map((line) => [line]) : []
  yield* output.ask([
    [`Log in to ${origin}`],
    ["  open  ", code(page.value)],
    ["  code  ", strong(device.user_code), faint(`  (good for ${minutes} minutes)`)],
    ...drawn
  ])
  if (!input.noBrowser && (yield* (yield* Prompter).possible)) {
    const opened = yield* (yield* Browser).open(whole)
    if (opened) yield* output.ask([[faint("  the page is open in your browser")]])
  }
  const { answer, startedAt: askedAt } = yield* output.withSpinner(
    "Waiting for you to approve",
    server.pollToken(endpoints, origin, device)
  )
  yield* keep(
    {
      ...key,
      issuer: endpoints.issuer,
      tokenEndpoint: endpoints.refresh.href,
      ...(endpoints.revocation === undefined
        ? {}
        : { revocation: { method: endpoints.revocation.method, url: endpoints.revocation.url.href } }),
      clientId,
      accessToken: answer.access_token,
      ...(answer.refresh_token === undefined ? {} : { refreshToken: answer.refresh_token }),
      expiresAt: askedAt + tokenLifetime(answer.expires_in) * 1000
    },
    false
  )
})
