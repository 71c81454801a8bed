import { Clock, Effect, Layer, Option, Redacted, Result, Semaphore } from "effect"
import { LoginEnded, LogoutUnconfirmed, NotLoggedIn } from "../domain/authErrors.ts"
import type { Credential, CredentialKey } from "../domain/Credential.ts"
import { tokenLifetime } from "../domain/oauth.ts"
import { warn } from "../domain/text.ts"
import { AccessTokens, type AccessToken, type TokenFailure } from "../services/AccessTokens.ts"
import { AuthorizationServer, type AuthFailure } from "../services/AuthorizationServer.ts"
import { CredentialLock } from "../services/CredentialLock.ts"
import { Output } from "../services/Output.ts"
import { renewAheadSeconds, retryPassing, retrySave } from "../services/policies.ts"
import { TokenStore } from "../services/TokenStore.ts"

const same = (one: Redacted.Redacted | undefined, other: Redacted.Redacted | undefined): boolean =>
  one !== undefined && other !== undefined && Redacted.value(one) === Redacted.value(other)

const nameOf = ({ account, origin }: CredentialKey): string => `${origin} ${account}`

/** Failures after which the same refresh token may be tried again: none of them says anything about the token. */
const isPassing = (error: AuthFailure): boolean => error._tag === "ConnectionFailed" || error._tag === "AuthUnavailable"

const endedBecause = (unanswered: boolean): string =>
  unanswered
    ? "an earlier renewal was cut off before its answer was saved, and the registry gives no second answer"
    : "the registry no longer accepts its refresh token, which was revoked or has expired"

