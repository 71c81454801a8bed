import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { isLoopback, isWildcard, parseListen, parsePublicUrl } from "../../src/domain/listen.ts"

describe("addresses to listen on", () => {
  it("are a host and a port", () => {
    assert.deepStrictEqual(parseListen("127.0.0.1:8787"), { host: "127.0.0.1", port: 8787 })
    assert.deepStrictEqual(parseListen("[::1]:0"), { host: "::1", port: 0 })
    for (const wrong of ["", "8787", ":8787", "::1:8787", "host:70000", "host:x", "a b:1", "http://host:1"]) {
      assert.isUndefined(parseListen(wrong), wrong)
    }
  })

  it("are this machine's own, or not", () => {
    for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "::1"]) assert.isTrue(isLoopback(host), host)
    for (const host of [
      "0.0.0.0",
      "::",
      "10.0.0.1",
      "localhost.example.com",
      "127.0.0.1.example.com",
      "::ffff:1.2.3.4"
    ])
      assert.isFalse(isLoopback(host), host)
    for (const host of ["0.0.0.0", "::", "0:0:0:0:0:0:0:0"]) assert.isTrue(isWildcard(host), host)
    assert.isFalse(isWildcard("10.0.0.0"))
  })

  it("are known under an origin: https, or http on this machine", () => {
    const good = [
      "https://agents.example.com",
      "https://agents.example.com:8443",
      "http://127.0.0.1:8787",
      "http://[::1]:1"
    ]
    for (const url of good) assert.deepStrictEqual(parsePublicUrl(url), Result.succeed(url))
    assert.deepStrictEqual(
      parsePublicUrl("https://Agents.example.com:443/"),
      Result.succeed("https://agents.example.com")
    )
    const bad = [
      "agents.example.com",
      "ftp://x.example",
      "http://x.example",
      "https://x.example/path",
      "https://u:p@x.example"
    ]
    for (const url of bad) assert.isTrue(Result.isFailure(parsePublicUrl(url)), url)
  })
})
