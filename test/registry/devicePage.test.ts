/** The device page without a socket: who gets in, what is refused, what is limited, and what nobody learns. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Ref } from "effect"
import { TestClock } from "effect/testing"
import { html, raw } from "../../src/registry/page/html.ts"
import * as Pages from "../../src/registry/page/pages.ts"
import { addUser } from "../../src/registry/people.ts"
import { readCode, shownCode } from "../../src/registry/random.ts"
import { type Answer, app, layer, type Options, origin, type RegistryApp, Reports } from "../fakes/RegistryApp.ts"
import { Scratch } from "../fakes/Scratch.ts"
import { onEachDatabase } from "../fakes/StateDatabase.ts"

const email = "ada@acme.example"
const password = "three or four words"

/** What a browser keeps between two pages. */
interface Browser {
  readonly cookie: string
  readonly csrf: string
}

const cookieOf = (answer: Answer): string => (answer.headers["set-cookie"] ?? "").split(";")[0] ?? ""

const csrfOf = (answer: Answer): string => /name="csrf" value="([^"]+)"/.exec(answer.text)?.[1] ?? ""

const open = Effect.fnUntraced(function* (call: RegistryApp) {
  const page = yield* call("GET", "/device")
  const browser: Browser = { cookie: cookieOf(page), csrf: csrfOf(page) }
  return browser
})

interface Sent {
  readonly address?: string
  readonly headers?: Record<string, string>
}

const submit = (call: RegistryApp, path: string, browser: Browser, fields: Record<string, string>, sent: Sent = {}) =>
  call("POST", path, {
    form: { csrf: browser.csrf, ...fields },
    headers: { origin, cookie: browser.cookie, ...sent.headers },
    ...(sent.address === undefined ? {} : { address: sent.address })
  })

const invited = (who = email) =>
  Effect.map(addUser({ email: who, name: "Ada Park", org: "acme" }), ({ invite }) => Redacted.value(invite))

/** A browser that has signed in and set its password. */
const member = Effect.fnUntraced(function* (call: RegistryApp, user_code: string) {
  const invite = yield* invited()
  const before = yield* open(call)
  const signedIn = yield* submit(call, "/device/sign-in", before, { email, secret: invite, user_code })
  assert.deepStrictEqual(
    [signedIn.status, signedIn.headers["location"]],
    [303, `/device/password?user_code=${user_code}`]
  )
  const cookie = cookieOf(signedIn)
  const form = yield* call("GET", "/device/password", { headers: { cookie } })
  const browser: Browser = { cookie, csrf: csrfOf(form) }
  const set = yield* submit(call, "/device/password", browser, { password, again: password, user_code })
  assert.strictEqual(set.headers["location"], `/device/approve?user_code=${user_code}`)
  return { browser, invite }
})

const begin = Effect.fnUntraced(function* (call: RegistryApp) {
  const { json } = yield* call("POST", "/api/v1/auth/device", { form: { client_id: "crewkit-cli" } })
  return { userCode: String(json["user_code"]), deviceCode: String(json["device_code"]) }
})

