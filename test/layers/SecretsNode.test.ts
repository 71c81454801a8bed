import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted } from "effect"
import * as PasswordHashScrypt from "../../src/layers/PasswordHashScrypt.ts"
import * as SecretsNode from "../../src/layers/SecretsNode.ts"
import { PasswordHash } from "../../src/registry/PasswordHash.ts"
import { token, userCode, uuid } from "../../src/registry/random.ts"
import { Secrets } from "../../src/registry/Secrets.ts"

describe("secrets", () => {
  it.effect("opens what it sealed with the same secret alone, and only unchanged", () =>
    Effect.gen(function* () {
      const secrets = yield* Secrets
      const secret = yield* token("ckrt_")
      const sealed = yield* secrets.seal(secret, "the answer")
      assert.deepStrictEqual(yield* secrets.open(secret, sealed), Option.some("the answer"))
      assert.isTrue(Option.isNone(yield* secrets.open(yield* token("ckrt_"), sealed)))
      for (let index = 0; index < sealed.length; index++) {
        const changed = sealed.map((byte, at) => (at === index ? byte ^ 1 : byte))
        assert.isTrue(Option.isNone(yield* secrets.open(secret, changed)), `byte ${index}`)
      }
      for (const length of [0, 12, 28]) {
        assert.isTrue(Option.isNone(yield* secrets.open(secret, sealed.subarray(0, length))))
      }
    }).pipe(Effect.provide(SecretsNode.layer))
  )

  it.effect("makes tokens of 256 bits, codes of fair letters and UUIDs of version 4", () =>
    Effect.gen(function* () {
      assert.match(Redacted.value(yield* token("ckat_")), /^ckat_[\w-]{43}$/)
      assert.match(yield* uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      const counts = new Map<string, number>()
      const codes = new Set<string>()
      for (let index = 0; index < 5000; index++) {
        const code = yield* userCode
        codes.add(code)
        for (const letter of code) counts.set(letter, (counts.get(letter) ?? 0) + 1)
      }
      assert.strictEqual(codes.size, 5000)
      assert.strictEqual([...counts.keys()].sort().join(""), "BCDFGHJKLMNPQRSTVWXZ")
      // 2,000 of each are expected; six standard deviations are 262.
      for (const [letter, count] of counts) assert.closeTo(count, 2000, 262, letter)
    }).pipe(Effect.provide(SecretsNode.layer))
  )

  it.effect("verifies a password by its slow hash, and nothing by none", () =>
    Effect.gen(function* () {
      const passwords = yield* PasswordHash
      const stored = yield* passwords.hash(Redacted.make("three or four wörds"))
      assert.match(stored, /^scrypt\$32768\$8\$3\$[^$]{24}\$[^$]{44}$/)
      assert.isTrue(yield* passwords.verify(Redacted.make("three or four wörds"), stored))
      // The same word, its umlaut as two code points.
      assert.isTrue(yield* passwords.verify(Redacted.make("three or four wo\u0308rds"), stored))
      assert.isFalse(yield* passwords.verify(Redacted.make("three or four words"), stored))
      for (const nothing of [null, "", "scrypt$1$1$1$$", "scrypt$32768$8$3$$"]) {
        assert.isFalse(yield* passwords.verify(Redacted.make("anything"), nothing))
      }
    }).pipe(Effect.provide(PasswordHashScrypt.layer))
  )
})
