/** Each of these rules has its page; its first example is found, and the mended one is not grave. */
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { instructionRules } from "../../../src/domain/audit/rules/instructions.ts"
import { secretInConfigInfo, secretsInConfig } from "../../../src/domain/audit/rules/secretsConfig.ts"
import { secretRules } from "../../../src/domain/audit/rules/secrets.ts"
import { secrets } from "../../attacks/secretMaker.ts"
import { said } from "./instructionTexts.ts"

const folder = join(import.meta.dirname, "../../../docs/audit")

/** No page holds what a scanner would take for a secret. */
const filled = (text: string): string => text.replace("GITHUB-TOKEN-MADE-BY-THE-TEST", secrets["github-classic"] ?? "")

const rulesIn = (id: string, text: string): ReadonlyArray<string> =>
  id === secretInConfigInfo.id
    ? secretsInConfig(text).map(() => id)
    : said(text)
        .filter(({ severity }) => severity !== "low" || id === "unpinned-execution")
        .map(({ rule }) => rule)

describe("the page of", () => {
  for (const rule of [...instructionRules, ...secretRules, secretInConfigInfo]) {
    it(`${rule.id} shows what is found and what is not`, () => {
      const page = readFileSync(join(folder, `${rule.id}.md`), "utf8")
      assert.strictEqual(page.split("\n")[0], `# ${rule.title}`)
      assert.include(page, `\`${rule.id}\` · ${rule.category} · ${rule.severity}`)
      const [found = "", mended = ""] = [...page.matchAll(/^```markdown\n([^]*?)^```$/gm)].map((match) =>
        filled(match[1] ?? "")
      )
      assert.deepStrictEqual([...new Set(rulesIn(rule.id, found))], [rule.id])
      assert.deepStrictEqual(rulesIn(rule.id, mended), [])
    })
  }
})