onEachDatabase((database) => {
  const withApp = <E, R>(options: Options, use: (call: RegistryApp) => Effect.Effect<void, E, R>) =>
    Effect.flatMap(app, use).pipe(Effect.provide(layer({ ...options, database })))

  describe("signing in", () => {
    it.effect("takes an invite once, then the password that was set with it", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const { userCode } = yield* begin(call)
          const { browser, invite } = yield* member(call, userCode)
          const review = yield* call("GET", `/device/approve?user_code=${userCode}`, {
            headers: { cookie: browser.cookie }
          })
          for (const part of [userCode, "crewkit-cli", "Acme", "as senior", "Ada Park", "192.0.2.1"]) {
            assert.include(review.text, part)
          }
          const other = yield* open(call)
          assert.strictEqual((yield* submit(call, "/device/sign-in", other, { email, secret: invite })).status, 403)
          assert.strictEqual((yield* submit(call, "/device/sign-in", other, { email, secret: password })).status, 303)
        })
      )
    )

    it.effect("takes no expired invite, no replaced one, and none of somebody else", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const browser = yield* open(call)
          const first = yield* invited()
          const second = yield* invited()
          const of = (secret: string, who = email) =>
            Effect.map(submit(call, "/device/sign-in", browser, { email: who, secret }), ({ status }) => status)
          assert.strictEqual(yield* of(first), 403)
          assert.strictEqual(yield* of(second, "kofi@acme.example"), 403)
          yield* TestClock.adjust("7 days")
          assert.strictEqual(yield* of(second), 403)
          assert.strictEqual(yield* of(yield* invited()), 303)
        })
      )
    )

    it.effect("refuses whom the organization does not list, and keeps the invite for when it does", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const scratch = yield* Scratch
          const invite = yield* invited()
          const listed = scratch.read("registry/orgs/acme/org.yml")
          scratch.write("registry/orgs/acme/org.yml", "members: [{ email: kofi@acme.example }]\n")
          const browser = yield* open(call)
          const refused = yield* submit(call, "/device/sign-in", browser, { email, secret: invite })
          assert.strictEqual(refused.status, 403)
          assert.include(refused.text, "ada@acme.example is not listed in orgs/acme/org.yml")
          scratch.write("registry/orgs/acme/org.yml", "members: [\n")
          assert.strictEqual((yield* submit(call, "/device/sign-in", browser, { email, secret: invite })).status, 500)
          assert.strictEqual((yield* Ref.get(yield* Reports)).length, 1)
          scratch.write("registry/orgs/acme/org.yml", listed)
          assert.strictEqual((yield* submit(call, "/device/sign-in", browser, { email, secret: invite })).status, 303)
        })
      )
    )

    it.effect("wants a password that is long enough, typed twice alike, and not the address", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const before = yield* open(call)
          const signedIn = yield* submit(call, "/device/sign-in", before, { email, secret: yield* invited() })
          const cookie = cookieOf(signedIn)
          const browser = { cookie, csrf: csrfOf(yield* call("GET", "/device/password", { headers: { cookie } })) }
          for (const [first, second] of [
            ["short", "short"],
            [password, `${password}!`],
            [email, email],
            ["x".repeat(257), "x".repeat(257)]
          ] as const) {
            const answer = yield* submit(call, "/device/password", browser, { password: first, again: second })
            assert.strictEqual(answer.status, 422)
            assert.include(answer.text, 'role="alert"')
          }
          // Before that is done nothing can be approved.
          const approve = yield* call("GET", "/device/approve?user_code=BBBB-BBBB", { headers: { cookie } })
          assert.match(approve.headers["location"] ?? "", /^\/device\/password/)
        })
      )
    )

    it.effect("ends after ten minutes, and with a sign-out", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const { userCode } = yield* begin(call)
          const { browser } = yield* member(call, userCode)
          const see = call("GET", `/device/approve?user_code=${userCode}`, { headers: { cookie: browser.cookie } })
          assert.strictEqual((yield* see).status, 200)
          yield* submit(call, "/device/sign-out", browser, { user_code: userCode })
          assert.match((yield* see).headers["location"] ?? "", /^\/device\/sign-in/)
          const again = yield* submit(call, "/device/sign-in", yield* open(call), { email, secret: password })
          const cookie = cookieOf(again)
          yield* TestClock.adjust("10 minutes")
          const late = yield* call("GET", `/device/approve?user_code=${userCode}`, { headers: { cookie } })
          assert.match(late.headers["location"] ?? "", /^\/device\/sign-in/)
        })
      )
    )

    it.effect("is limited for an address, a person and everybody; a success is no guess", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const browser = yield* open(call)
          const guess = (who: string, address: string) =>
            submit(call, "/device/sign-in", browser, { email: who, secret: "a guess" }, { address })
          for (let index = 0; index < 10; index++) {
            assert.strictEqual((yield* guess(`p${index}@acme.example`, "192.0.2.9")).status, 403)
          }
          const limited = yield* guess("p99@acme.example", "192.0.2.9")
          assert.deepStrictEqual([limited.status, limited.headers["retry-after"]], [429, "600"])
          for (let index = 0; index < 10; index++) yield* guess(email, `198.51.100.${index}`)
          assert.strictEqual((yield* guess(email, "198.51.100.99")).status, 429)
          yield* TestClock.adjust("10 minutes")
          const invite = yield* invited()
          assert.strictEqual((yield* submit(call, "/device/sign-in", browser, { email, secret: invite })).status, 303)
          for (let index = 0; index < 200; index++) yield* guess(`q${index}@acme.example`, `203.0.113.${index}`)
          assert.strictEqual((yield* guess("r@acme.example", "192.0.2.200")).status, 429)
        })
      )
    )
  })

  describe("approving", () => {
    it.effect("tells nobody before the sign-in whether a code exists", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const { userCode } = yield* begin(call)
          const browser = yield* open(call)
          const texts: Array<string> = []
          for (const code of [userCode, "BBBB-BBBB"]) {
            const entered = yield* submit(call, "/device", browser, { user_code: code })
            const approve = yield* call("GET", entered.headers["location"] ?? "", {
              headers: { cookie: browser.cookie }
            })
            const page = yield* call("GET", approve.headers["location"] ?? "", {
              headers: { cookie: browser.cookie }
            })
            assert.deepStrictEqual([entered.status, approve.status, page.status], [303, 303, 200])
            texts.push(page.text.replaceAll(code, "CODE"))
            const decided = yield* submit(call, "/device/decision", browser, { user_code: code, decision: "approve" })
            assert.strictEqual(decided.status, 303)
          }
          assert.strictEqual(texts[0], texts[1])
        })
      )
    )

    it.effect("limits the guesses of a person who has signed in", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const { userCode } = yield* begin(call)
          const { browser } = yield* member(call, userCode)
          const look = (code: string) =>
            call("GET", `/device/approve?user_code=${code}`, { headers: { cookie: browser.cookie } })
          for (let index = 0; index < 20; index++) assert.strictEqual((yield* look(userCode)).status, 200)
          for (let index = 0; index < 10; index++) assert.strictEqual((yield* look("BBBB-BBBB")).status, 404)
          assert.strictEqual((yield* look("BBBB-BBBB")).status, 429)
          assert.strictEqual((yield* look(userCode)).status, 429)
        })
      )
    )

    it.effect("takes no form without our origin, our cookie and our token", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const { deviceCode, userCode } = yield* begin(call)
          const { browser } = yield* member(call, userCode)
          const fields = { user_code: userCode, decision: "approve" }
          const wrong: ReadonlyArray<readonly [Browser, Record<string, string>]> = [
            [browser, { origin: "https://evil.example" }],
            [browser, { origin: "null" }],
            [browser, { origin: "" }],
            [{ ...browser, csrf: "0".repeat(64) }, {}],
            [{ ...browser, csrf: "" }, {}],
            [{ ...browser, cookie: "" }, {}],
            [{ ...browser, cookie: cookieOf(yield* call("GET", "/device")) }, {}],
            [browser, { "content-type": "text/plain" }]
          ]
          for (const [from, headers] of wrong) {
            const answer = yield* submit(call, "/device/decision", from, fields, { headers })
            assert.strictEqual(answer.status, 403, JSON.stringify(headers))
          }
          const form = {
            grant_type: "urn:ietf:params:oauth:grant-type:device_code",
            device_code: deviceCode,
            client_id: "crewkit-cli"
          }
          const pending = yield* call("POST", "/api/v1/auth/token", { form })
          assert.strictEqual(pending.json["error"], "authorization_pending")
          assert.strictEqual((yield* submit(call, "/device/decision", browser, fields)).status, 200)
          assert.strictEqual((yield* call("POST", "/api/v1/auth/token", { form })).status, 200)
          // The sign-in was for this one approval.
          assert.strictEqual((yield* submit(call, "/device/decision", browser, fields)).status, 303)
        })
      )
    )

    it.effect("sends the headers that keep scripts, frames, caches and other sites out", () =>
      withApp({}, (call) =>
        Effect.gen(function* () {
          const { headers, text } = yield* call("GET", "/device?user_code=%22%3E%3Cscript%3E")
          assert.notInclude(text, "<script")
          assert.match(
            headers["content-security-policy"] ?? "",
            /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/
          )
          assert.match(
            headers["set-cookie"] ?? "",
            /^__Host-crewkit=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=600; Secure$/
          )
          assert.strictEqual(headers["cache-control"], "no-store")
          assert.strictEqual(headers["referrer-policy"], "same-origin")
          assert.strictEqual(headers["x-content-type-options"], "nosniff")
          assert.include(headers["strict-transport-security"] ?? "", "max-age=")
          assert.strictEqual((yield* call("GET", "/api/v1/agents")).headers["referrer-policy"], "no-referrer")
        })
      )
    )

    it.effect("takes the caller's address from the proxy where there is one, and only there", () =>
      Effect.gen(function* () {
        for (const behindProxy of [true, false]) {
          yield* withApp({ behindProxy }, (call) =>
            Effect.gen(function* () {
              const { json } = yield* call("POST", "/api/v1/auth/device", {
                form: { client_id: "crewkit-cli" },
                headers: { "x-forwarded-for": "203.0.113.5, 198.51.100.7" }
              })
              const userCode = String(json["user_code"])
              const { browser } = yield* member(call, userCode)
              const { text } = yield* call("GET", `/device/approve?user_code=${userCode}`, {
                headers: { cookie: browser.cookie }
              })
              assert.include(text, behindProxy ? "198.51.100.7" : "192.0.2.1")
              assert.notInclude(text, "203.0.113.5")
            })
          ).pipe(Effect.provide(Scratch.layer))
        }
      })
    )
  })
})

