/** Every attack class in every host is found, and nothing that only looks like one is called high. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ruleInfos } from "../../src/domain/audit/ruleSet.ts"
import { corpus, skipUnless } from "../support/needs.ts"
import { classes } from "./classes.ts"
import { ownHosts, realHosts } from "./hosts.ts"
import { audit } from "./inProcess.ts"
import { type Miss, missesOf, withBare } from "./judge.ts"

const { skip, suffix } = skipUnless([corpus])

/** One line for each spelling, with the hosts in which it went wrong. */
const table = (misses: ReadonlyArray<Miss>, spellings: number): ReadonlyArray<string> => {
  const bySpelling = Map.groupBy(misses, (miss) => `${miss.kind} ${miss.n % spellings}`)
  return [...bySpelling].map(
    ([which, all]) => `${which}: ${all.length} hosts, first ${all[0]?.host} n=${all[0]?.n}: ${all[0]?.said.join("; ")}`
  )
}

describe("attacks on agent files", () => {
  it("are of many kinds, each under its own name, and name rules that exist", () => {
    assert.isAtLeast(classes.length, 48)
    assert.strictEqual(new Set(classes.map(({ id }) => id)).size, classes.length)
    const known = new Set(ruleInfos.map(({ id }) => id))
    const unknown = classes.flatMap(({ expectedRules, id }) =>
      expectedRules.filter((rule) => !known.has(rule)).map((rule) => `${id}: ${rule}`)
    )
    assert.deepStrictEqual(unknown, [])
  })

  for (const attack of classes) {
    it.effect(`${attack.family}: ${attack.id}, in our own hosts`, () =>
      Effect.gen(function* () {
        const misses = yield* missesOf(attack, yield* withBare(ownHosts, audit), audit)
        assert.deepStrictEqual(table(misses, attack.spellings), [])
      })
    )
  }

  describe.skipIf(skip)(`in real agents${suffix}`, () => {
    it("are at least twenty", () => assert.isAtLeast(realHosts().length, 20))

    for (const attack of classes) {
      it.effect(`${attack.family}: ${attack.id}`, () =>
        Effect.gen(function* () {
          const misses = yield* missesOf(attack, yield* withBare(realHosts(), audit), audit)
          assert.deepStrictEqual(table(misses, attack.spellings), [])
        })
      )
    }
  })
})
