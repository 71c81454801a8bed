import { assert, describe, it } from "@effect/vitest"
import { isDue, newerIn } from "../../src/domain/lastCheck.ts"
import { registryIn } from "../../src/domain/npmrc.ts"
import { isNewer, isVersion } from "../../src/domain/versions.ts"

describe("versions", () => {
  it("are in the order of semver.org, section 11", () => {
    const order = [
      "0.9.9",
      "1.0.0-alpha",
      "1.0.0-alpha.1",
      "1.0.0-alpha.beta",
      "1.0.0-beta",
      "1.0.0-beta.2",
      "1.0.0-beta.11",
      "1.0.0-rc.1",
      "1.0.0",
      "1.0.1",
      "1.10.0",
      "10.0.0"
    ]
    for (const [i, a] of order.entries()) {
      for (const [j, b] of order.entries()) assert.strictEqual(isNewer(a, b), i > j, `${a} against ${b}`)
    }
    assert.isFalse(isNewer("1.0.0+b", "1.0.0+a"))
  })

  it("are nothing else", () => {
    for (const text of ["", "1", "1.0", "v1.0.0", "1.0.0 ", "1.0.0\n", "latest", "1.0.0;rm"])
      assert.isFalse(isVersion(text))
    assert.isFalse(isNewer("latest", "0.1.0"))
  })
})

describe("the daily look", () => {
  const day = 24 * 3600 * 1000
  it("is due after a day, and where the clock was put back", () => {
    assert.isTrue(isDue(undefined, 0))
    assert.isFalse(isDue({ asked: 1000 }, 1000 + day - 1))
    assert.isTrue(isDue({ asked: 1000 }, 1000 + day))
    assert.isTrue(isDue({ asked: 5000 }, 1000))
  })

  it("tells of a newer version only", () => {
    assert.strictEqual(newerIn({ asked: 0, latest: "0.2.0" }, "0.1.0"), "0.2.0")
    assert.isUndefined(newerIn({ asked: 0, latest: "0.1.0" }, "0.1.0"))
    assert.isUndefined(newerIn({ asked: 0 }, "0.1.0"))
    assert.isUndefined(newerIn(undefined, "0.1.0"))
  })
})

describe("the registry in npm's settings", () => {
  it("is that of the scope, else that for all, else none", () => {
    const env = { HOST: "npm.example" }
    assert.strictEqual(registryIn("registry=https://a.example/\n", env), "https://a.example/")
    assert.strictEqual(registryIn('registry = "https://a.example/"\r\n', env), "https://a.example/")
    assert.strictEqual(registryIn("registry=https://${HOST}/x\n", env), "https://npm.example/x")
    assert.strictEqual(
      registryIn("registry=https://a.example\n@crewkit:registry=https://b.example\n", env),
      "https://b.example"
    )
    for (const text of [
      "",
      "# registry=https://a.example",
      "; registry=https://a.example",
      "_authToken=x",
      "registry="
    ]) {
      assert.isUndefined(registryIn(text, env))
    }
  })
})
