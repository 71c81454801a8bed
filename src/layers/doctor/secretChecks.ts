/** Checks of what is secret: the keychain, the login in it, the age of API keys. No secret is in what they say. */
import { Clock, Effect, Result } from "effect"
import { failing, pass, skipped, type Verdict, warning } from "../../domain/doctor.ts"
import { keysVerdict } from "../../domain/doctorRules.ts"
import { noKnownEnd, storeText, userText, whenText } from "../../domain/loginText.ts"
import type { StoreFailure } from "../../domain/storeErrors.ts"
import { AccessTokens } from "../../services/AccessTokens.ts"
import { ApiKeys } from "../../services/ApiKeys.ts"
import { RegistryTarget } from "../../services/RegistryTarget.ts"
import { SecretStore } from "../../services/SecretStore.ts"
import { isNamed, type Place } from "./place.ts"
import { type Probe, verdictOf } from "./probe.ts"

const keychainName = (): string =>
  ({ darwin: "Keychain", win32: "Credential Manager" })[process.platform as string] ?? "Secret Service"

const tokenGiven = (): boolean => (process.env["CREWKIT_TOKEN"] ?? "") !== ""

/** Whether logins are kept on this machine: those of a registry on a server, where no token is handed over. */
const needsStore = ({ registry }: Place): boolean =>
  Result.isSuccess(registry) && registry.success.kind === "https" && isNamed(registry.success) && !tokenGiven()

const fixes: Partial<Record<StoreFailure["_tag"], string>> = {
  StoreLocked: "unlock the keychain (log in to the desktop, or gnome-keyring-daemon --unlock), then crewkit doctor",
  StoreTimedOut: "answer the keychain's dialog if one waits, else restart it (gnome-keyring-daemon --replace)"
}

const failed = (error: StoreFailure, place: Place): Verdict => {
  const next = fixes[error._tag] ?? verdictOf(error).next
  const text =
    error._tag === "StoreLocked"
      ? "the keychain is locked: nothing can be read from it or written to it"
      : error.message
  const extra = next === undefined ? {} : { next }
  // Without a keychain a folder of agents works all the same; API keys and seals of the session log do not.
  if (error._tag === "StoreUnavailable" && !needsStore(place)) return warning(text, extra)
  return failing(text, extra)
}

const keychain = Effect.fnUntraced(function* (place: Place) {
  const secrets = yield* SecretStore
  const chosen = yield* Effect.result(secrets.chosen)
  if (Result.isFailure(chosen)) return failed(chosen.failure, place)
  const { pinned, vault } = chosen.success
  if (pinned === "vault") {
    return pass(`not used: CREWKIT_TOKEN_STORE=vault; ${vault ?? "the vault is made when something is first kept"}`)
  }
  const started = yield* Clock.currentTimeMillis
  const tried = yield* Effect.result(secrets.tryKeychain)
  if (Result.isSuccess(tried)) {
    const took = (yield* Clock.currentTimeMillis) - started
    return pass(`${keychainName()}, written, read and deleted in ${took} ms`)
  }
  return tried.failure._tag === "StoreUnavailable" && vault !== undefined && pinned === undefined
    ? pass(`none here, so the vault is used: ${vault}`)
    : failed(tried.failure, place)
})

const login = Effect.fnUntraced(function* (place: Place, store: Verdict) {
  if (Result.isFailure(place.registry)) return skipped("not looked at: see config")
  const { kind } = place.registry.success
  if (kind === "folder") return skipped("the registry is a folder, which needs none")
  if (!isNamed(place.registry.success)) return skipped("no project here names a registry")
  if (!tokenGiven() && store.status === "fail") return skipped("not looked at: see keychain")
  const key = yield* (yield* RegistryTarget).named
  const found = yield* Effect.result((yield* AccessTokens).peek(key))
  if (Result.isFailure(found)) {
    const error = found.failure
    if (error._tag === "StoreUnavailable" && error.store === "vault") {
      return skipped(`not looked at: ${error.message}`)
    }
    return verdictOf(error)
  }
  const { credential, from } = found.success
  if (credential === undefined) return pass(`a token from ${storeText[from]}`)
  const next = "crewkit auth login"
  if (credential.ended !== undefined)
    return failing(`the login at ${key.origin} has ended: ${credential.ended.reason}`, { next })
  const now = yield* Clock.currentTimeMillis
  const ends = credential.expiresAt
  const renews = credential.refreshToken !== undefined
  if (!renews && ends <= now)
    return failing(`the access token for ${key.origin} expired ${whenText(ends, now)}`, { next })
  const who = credential.user === undefined ? `logged in to ${key.origin}` : userText(credential.user)
  const until = ends === noKnownEnd ? "" : `, token ${ends > now ? "expires" : "expired"} ${whenText(ends, now)}`
  if (credential.intent !== undefined) {
    return warning(`${who}: a renewal was begun ${whenText(credential.intent.at, now)} and not finished`, {
      next: "crewkit sync finishes it, or says that the login has ended"
    })
  }
  return pass(`${who}${until}${renews ? ", renewed by itself" : ""}`)
})

/** The keychain first: a login in a keychain that does not answer is not asked for. */
export const secrets = (place: Place): Probe<AccessTokens | RegistryTarget | SecretStore> => ({
  names: ["keychain", "login"],
  run: Effect.gen(function* () {
    const store = yield* keychain(place)
    return [store, yield* Effect.catch(login(place, store), (error) => Effect.succeed(verdictOf(error)))]
  }),
  late: "fail"
})

export const keys = Effect.gen(function* () {
  const api = yield* ApiKeys
  const all = yield* api.list
  if (all.length === 0) return keysVerdict(0, [], 0, 0)
  return keysVerdict(all.length, yield* api.overdue, yield* Clock.currentTimeMillis, yield* api.rotationDays)
})
