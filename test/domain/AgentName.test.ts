import { assert, describe, it } from "@effect/vitest"
import { agentNameProblem, isAgentName, slugify } from "../../src/domain/AgentName.ts"
import { checked, Text } from "../fakes/agentArbitraries.ts"

describe("an agent's name", () => {
  it("is lower-case letters, digits and hyphens, at most 64, and starts with none of the hyphens", () => {
    for (const name of ["a", "0", "code-reviewer", "a-", "a--b", "2nd-look", "x".repeat(64)]) {
      assert.isTrue(isAgentName(name), name)
    }
  })

  it("is nothing that could lead anywhere or look like another name", () => {
    const refused = [
      "",
      "-a",
      "A",
      "Code-Reviewer",
      "a_b",
      "a.b",
      "a b",
      ".",
      "..",
      "../a",
      "a/b",
      "a\\b",
      "/etc/passwd",
      "C:a",
      "a\n",
      "a\u0000",
      "\u0430", // a Cyrillic letter that looks like a
      "a\u200b",
      "é",
      "x".repeat(65)
    ]
    for (const name of refused) assert.isFalse(isAgentName(name), JSON.stringify(name))
    for (const other of [undefined, null, 5, ["a"]]) assert.isFalse(isAgentName(other))
  })

  it("in a file's name ends in .md, and the complaint says which of the two is wrong", () => {
    assert.strictEqual(agentNameProblem("notes.txt"), "not a .md file")
    assert.match(agentNameProblem("Code Reviewer.md"), /lower-case letters, digits and hyphens/)
  })
})

describe("a slug made of any text", () => {
  const cases: ReadonlyArray<readonly [text: string, slug: string | undefined]> = [
    ["My Org!", "my-org"],
    ["acme", "acme"],
    ["  Web_Shop  2 ", "web-shop-2"],
    ["--a--", "a"],
    ["a...b", "a-b"],
    ["ＷＥＢ", "web"],
    ["ﬁne", "fine"],
    ["", undefined],
    ["!?", undefined],
    ["倉庫", undefined],
    ["-", undefined],
    ["x".repeat(100), "x".repeat(64)],
    [`${"x".repeat(63)}--y`, "x".repeat(63)]
  ]
  for (const [text, slug] of cases) {
    it(`of ${JSON.stringify(text.length > 40 ? `${text.slice(0, 3)}…` : text)} is ${slug?.slice(0, 12) ?? "none"}`, () => {
      assert.strictEqual(slugify(text), slug)
    })
  }

  it.prop(
    "is always one, and is its own slug",
    [Text],
    ([text]) => {
      const slug = slugify(text)
      if (slug === undefined) return
      assert.match(slug, /^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/)
      assert.strictEqual(slugify(slug), slug)
    },
    checked
  )
})
