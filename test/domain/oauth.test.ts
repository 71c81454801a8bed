import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { pageOf, wholePageOf } from "../../src/domain/oauth.ts"

const origin = "https://registry.example"

describe("the page that a person is sent to", () => {
  for (const [text, from, expected] of [
    ["https://login.example/device", origin, "https://login.example/device"],
    ["http://127.0.0.1:8787/device", "http://127.0.0.1:8787", "http://127.0.0.1:8787/device"],
    ["http://127.0.0.1:8787/device", origin, undefined],
    ["http://registry.example/device", origin, undefined],
    ["file:///etc/passwd", origin, undefined],
    ["javascript:alert(1)", origin, undefined],
    ["https://registry.example@evil.example/", origin, undefined],
    [`https://registry.example/${"x".repeat(3000)}`, origin, undefined],
    ["https://registry.example/\u001b[2J'\"; rm -rf ~", origin, "https://registry.example/%1B[2J'%22;%20rm%20-rf%20~"]
  ] as const) {
    it(`${text.slice(0, 60)} from ${from}: ${expected ?? "refused"}`, () => {
      assert.strictEqual(Option.getOrUndefined(pageOf(text, from)), expected)
    })
  }

  it("has its code filled in only where the address is on the site that is shown", () => {
    const page = `${origin}/device`
    const whole = `${origin}/device?user_code=BCDF-GHJK`
    assert.strictEqual(wholePageOf(whole, page, origin), whole)
    for (const other of ["https://evil.example/device?user_code=BCDF-GHJK", "file:///etc/passwd", undefined]) {
      assert.strictEqual(wholePageOf(other, page, origin), page)
    }
  })
})
