/** Without any one of the rules, something that was found is not found any more: no rule is there for nothing. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { rules } from "../../src/domain/audit/ruleSet.ts"
import { classes } from "./classes.ts"
import { ownHosts } from "./hosts.ts"
import { auditWith } from "./inProcess.ts"
import { foundBy } from "./judge.ts"

const [host = { path: "none.md", text: "" }, second = host] = ownHosts

const every = auditWith(rules)

/** Classes that name a rule, one host, every spelling at one place. */
const losses = Effect.fnUntraced(function* (id: string) {
  const without = auditWith(rules.filter((rule) => rule.id !== id))
  for (const attack of classes.filter(({ expectedRules }) => expectedRules.includes(id))) {
    for (const { path, text } of [host, second]) {
      const bare = yield* every(path, text)
      for (let n = 0; n < attack.spellings; n++) {
        const changed = attack.attack(text, n)
        if (foundBy(attack, yield* every(path, changed), bare).length === 0) continue
        if (foundBy(attack, yield* without(path, changed), bare).length === 0) return true
      }
    }
  }
  return false
})

describe("an audit without one of its rules", () => {
  for (const { id } of rules) {
    it.effect(`misses what ${id} finds`, () =>
      Effect.gen(function* () {
        assert.isTrue(yield* losses(id))
      })
    )
  }
})
