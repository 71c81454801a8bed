/**
 * The device page's steps. Whether a code exists is said only to a person who has signed in, and guessing codes or
 * passwords is limited for each address, each person and everybody together.
 */
import { Clock, DateTime, Effect, Layer, Option, Redacted } from "effect"
import { HttpRouter, HttpServerRequest, type HttpServerResponse } from "effect/http"
import { Slug } from "../../domain/AgentName.ts"
import type { Ground } from "../authHandlers.ts"
import * as Device from "../deviceGrant.ts"
import * as People from "../people.ts"
import { codeGuesses, maxPasswordLength, minPasswordLength, signIns } from "../policy.ts"
import { readCode, shownCode } from "../random.ts"
import { RateLimits } from "../RateLimits.ts"
import { addressOf } from "../requests.ts"
import { memberOf } from "../roles.ts"
import { Served } from "../Served.ts"
import { cookie, cookieOrNew, csrfOf, hostOf, page, posted, seeOther, stop, tooMany } from "./browser.ts"
import * as Pages from "./pages.ts"

const askedCode = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  return new URLSearchParams(request.url.split("?")[1] ?? "").get("user_code") ?? ""
})

const shownOr = (typed: string): string => {
  const code = readCode(typed)
  return code === undefined ? "" : shownCode(code)
}

const enter = Effect.gen(function* () {
  const secret = yield* cookieOrNew
  const code = shownOr(yield* askedCode)
  return yield* page(Pages.codePage({ host: yield* hostOf, csrf: yield* csrfOf(secret), code }), { cookie: secret })
})

const entered = posted(({ csrf, field }) =>
  Effect.gen(function* () {
    const typed = field("user_code").slice(0, 20)
    const code = readCode(typed)
    if (code === undefined) {
      const error = "A code is eight letters such as BCDF-GHJK, without vowels and digits."
      return yield* page(Pages.codePage({ host: yield* hostOf, csrf, code: typed, error }), { status: 422 })
    }
    return yield* seeOther("/device/approve", shownCode(code))
  })
)

const signInForm = Effect.gen(function* () {
  const secret = yield* cookieOrNew
  const code = shownOr(yield* askedCode)
  return yield* page(Pages.signInPage({ host: yield* hostOf, csrf: yield* csrfOf(secret), code, email: "" }), {
    cookie: secret
  })
})

const signedIn = posted(({ csrf, field }) =>
  Effect.gen(function* () {
    const limits = yield* RateLimits
    const code = shownOr(field("user_code"))
    const email = field("email").trim().slice(0, 254)
    const secret = Redacted.make(field("secret").trim().slice(0, maxPasswordLength))
    const tries = [
      [signIns.address, yield* addressOf],
      [signIns.person, People.plainEmail(email)],
      [signIns.everybody, ""]
    ] as const
    const wait = yield* limits.take(tries)
    if (wait !== undefined) return yield* tooMany(wait)
    const found = yield* People.signIn(email, secret)
    const wrong = Effect.gen(function* () {
      const error = "This e-mail and password do not go together, or the invite was used or has expired."
      return yield* page(Pages.signInPage({ host: yield* hostOf, csrf, code, email, error }), { status: 403 })
    })
    if (Option.isNone(found)) return yield* wrong
    yield* limits.giveBack(tries)
    const { byInvite, person } = found.value
    const member = yield* memberOf(Slug.make(person.org), person.email)
    if (Option.isNone(member)) {
      return yield* stop(
        403,
        "Not a member",
        `${person.email} is not listed in orgs/${person.org}/org.yml. Ask the person who keeps that file to add you.`
      )
    }
    if (byInvite && !(yield* People.useInvite(secret))) return yield* wrong
    const session = yield* People.openSession(person.id, byInvite)
    return yield* seeOther(byInvite ? "/device/password" : "/device/approve", code, { cookie: session })
  })
)

/** The person who is signed in, and the secret of the sign-in. */
const current = Effect.gen(function* () {
  const secret = yield* cookie
  if (Option.isNone(secret)) return Option.none()
  return Option.map(yield* People.session(secret.value), (session) => ({ ...session, secret: secret.value }))
})

const passwordForm = Effect.gen(function* () {
  const code = shownOr(yield* askedCode)
  const session = yield* current
  if (Option.isNone(session)) return yield* seeOther("/device/sign-in", code)
  const { needsPassword, person, secret } = session.value
  if (!needsPassword) return yield* seeOther("/device/approve", code)
  const csrf = yield* csrfOf(secret)
  return yield* page(Pages.passwordPage({ host: yield* hostOf, csrf, code, email: person.email }))
})

const passwordSet = posted(({ csrf, field }) =>
  Effect.gen(function* () {
    const code = shownOr(field("user_code"))
    const session = yield* current
    if (Option.isNone(session) || !session.value.needsPassword) return yield* seeOther("/device/sign-in", code)
    const { person, secret } = session.value
    const password = field("password")
    const error =
      password.length < minPasswordLength
        ? `The password has to have at least ${minPasswordLength} characters.`
        : password.length > maxPasswordLength
          ? `The password may have at most ${maxPasswordLength} characters.`
          : People.plainEmail(password) === person.email
            ? "The password may not be your e-mail address."
            : password !== field("again")
              ? "The two passwords are not the same."
              : undefined
    if (error !== undefined) {
      const again = { host: yield* hostOf, csrf, code, email: person.email, error }
      return yield* page(Pages.passwordPage(again), { status: 422 })
    }
    yield* People.setPassword(person.id, Redacted.make(password), secret)
    return yield* seeOther("/device/approve", code)
  })
)