export const layer = Layer.effect(
  AccessTokens,
  Effect.gen(function* () {
    const store = yield* TokenStore
    const server = yield* AuthorizationServer
    const lock = yield* CredentialLock
    const output = yield* Output
    const oneAtATime = yield* Semaphore.make(1)
    /** What this process has renewed or read; the store is the authority for everybody else. */
    const known = new Map<string, AccessToken>()

    const environment = (): AccessToken | undefined => {
      // From a file there is often a line break at its end.
      const token = process.env["CREWKIT_TOKEN"]?.trim()
      return token === undefined || token === ""
        ? undefined
        : { token: Redacted.make(token), from: "environment", credential: undefined }
    }

    const remember = (key: CredentialKey, credential: Credential, from: AccessToken["from"]): AccessToken => {
      const access: AccessToken = { token: credential.accessToken, from, credential }
      known.set(nameOf(key), access)
      return access
    }

    const isGood = Effect.fnUntraced(function* (
      { credential, token }: AccessToken,
      rejected: Redacted.Redacted | undefined,
      ahead = renewAheadSeconds
    ) {
      if (same(token, rejected)) return false
      return credential === undefined || (yield* Clock.currentTimeMillis) < credential.expiresAt - ahead * 1000
    })

    const stored = Effect.fnUntraced(function* (key: CredentialKey) {
      const { credential, store: from } = yield* store
        .read(key)
        .pipe(Effect.catchTag("StoredMissing", () => Effect.fail(new NotLoggedIn({ origin: key.origin }))))
      return { token: credential.accessToken, from, credential }
    })

    /** The one request that spends the refresh token, and the save of what it brings: never parted by Ctrl-C. */
    const spend = Effect.fnUntraced(function* (key: CredentialKey, credential: Credential, token: Redacted.Redacted) {
      const { intent: _, ...rest } = credential
      const { answer, startedAt } = yield* server.refresh(new URL(credential.tokenEndpoint), credential.clientId, token)
      const next: Credential = {
        ...rest,
        accessToken: answer.access_token,
        // RFC 6749 section 6: where none comes back the old one stays good.
        refreshToken: answer.refresh_token ?? token,
        expiresAt: startedAt + tokenLifetime(answer.expires_in) * 1000,
        generation: credential.generation + 1
      }
      const saved = yield* Effect.result(Effect.retry(store.write(key, next), retrySave))
      if (Result.isSuccess(saved)) return remember(key, next, saved.success)
      // Loud, with --quiet too: what is lost at the end of this command cannot be had again.
      yield* output.ask([
        [
          warn("warning: "),
          `the login to ${key.origin} was renewed, but the new token could not be saved: ${saved.failure.message}. ` +
            "It works until this command ends; then: crewkit auth login"
        ]
      ])
      return remember(key, next, "memory")
    }, Effect.uninterruptible)

    /** Under the lock, with what was just read. */
    const renewLocked = Effect.fnUntraced(function* (key: CredentialKey, found: AccessToken) {
      const credential = found.credential
      if (credential === undefined) return yield* new NotLoggedIn({ origin: key.origin })
      const { origin } = key
      if (credential.ended !== undefined) return yield* new LoginEnded({ origin, ...credential.ended })
      const token = credential.refreshToken
      if (token === undefined) {
        const reason = "its access token has expired, and the registry gave none to renew it with"
        return yield* new LoginEnded({ origin, at: credential.expiresAt, reason })
      }
      // A store that cannot be written now could not keep the new token either; so nothing is spent.
      yield* store.write(key, { ...credential, intent: { at: yield* Clock.currentTimeMillis } })
      // Whether this very token was sent before without an answer: by somebody who was killed, or by the first try.
      let unanswered = credential.intent !== undefined
      const spent = Effect.tapError(spend(key, credential, token), (error) =>
        Effect.sync(() => {
          unanswered ||= isPassing(error)
        })
      )
      const renewed = yield* Effect.result(Effect.retry(spent, { while: isPassing, schedule: retryPassing }))
      if (Result.isSuccess(renewed)) return renewed.success
      const error = renewed.failure
      if (error._tag === "AuthRefused" && error.error === "invalid_grant") {
        const ended = { at: yield* Clock.currentTimeMillis, reason: endedBecause(unanswered) }
        const { intent: _, ...rest } = credential
        yield* Effect.ignore(store.write(key, { ...rest, ended }))
        return yield* new LoginEnded({ origin, ...ended })
      }
      return yield* error
    })

    const renew = Effect.fn("AccessTokens.renew")(function* (
      key: CredentialKey,
      rejected: Redacted.Redacted | undefined
    ) {
      const mine = known.get(nameOf(key))
      if (mine !== undefined && (yield* isGood(mine, rejected))) return mine
      return yield* lock.exclusive(
        key,
        Effect.gen(function* () {
          const found = yield* stored(key)
          if (found.credential?.ended === undefined && (yield* isGood(found, rejected))) {
            return remember(key, found.credential, found.from)
          }
          // What this process renewed and could not save is newer than what is stored.
          const newer =
            mine?.credential !== undefined && mine.credential.generation > found.credential.generation ? mine : found
          return yield* renewLocked(key, newer).pipe(
            Effect.catchIf(
              (error: TokenFailure) => error._tag !== "LoginEnded" && error._tag !== "NotLoggedIn",
              Effect.fnUntraced(function* (error: TokenFailure) {
                // Renewed ahead of time and in vain: the old one is still good for a while.
                return (yield* isGood(found, rejected, 0)) ? found : yield* error
              })
            )
          )
        })
      )
    }, oneAtATime.withPermits(1))

    const revoke = (credential: Credential): Effect.Effect<"revoked" | "deleted", LogoutUnconfirmed> => {
      const { clientId, ended, origin, refreshToken, revocation } = credential
      if (refreshToken === undefined) return Effect.succeed("deleted")
      if (ended !== undefined) return Effect.succeed("revoked")
      if (revocation === undefined) {
        return Effect.fail(new LogoutUnconfirmed({ origin, reason: "it offers no way to revoke tokens" }))
      }
      return server.revoke({ method: revocation.method, url: new URL(revocation.url) }, clientId, refreshToken).pipe(
        Effect.as("revoked" as const),
        Effect.mapError((error) => new LogoutUnconfirmed({ origin, reason: error.message }))
      )
    }

    return AccessTokens.of({
      stored,

      peek: Effect.fn("AccessTokens.peek")(function* (key: CredentialKey) {
        return environment() ?? (yield* stored(key))
      }),

      get: Effect.fn("AccessTokens.get")(function* (key: CredentialKey) {
        const given = environment()
        if (given !== undefined) return given
        const mine = known.get(nameOf(key))
        if (mine !== undefined && (yield* isGood(mine, undefined))) return mine
        const found = yield* stored(key)
        if (found.credential.ended === undefined && (yield* isGood(found, undefined))) {
          return remember(key, found.credential, found.from)
        }
        return yield* renew(key, undefined)
      }),

      renew: Effect.fnUntraced(function* (key: CredentialKey, rejected: Redacted.Redacted) {
        if (environment() !== undefined) return yield* new NotLoggedIn({ origin: key.origin })
        return yield* renew(key, rejected)
      }),

      establish: Effect.fn("AccessTokens.establish")(function* (login) {
        const key = { origin: login.origin, account: login.account }
        return yield* lock.exclusive(
          key,
          Effect.gen(function* () {
            const before = yield* Effect.result(store.read(key))
            const generation = Result.isSuccess(before) ? before.success.credential.generation + 1 : 1
            const credential: Credential = { ...login, version: 1, generation }
            const from = yield* Effect.retry(store.write(key, credential), retrySave)
            remember(key, credential, from)
            return from
          })
        )
      }, Effect.uninterruptible),

      identify: Effect.fn("AccessTokens.identify")(function* (login, user) {
        const key = { origin: login.origin, account: login.account }
        return yield* lock.exclusive(
          key,
          Effect.gen(function* () {
            const { credential } = yield* stored(key)
            // Another token means that the one of this login is spent: to write it again would end the login.
            if (!same(credential.accessToken, login.accessToken)) return
            const named: Credential = { ...credential, user }
            remember(key, named, yield* store.write(key, named))
          })
        )
      }, Effect.uninterruptible),

      end: Effect.fn("AccessTokens.end")(function* (key: CredentialKey) {
        return yield* lock.exclusive(
          key,
          Effect.gen(function* () {
            const found = yield* Effect.result(
              store.read(key).pipe(
                Effect.asSome,
                Effect.catchTag("StoredMissing", () => Effect.succeedNone)
              )
            )
            if (Result.isSuccess(found) && Option.isNone(found.success)) return "nobody"
            // One that cannot be read can still be deleted; a store that does not answer cannot.
            if (Result.isFailure(found) && found.failure._tag !== "StoreUnreadable") return yield* found.failure
            const revoked = yield* Effect.result(
              Result.isSuccess(found) && Option.isSome(found.success)
                ? revoke(found.success.value.credential)
                : Effect.fail(new LogoutUnconfirmed({ origin: key.origin, reason: "the stored token was unreadable" }))
            )
            yield* store.remove(key)
            known.delete(nameOf(key))
            return yield* Effect.fromResult(revoked)
          })
        )
      })
    })
  })
)