describe("the page's text", () => {
  it("escapes whatever is put into it", () => {
    const hostile = `"><script>alert('x')</script>&`
    assert.strictEqual(
      html`<p title="${hostile}">${raw("<b>")}</p>`.html,
      '<p title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;"><b></p>'
    )
    const common = { host: hostile, csrf: hostile, code: hostile, error: hostile, email: hostile }
    const review = { ...common, client: hostile, organization: hostile, role: hostile, person: hostile }
    for (const text of [
      Pages.codePage(common),
      Pages.signInPage(common),
      Pages.passwordPage(common),
      Pages.reviewPage({ ...review, asked: hostile, ago: hostile, address: hostile, sameAddress: true }),
      Pages.stopPage({ host: hostile, title: hostile, text: hostile })
    ]) {
      assert.notInclude(text, "<script")
      assert.match(text, /^<!doctype html>\s*<html lang="en">/)
    }
  })

  it("reads a code as people type it", () => {
    assert.strictEqual(readCode(" bcdf-ghjk "), "BCDFGHJK")
    assert.strictEqual(readCode("BCDF GHJK"), "BCDFGHJK")
    for (const wrong of ["", "BCDF-GHJ", "BCDF-GHJKL", "ABCD-EFGH", "BCDF-GHJ1"]) assert.isUndefined(readCode(wrong))
    assert.strictEqual(shownCode("BCDFGHJK"), "BCDF-GHJK")
  })
})