const ago = (milliseconds: number): string => {
  const minutes = Math.floor(milliseconds / 60_000)
  return minutes < 1 ? "less than a minute ago" : minutes === 1 ? "a minute ago" : `${minutes} minutes ago`
}

const gone = stop(
  404,
  "This code cannot be approved",
  "It is not known, has expired, or was decided before. Start the login again in your terminal, and enter the new code."
)

/** Looks a code up for a person who is signed in; a miss counts as a guess. */
const lookUp = Effect.fnUntraced(function* (code: string, personId: string) {
  const limits = yield* RateLimits
  const tries = [
    [codeGuesses.address, yield* addressOf],
    [codeGuesses.person, personId],
    [codeGuesses.everybody, ""]
  ] as const
  const wait = yield* limits.take(tries)
  if (wait !== undefined) return { _tag: "Wait", wait } as const
  const found = yield* Device.pending(code)
  if (Option.isNone(found)) return { _tag: "Gone" } as const
  yield* limits.giveBack(tries)
  return { _tag: "Found", pending: found.value } as const
})

const approveForm = Effect.gen(function* () {
  const code = readCode(yield* askedCode)
  if (code === undefined) return yield* seeOther("/device", "")
  const session = yield* current
  if (Option.isNone(session)) return yield* seeOther("/device/sign-in", shownCode(code))
  const { needsPassword, person, secret } = session.value
  if (needsPassword) return yield* seeOther("/device/password", shownCode(code))
  const member = yield* memberOf(Slug.make(person.org), person.email)
  if (Option.isNone(member)) {
    return yield* stop(403, "Not a member", `${person.email} is not listed in orgs/${person.org}/org.yml any more.`)
  }
  const result = yield* lookUp(code, person.id)
  if (result._tag === "Wait") return yield* tooMany(result.wait)
  if (result._tag === "Gone") return yield* gone
  const { address, clientId, createdAt } = result.pending
  const now = yield* Clock.currentTimeMillis
  return yield* page(
    Pages.reviewPage({
      host: yield* hostOf,
      csrf: yield* csrfOf(secret),
      code: shownCode(code),
      client: clientId,
      organization: member.value.organization,
      role: member.value.role,
      person: member.value.name,
      email: person.email,
      asked: `${DateTime.formatIso(DateTime.makeUnsafe(createdAt)).slice(0, 16).replace("T", " ")} UTC`,
      ago: ago(now - createdAt),
      address,
      sameAddress: address === (yield* addressOf)
    })
  )
})

const decided = posted(({ field }) =>
  Effect.gen(function* () {
    const code = readCode(field("user_code"))
    if (code === undefined) return yield* seeOther("/device", "")
    const session = yield* current
    if (Option.isNone(session) || session.value.needsPassword)
      return yield* seeOther("/device/sign-in", shownCode(code))
    const { person, secret } = session.value
    const decision = field("decision")
    if (decision !== "approve" && decision !== "deny") return yield* seeOther("/device/approve", shownCode(code))
    if (Option.isNone(yield* memberOf(Slug.make(person.org), person.email))) {
      return yield* stop(403, "Not a member", `${person.email} is not listed in orgs/${person.org}/org.yml any more.`)
    }
    const result = yield* lookUp(code, person.id)
    if (result._tag === "Wait") return yield* tooMany(result.wait)
    const approved = decision === "approve"
    if (result._tag === "Gone" || !(yield* Device.decide(code, person.id, approved))) return yield* gone
    yield* People.closeSession(secret)
    return yield* page(Pages.resultPage({ host: yield* hostOf, approved }), { dropCookie: true })
  })
)

const signedOut = posted(({ field, secret }) =>
  Effect.gen(function* () {
    yield* People.closeSession(secret)
    return yield* seeOther("/device/sign-in", shownOr(field("user_code")), { dropCookie: true })
  })
)

/** A failure of the registry's own ground is told to its keeper, and to the person as that. */
const answered = <E extends { readonly message: string }, R>(
  effect: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
) =>
  Effect.catch(effect, (error) =>
    Effect.gen(function* () {
      yield* (yield* Served).report(error.message)
      return yield* stop(
        500,
        "Something is wrong here",
        "The registry could not read its files. Its keeper has been told."
      )
    })
  )

export const layer = Layer.unwrap(
  Effect.map(Effect.context<Ground>(), (ground) => {
    const route = <E extends { readonly message: string }>(
      method: "GET" | "POST",
      path: `/${string}`,
      effect: Effect.Effect<HttpServerResponse.HttpServerResponse, E, Ground | HttpServerRequest.HttpServerRequest>
    ) => HttpRouter.add(method, path, answered(effect).pipe(Effect.provide(ground)))
    return Layer.mergeAll(
      route("GET", "/device", enter),
      route("POST", "/device", entered),
      route("GET", "/device/sign-in", signInForm),
      route("POST", "/device/sign-in", signedIn),
      route("GET", "/device/password", passwordForm),
      route("POST", "/device/password", passwordSet),
      route("GET", "/device/approve", approveForm),
      route("POST", "/device/decision", decided),
      route("POST", "/device/sign-out", signedOut)
    )
  })
)
