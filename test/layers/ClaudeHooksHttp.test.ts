import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { request } from "node:http"
import type { HookInput } from "../../src/domain/attribution.ts"
import * as ClaudeHooksHttp from "../../src/layers/ClaudeHooksHttp.ts"
import { ClaudeHooks, type HookEndpoint } from "../../src/services/ClaudeHooks.ts"

const post = (endpoint: HookEndpoint, body: string, more: { readonly token?: string; readonly method?: string } = {}) =>
  Effect.promise(
    () =>
      new Promise<string>((resolve, reject) => {
        const sent = request(
          endpoint.url,
          { method: more.method ?? "POST", headers: { "X-Crewkit-Token": more.token ?? endpoint.token } },
          (response) => {
            let text = ""
            response.on("data", (chunk) => (text += String(chunk)))
            response.on("end", () => resolve(`${response.statusCode} ${text}`))
          }
        )
        sent.on("error", reject)
        sent.end(body)
      })
  )

const hook = JSON.stringify({ hook_event_name: "PostToolUse", tool_name: "Edit", tool_response: { x: 1 } })

describe("the endpoint of Claude Code's hooks", () => {
  it.live("hears those who have the token, on loopback, for as long as the session lasts", () =>
    Effect.gen(function* () {
      const heard: Array<HookInput> = []
      const hooks = yield* ClaudeHooks
      const endpoint = yield* Effect.scoped(
        Effect.gen(function* () {
          const open = yield* hooks.listen((one) => heard.push(one))
          assert.match(open.url, /^http:\/\/127\.0\.0\.1:\d+\/$/)
          assert.isAtLeast(open.token.length, 40)
          assert.strictEqual(yield* post(open, hook), "200 ")
          assert.deepStrictEqual(heard, [{ hook_event_name: "PostToolUse", tool_name: "Edit" }])
          assert.strictEqual(yield* post(open, hook, { token: "" }), "404 ")
          assert.strictEqual(yield* post(open, hook, { token: `${open.token}x` }), "404 ")
          assert.strictEqual(yield* post(open, "", { method: "GET" }), "404 ")
          return open
        })
      )
      assert.lengthOf(heard, 1)
      const gone = yield* Effect.exit(post(endpoint, hook))
      assert.strictEqual(gone._tag, "Failure")
    }).pipe(Effect.provide(ClaudeHooksHttp.layer))
  )

  it.live("answers as if all were well to what it does not understand: an error would be shown to the person", () =>
    Effect.gen(function* () {
      const heard: Array<HookInput> = []
      const hooks = yield* ClaudeHooks
      yield* Effect.scoped(
        Effect.gen(function* () {
          const open = yield* hooks.listen((one) => heard.push(one))
          for (const body of ["", "nonsense", "[]", '{"hook_event_name":7}', '{"hook_event_name":"\ud800"']) {
            assert.strictEqual(yield* post(open, body), "200 ")
          }
          const huge = JSON.stringify({ hook_event_name: "PostToolUse", x: "x".repeat(17 * 1024 * 1024) })
          assert.strictEqual(yield* post(open, huge), "200 ")
        })
      )
      assert.deepStrictEqual(heard, [])
    }).pipe(Effect.provide(ClaudeHooksHttp.layer))
  )
})
