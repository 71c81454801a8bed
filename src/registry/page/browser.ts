/**
 * What holds for every step of the device page: the cookie, the proof that a form is ours, and the headers.
 */
import { Effect, Option, Redacted } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { browserSessionSeconds } from "../policy.ts"
import { token } from "../random.ts"
import { formOf } from "../requests.ts"
import { Secrets } from "../Secrets.ts"
import { Served } from "../Served.ts"
import * as Pages from "./pages.ts"
import { style } from "./style.ts"

/** `__Host-`: set by this very origin, over https, for no domain above it (RFC 6265bis section 4.1.3.2). */
const cookieName = (secure: boolean): string => (secure ? "__Host-crewkit" : "crewkit")

/** The cookie of a browser that has one; before the sign-in it stands for nobody. */
export const cookie = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const { secure } = yield* Served
  const value = request.cookies[cookieName(secure)]
  return value !== undefined && /^[\w-]{43}$/.test(value) ? Option.some(Redacted.make(value)) : Option.none()
})

/** A fresh one where there is none: a form without it is refused. */
export const cookieOrNew = Effect.gen(function* () {
  const present = yield* cookie
  return Option.isSome(present) ? present.value : yield* token("")
})

/** The hidden token of a form: only who can read the cookie, which no page can, could make it. */
export const csrfOf = (secret: Redacted.Redacted) =>
  Effect.map(Secrets, ({ hash }) => hash(Redacted.make(`form ${Redacted.value(secret)}`)))

export const hostOf = Effect.map(Served, ({ publicUrl }) => publicUrl.replace(/^https?:\/\//, ""))

const setCookie = (secret: Redacted.Redacted, secure: boolean, maxAge: number): string =>
  `${cookieName(secure)}=${Redacted.value(secret)}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAge}${secure ? "; Secure" : ""}`

interface Extra {
  readonly status?: number
  /** The cookie to set; none leaves the browser's as it is. */
  readonly cookie?: Redacted.Redacted
  readonly dropCookie?: boolean
  readonly headers?: Record<string, string>
}

const cookieHeader = Effect.fnUntraced(function* (extra: Extra) {
  const { secure } = yield* Served
  if (extra.dropCookie === true) return { "set-cookie": setCookie(Redacted.make(""), secure, 0) }
  return extra.cookie === undefined ? {} : { "set-cookie": setCookie(extra.cookie, secure, browserSessionSeconds) }
})

export const page = Effect.fnUntraced(function* (text: string, extra: Extra = {}) {
  const { digest } = yield* Secrets
  return HttpServerResponse.text(text, {
    status: extra.status ?? 200,
    contentType: "text/html; charset=utf-8",
    headers: {
      "content-security-policy": `default-src 'none'; style-src 'sha256-${digest(style)}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
      // With no-referrer a browser sends `Origin: null` with a form, and then the check of the origin could not tell.
      "referrer-policy": "same-origin",
      "x-frame-options": "DENY",
      "cross-origin-opener-policy": "same-origin",
      ...extra.headers,
      ...(yield* cookieHeader(extra))
    }
  })
})

/** After a form, so that going back or reloading sends nothing twice. */
export const seeOther = Effect.fnUntraced(function* (path: string, code: string, extra: Extra = {}) {
  return HttpServerResponse.empty({
    status: 303,
    headers: {
      location: `${path}?user_code=${code}`,
      "referrer-policy": "same-origin",
      ...(yield* cookieHeader(extra))
    }
  })
})

export const stop = Effect.fnUntraced(function* (status: number, title: string, text: string, extra: Extra = {}) {
  return yield* page(Pages.stopPage({ host: yield* hostOf, title, text }), { ...extra, status })
})

export const tooMany = (wait: number) =>
  stop(
    429,
    "Too many tries",
    `Wait ${wait < 90 ? `${wait} seconds` : `${Math.ceil(wait / 60)} minutes`}, then try again.`,
    {
      headers: { "retry-after": `${wait}` }
    }
  )

interface Posted {
  readonly field: (name: string) => string
  readonly secret: Redacted.Redacted
  readonly csrf: string
}

/** A form that our own page sent from this very browser; anything else is refused before it is looked at. */
export const posted = <E, R>(handle: (form: Posted) => Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const { publicUrl } = yield* Served
    const { equal } = yield* Secrets
    if (request.headers["origin"] !== publicUrl) {
      return yield* stop(403, "Not from this page", `This form was not sent from ${publicUrl}/device. Open it there.`)
    }
    const form = yield* formOf
    const secret = yield* cookie
    if (form === undefined || Option.isNone(secret)) {
      return yield* stop(403, "Start again", "The page was open for too long, or this browser does not keep cookies.")
    }
    const csrf = yield* csrfOf(secret.value)
    if (!equal(form.get("csrf") ?? "", csrf)) {
      return yield* stop(403, "Start again", "This form belongs to an earlier page.")
    }
    return yield* handle({ field: (name) => form.get(name) ?? "", secret: secret.value, csrf })
  })
