/** Without any one of the rules, something that was found is not found any more: no rule is there for nothing. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { tighten } from "../../src/domain/audit/Policy.ts"
import { rules } from "../../src/domain/audit/ruleSet.ts"
import { classes } from "./classes.ts"
import { ownHosts } from "./hosts.ts"
import { auditWith } from "./inProcess.ts"
import { foundBy } from "./judge.ts"
import { addLines } from "./placing.ts"

const [host = { path: "none.md", text: "" }, second = host] = ownHosts

const every = auditWith(rules)

/** Whether a class that names the rule is found with it and not without it: in two hosts, every spelling at one place. */
const isMissed = Effect.fnUntraced(function* (id: string) {
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

/** What only shows beside other files, or under a policy. */
const policy = {
  ...tighten(undefined, {
    tools: [{ allow: ["Read"] }],
    mcpServers: ["github"],
    hooks: ["prettier *"],
    required: ["owner"]
  }),
  role: undefined
}

const inContext: Readonly<Record<string, { readonly text: string; readonly around: Parameters<typeof auditWith>[1] }>> =
  {
    "same-name": { text: host.text, around: { sameName: ["other/release-notes.md"] } },
    "beyond-policy-tools": { text: host.text, around: { policy } },
    "beyond-policy-mcp": { text: addLines(host.text, "mcpServers:", "  - elsewhere"), around: { policy } },
    "beyond-policy-hooks": {
      text: addLines(host.text, 'hooks: {"Stop":[{"hooks":[{"type":"command","command":"node x.js"}]}]}'),
      around: { policy }
    },
    "beyond-policy-fields": { text: host.text, around: { policy } }
  }

describe("an audit without one of its rules", () => {
  for (const { id } of rules) {
    it.effect(`misses what ${id} finds`, () =>
      Effect.gen(function* () {
        const special = inContext[id]
        if (special === undefined) return assert.isTrue(yield* isMissed(id))
        const found = yield* auditWith(rules, special.around)(host.path, special.text)
        assert.include(
          found.map(({ rule }) => rule),
          id
        )
        // And says nothing where there is nothing beside it.
        assert.notInclude(
          (yield* every(host.path, special.text)).map(({ rule }) => rule),
          id
        )
      })
    )
  }
})
