/** Secretlint sees pieces only: nothing that it would find in the whole file is lost, and nothing in a file stops it. */
import { assert, describe, it } from "@effect/vitest"
import { lintSource } from "@secretlint/core"
import { creator, rules } from "@secretlint/secretlint-rule-preset-recommend"
import { Effect } from "effect"
import * as SecretScannerSecretlint from "../../src/layers/SecretScannerSecretlint.ts"
import { windowsOf } from "../../src/layers/secretWindows.ts"
import { SecretScanner } from "../../src/services/SecretScanner.ts"
import { secretsIn } from "../../src/domain/audit/rules/secretSearch.ts"
import { presetSeeds } from "../support/secretSeeds.ts"

const prose = "Each module has one reason and a test.\n".repeat(600)

const found = (text: string) =>
  Effect.gen(function* () {
    const scanner = yield* SecretScanner
    return (yield* scanner.scan({ text })).flatMap((each) => each.hits)
  }).pipe(Effect.provide(SecretScannerSecretlint.layer))

/** The whole preset over the whole text, without windows. */
const wholly = (text: string) =>
  Effect.map(
    Effect.promise(() =>
      lintSource({
        source: { filePath: "agent.md", content: text, ext: ".md", contentType: "text" },
        options: { noPhysicFilePath: true, config: { rules: [{ id: "preset", rule: creator }] } }
      })
    ),
    ({ messages }) => messages
  )

describe("secretlint over pieces of a file", () => {
  it("has a seed for every rule of the preset that can meet a text", () => {
    const names = rules.map((rule) => rule.meta.id.replace(/^.*secretlint-rule-/, ""))
    const seeded = new Set(presetSeeds.map(([rule]) => rule))
    assert.deepStrictEqual(
      names.filter((name) => !seeded.has(name)),
      ["gcp", "filter-comments"]
    )
  })

  for (const [index, [rule, seed]] of presetSeeds.entries()) {
    it.effect(`loses nothing of ${rule} (${index})`, () =>
      Effect.gen(function* () {
        const text = `${prose}Use ${seed} here.\n${prose}`
        const whole = (yield* wholly(text)).filter((message) => message.ruleId.endsWith(`-${rule}`))
        assert.isAtLeast(whole.length, 1, "the preset finds its seed")
        const hits = yield* found(text)
        for (const { range } of whole)
          assert.isTrue(
            hits.some((hit) => hit.start < range[1] && hit.end > range[0]),
            "and so does the scan of pieces"
          )
      })
    )

    it(`has a form of its own for ${rule} (${index})`, () => {
      const text = `Use ${seed} here.`
      assert.strictEqual(secretsIn(text).filter(({ severity }) => severity !== "info").length, 1)
    })
  }

  it.effect("is not stopped by a comment in the file", () =>
    Effect.gen(function* () {
      const [, seed = ""] = presetSeeds.find(([rule]) => rule === "github") ?? []
      const text = `<!-- secretlint-disable -->\n${seed}\n<!-- secretlint-disable-line -->`
      assert.strictEqual((yield* wholly(text)).length, 0, "the preset itself would be")
      assert.strictEqual((yield* found(text)).length, 1)
    })
  )

  it.effect("gives the place in the file, and never the secret", () =>
    Effect.gen(function* () {
      const [, seed = ""] = presetSeeds.find(([rule]) => rule === "gitlab") ?? []
      const text = `${prose}x ${seed} y`
      const [hit] = yield* found(text)
      assert.strictEqual(hit?.start, prose.length + 2)
      assert.strictEqual(hit?.identity, seed)
      assert.isFalse(hit?.message.includes(seed.slice(0, 5)))
      assert.strictEqual(hit?.mask, `${seed.slice(0, 4)}…`)
    })
  )

  it("has nothing to look at in ordinary text, and never hands over a megabyte", () => {
    assert.deepStrictEqual(windowsOf({ text: prose }), [])
    const flooded = "npm_".repeat(262_144)
    assert.isAtMost(
      windowsOf({ text: flooded }).reduce((sum, { end, start }) => sum + end - start, 0),
      300_000
    )
  })
})
