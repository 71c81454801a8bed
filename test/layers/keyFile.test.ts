import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Ref } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import { keyNameFrom } from "../../src/domain/ApiKey.ts"
import { makeApiKeys } from "../../src/layers/keyFile.ts"
import { SecretStore } from "../../src/services/SecretStore.ts"
import { Scratch } from "../fakes/Scratch.ts"
import * as SecretStoreMemory from "../../src/testing/SecretStoreMemory.ts"

const name = keyNameFrom("openai-api-key") ?? assert.fail()
const other = keyNameFrom("STRIPE_KEY") ?? assert.fail()

const keysIn = Effect.gen(function* () {
  const { path } = yield* Scratch
  return makeApiKeys(path("data"), yield* SecretStore, Effect.succeed(90))
})

describe("API keys", () => {
  it.effect("keep their dates: set once, rotated, used, overdue after 90 days", () =>
    Effect.gen(function* () {
      const keys = yield* keysIn
      yield* keys.set(name, "dev", Redacted.make("one"))
      yield* TestClock.adjust("89 days")
      assert.deepStrictEqual(yield* keys.overdue, [])
      yield* keys.set(name, "prod", Redacted.make("two"))
      yield* TestClock.adjust("1 day")
      const day = 24 * 3600 * 1000
      assert.deepStrictEqual(
        (yield* keys.overdue).map((key) => key.env),
        ["dev"]
      )
      yield* keys.used((yield* keys.list).filter((key) => key.env === "dev"))
      yield* keys.rotate(name, "dev", Redacted.make("three"))
      assert.deepStrictEqual(yield* keys.overdue, [])
      const [dev, prod] = yield* keys.list
      assert.deepInclude(dev, { env: "dev", created: 0, rotated: 90 * day, lastUsed: 90 * day })
      assert.deepInclude(prod, { env: "prod", created: 89 * day, rotated: 89 * day })
      assert.deepStrictEqual(
        [...(yield* Ref.get(yield* SecretStoreMemory.Secrets))],
        [
          ["key openai-api-key dev", "three"],
          ["key openai-api-key prod", "two"]
        ]
      )
    }).pipe(Effect.provide([Scratch.layer, SecretStoreMemory.layer]))
  )

  it.effect("have fingerprints that are equal for equal values, and differ between machines", () =>
    Effect.gen(function* () {
      const keys = yield* keysIn
      const one = yield* keys.set(name, "dev", Redacted.make("same"))
      const two = yield* keys.set(name, "prod", Redacted.make("same"))
      const three = yield* keys.set(other, "dev", Redacted.make("else"))
      assert.match(one.fingerprint, /^[0-9a-f]{6}$/)
      assert.strictEqual(one.fingerprint, two.fingerprint)
      assert.notStrictEqual(one.fingerprint, three.fingerprint)
      const { path } = yield* Scratch
      const elsewhere = makeApiKeys(path("elsewhere"), yield* SecretStore, Effect.succeed(90))
      assert.notStrictEqual((yield* elsewhere.set(name, "dev", Redacted.make("same"))).fingerprint, one.fingerprint)
    }).pipe(Effect.provide([Scratch.layer, SecretStoreMemory.layer]))
  )

  it.effect("are set once, rotated and removed only where they are", () =>
    Effect.gen(function* () {
      const keys = yield* keysIn
      assert.strictEqual((yield* Effect.flip(keys.rotate(name, "dev", Redacted.make("x"))))._tag, "KeyUnknown")
      assert.strictEqual((yield* Effect.flip(keys.remove(name, "dev")))._tag, "KeyUnknown")
      const key = yield* keys.set(name, "dev", Redacted.make("x"))
      assert.strictEqual((yield* Effect.flip(keys.set(name, "dev", Redacted.make("y"))))._tag, "KeyExists")
      assert.strictEqual(Redacted.value(yield* keys.value(key)), "x")
      yield* keys.remove(name, "dev")
      assert.deepStrictEqual(yield* keys.list, [])
      assert.strictEqual((yield* Effect.flip(keys.value(key)))._tag, "StoredMissing")
    }).pipe(Effect.provide([Scratch.layer, SecretStoreMemory.layer]))
  )

  it.effect("refuse a list that is not theirs", () =>
    Effect.gen(function* () {
      const { write } = yield* Scratch
      const keys = yield* keysIn
      for (const text of ["", "{}", '{"version":2}', '{"version":1,"salt":"","keys":[{"name":"X"}]}']) {
        write("data/keys.json", text)
        assert.strictEqual((yield* Effect.flip(keys.list))._tag, "KeysUnreadable")
      }
    }).pipe(Effect.provide([Scratch.layer, SecretStoreMemory.layer]))
  )

  it.live("lose nothing to several at once", () =>
    Effect.gen(function* () {
      const { path } = yield* Scratch
      const names = Array.from({ length: 10 }, (_, index) => keyNameFrom(`k${index}`) ?? assert.fail())
      yield* Effect.forEach(
        names,
        (one) => Effect.flatMap(keysIn, (keys) => keys.set(one, "dev", Redacted.make("same"))),
        { concurrency: "unbounded" }
      )
      const list = yield* (yield* keysIn).list
      assert.strictEqual(list.length, 10)
      assert.strictEqual(new Set(list.map((key) => key.fingerprint)).size, 1)
      assert.deepStrictEqual(fs.readdirSync(path("data")).sort(), ["keys.json", "keys.lock"])
    }).pipe(Effect.provide([Scratch.layer, SecretStoreMemory.layer]))
  )
})
