import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import * as ReleasesNpm from "../../src/layers/ReleasesNpm.ts"
import { Releases } from "../../src/services/Releases.ts"
import { environment } from "../fakes/environment.ts"
import * as HttpScripted from "../../src/testing/HttpScripted.ts"
import { Scratch } from "../fakes/Scratch.ts"

const home = Effect.gen(function* () {
  const scratch = yield* Scratch
  yield* environment({
    npm_config_registry: undefined,
    NPM_CONFIG_REGISTRY: undefined,
    NPM_CONFIG_USERCONFIG: undefined,
    npm_config_userconfig: scratch.path(".npmrc"),
    XDG_CACHE_HOME: scratch.path("cache")
  })
  return scratch
})

const answering = (status: number, body: unknown) =>
  ReleasesNpm.layer.pipe(
    Layer.provideMerge(HttpScripted.layer(() => HttpScripted.json(status, body))),
    Layer.provideMerge(Scratch.layer)
  )

describe("the registry that is asked", () => {
  it.effect("is npm's own, the person's setting, or the variable", () =>
    Effect.gen(function* () {
      const scratch = yield* home
      const { registry } = yield* Releases
      assert.strictEqual((yield* registry).href, "https://registry.npmjs.org/")
      scratch.write(".npmrc", "registry=https://npm.example/mirror\n")
      assert.strictEqual((yield* registry).href, "https://npm.example/mirror/")
      yield* environment({ npm_config_registry: "https://other.example" })
      assert.strictEqual((yield* registry).href, "https://other.example/")
    }).pipe(Effect.scoped, Effect.provide(answering(200, {})))
  )

  it.effect("is refused over plain http, and where it holds a password, which is not printed", () =>
    Effect.gen(function* () {
      const scratch = yield* home
      const { registry } = yield* Releases
      for (const address of ["http://npm.example/", "https://me:hunter2@npm.example/", "nonsense"]) {
        scratch.write(".npmrc", `registry=${address}\n`)
        const error = yield* Effect.flip(registry)
        assert.strictEqual(error._tag, "PackageRegistryInvalid")
        assert.notInclude(error.message, "hunter2")
      }
    }).pipe(Effect.scoped, Effect.provide(answering(200, {})))
  )
})

describe("the latest version", () => {
  it.effect("is asked for once, without a token, and remembered", () =>
    Effect.gen(function* () {
      const scratch = yield* home
      const releases = yield* Releases
      assert.strictEqual(yield* releases.latest(new URL("https://npm.example/mirror/")), "0.2.0")
      const asked = yield* Ref.get(yield* HttpScripted.Requests)
      assert.deepStrictEqual(
        asked.map(({ method, token, url }) => [method, url, token]),
        [["GET", "https://npm.example/mirror/@crewkit%2fcli/latest", undefined]]
      )
      assert.deepStrictEqual(JSON.parse(scratch.read("cache/crewkit/update.json")), { asked: 0, latest: "0.2.0" })
    }).pipe(Effect.scoped, Effect.provide(answering(200, { version: "0.2.0" })))
  )

  for (const [what, status, body] of [
    ["a registry without the package", 404, {}],
    ["an error", 500, {}],
    ["no JSON", 200, "<html>"],
    ["a version that is none", 200, { version: "1.0.0; rm -rf /" }]
  ] as const) {
    it.effect(`is unknown after ${what}, with exit code 5`, () =>
      Effect.gen(function* () {
        const scratch = yield* home
        const releases = yield* Releases
        const error = yield* Effect.flip(releases.latest(new URL("https://npm.example/")))
        assert.strictEqual(error._tag, "ReleasesUnusable")
        assert.notInclude(error.message, "rm -rf")
        assert.isFalse(scratch.exists("cache/crewkit/update.json"))
      }).pipe(Effect.scoped, Effect.provide(answering(status, body)))
    )
  }
})
