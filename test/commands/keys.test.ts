/** `crewkit keys remove` through the real parser: nothing goes without a yes. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import { type ApiKey, KeyName } from "../../src/domain/ApiKey.ts"
import { keyUnknown } from "../../src/domain/keyErrors.ts"
import { ApiKeys } from "../../src/services/ApiKeys.ts"
import * as PrompterScripted from "../../src/testing/PrompterScripted.ts"
import { call } from "../support/command.ts"

const key: ApiKey = {
  name: KeyName.make("openai-api-key"),
  env: "dev",
  created: 0,
  rotated: 0,
  fingerprint: "abcdef",
  store: "keychain"
}

const remove = (name: string, answer?: string) =>
  Effect.gen(function* () {
    const left = yield* Ref.make<ReadonlyArray<ApiKey>>([key])
    const keys = Layer.mock(ApiKeys, {
      list: Ref.get(left),
      remove: (asked, env) =>
        asked === key.name ? Ref.set(left, []) : Effect.fail(keyUnknown({ name: asked, env }, [key]))
    })
    const called = yield* call(["keys", "remove", name], Layer.mergeAll(keys, PrompterScripted.layer(answer)))
    return { ...called, left: (yield* Ref.get(left)).length }
  })

describe("crewkit keys remove", () => {
  it.effect("deletes with a yes, and not with a no", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* remove(key.name, "yes")).left, 0)
      const refused = yield* remove(key.name, "no")
      assert.deepStrictEqual([refused.code, refused.left, refused.said], [0, 1, ["nothing was deleted"]])
    })
  )

  it.effect("is refused where nobody can be asked", () =>
    Effect.gen(function* () {
      const { code, left, next, problem } = yield* remove(key.name)
      assert.deepStrictEqual([code, left], [2, 1])
      assert.strictEqual(problem, "nobody can be asked whether to delete openai-api-key (dev)")
      assert.strictEqual(next, "crewkit keys remove openai-api-key --env dev --yes")
    })
  )

  it.effect("asks nothing about a key that is not there, and guesses which was meant", () =>
    Effect.gen(function* () {
      const { code, problem } = yield* remove("openai-api-ky")
      assert.deepStrictEqual(
        [code, problem],
        [1, "there is no API key openai-api-ky for dev; did you mean openai-api-key?"]
      )
    })
  )
})
