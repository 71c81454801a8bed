/**
 * What `docs/` publishes of the audit: the table of rules, a page for each. Made here;
 * `CREWKIT_UPDATE_DOCS=1` writes them, else they have to be what is there.
 */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { ruleInfos } from "../../src/domain/audit/ruleSet.ts"
import { weightOf } from "../../src/domain/audit/severity.ts"

const docs = join(dirname(dirname(import.meta.dirname)), "docs")
const updates = process.env["CREWKIT_UPDATE_DOCS"] === "1"

const published = (path: string, text: string): void => {
  const file = join(docs, path)
  if (updates) fs.writeFileSync(file, text)
  assert.strictEqual(fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "", text, `${path}: CREWKIT_UPDATE_DOCS=1`)
}

const begin = "<!-- rules: written by test/docs/audit.test.ts -->"
const end = "<!-- /rules -->"

const table = (): string => {
  const categories = [...new Set(ruleInfos.map(({ category }) => category))]
  return categories
    .map((category) => {
      const rules = ruleInfos
        .filter((rule) => rule.category === category)
        .toSorted((one, other) => weightOf(other.severity) - weightOf(one.severity) || (one.id < other.id ? -1 : 1))
      const rows = rules.map(({ id, severity, title }) => `| [${id}](${id}.md) | ${severity} | ${title} |`)
      return [`### ${category}`, "", "| rule | severity | what |", "| --- | --- | --- |", ...rows].join("\n")
    })
    .join("\n\n")
}

describe("the documentation of the audit", () => {
  it("lists every rule", () => {
    const text = fs.readFileSync(join(docs, "audit", "README.md"), "utf8")
    const [before = "", rest = ""] = text.split(begin)
    const after = rest.split(end)[1] ?? ""
    published("audit/README.md", `${before}${begin}\n\n${table()}\n\n${end}${after}`)
  })

  it("has a page for each rule, with its title, and none for another", () => {
    const pages = fs.readdirSync(join(docs, "audit")).filter((file) => file.endsWith(".md"))
    const ids = new Set(ruleInfos.map(({ id }) => id))
    const others = new Set(["README.md", "corpus-review.md"])
    assert.deepStrictEqual(
      pages.filter((file) => !others.has(file) && !ids.has(file.replace(/\.md$/, ""))),
      []
    )
    const wrong = ruleInfos.filter(({ id, title }) => {
      const file = join(docs, "audit", `${id}.md`)
      return !fs.existsSync(file) || !fs.readFileSync(file, "utf8").startsWith(`# ${title}\n\n\`${id}\` · `)
    })
    assert.deepStrictEqual(
      wrong.map(({ id }) => id),
      []
    )
  })
})
