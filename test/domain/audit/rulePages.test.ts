/** Each rule is explained, by an example that it finds and one that it does not. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { ownRules, said } from "./ruleRunner.ts"

const folder = join(import.meta.dirname, "../../../docs/audit")

/** What another rule has to say about the same example, and rightly so. */
const besides: Readonly<Record<string, ReadonlyArray<string>>> = {
  "blocking-hook-that-does-not-block": ["hooks-execute", "unscoped-bash"]
}

interface Example {
  readonly path: string | undefined
  readonly text: string
}

const examples = (page: string): ReadonlyArray<Example> =>
  [...page.matchAll(/^```markdown(?: (\S+))?\n([^]*?)^```$/gm)].map((match) => ({
    path: match[1],
    text: match[2] ?? ""
  }))

/** Too long for a page. */
const grown = (id: string, text: string, index: number): string =>
  id === "over-size-limit" && index === 0 ? text + "More of it.\n".repeat(100_000) : text

const rulesIn = (id: string, { path, text }: Example, index: number): ReadonlyArray<string> => {
  const sameName = id === "same-name" && index === 0 ? ["agents/old/reviewer.md"] : []
  const found = said(grown(id, text, index), { ...(path === undefined ? {} : { path }), sameName })
  return [...new Set(found.map(({ rule }) => rule))].filter((rule) => !(besides[id] ?? []).includes(rule))
}

describe("the page of", () => {
  for (const rule of ownRules) {
    it(`${rule.id} shows what is found and what is not`, () => {
      const file = join(folder, `${rule.id}.md`)
      assert.isTrue(existsSync(file), `${file} is missing`)
      const page = readFileSync(file, "utf8")
      assert.strictEqual(page.split("\n")[0], `# ${rule.title}`)
      assert.include(page, `\`${rule.id}\` · ${rule.category} · ${rule.severity}`)
      const [found, mended] = examples(page)
      assert(found !== undefined && mended !== undefined)
      assert.deepStrictEqual(rulesIn(rule.id, found, 0), [rule.id])
      assert.deepStrictEqual(rulesIn(rule.id, mended, 1), [])
    })
  }
})

describe("a rule", () => {
  it("is there for each page", () => {
    const pages = readdirSync(folder).filter((name) =>
      /^`[a-z-]+` · (?:loading|permissions|hidden-text) · /m.test(readFileSync(join(folder, name), "utf8"))
    )
    assert.deepStrictEqual(pages.sort(), ownRules.map(({ id }) => `${id}.md`).sort())
  })

  it("has an id of its own, and says why and what to do", () => {
    assert.strictEqual(new Set(ownRules.map(({ id }) => id)).size, ownRules.length)
    for (const rule of ownRules) {
      assert.match(rule.id, /^[a-z]+(?:-[a-z]+)*$/)
      assert.match(rule.why, /\.$/)
      assert.match(rule.remedy, /\.$/)
    }
  })
})
