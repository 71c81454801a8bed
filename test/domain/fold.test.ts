import { assert, describe, it } from "@effect/vitest"
import { displayWidth } from "../../src/domain/displayWidth.ts"
import { foldLine } from "../../src/domain/fold.ts"
import { bad, code, faint, linesOf, type Span } from "../../src/domain/text.ts"

const plain = (text: string): Span => ({ look: "plain", text })
const rows = (line: ReadonlyArray<Span>, columns: number) =>
  foldLine(line, columns).map((row) => row.map(({ text }) => text).join(""))

describe("a line that is wider than the terminal", () => {
  it("is folded between words, with the rest indented by two", () => {
    assert.deepStrictEqual(rows([plain("there is no way in to here")], 12), ["there is no", "  way in to", "  here"])
  })

  it("keeps its own indentation, and the columns of a table that fit", () => {
    assert.deepStrictEqual(rows([plain("  one   two   three")], 14), ["  one   two", "    three"])
  })

  it("stays as it is where it fits, to the last column", () => {
    const line = [plain("12345 "), bad("7890")]
    assert.strictEqual(foldLine(line, 10)[0], line)
  })

  it("keeps the look of every word", () => {
    assert.deepStrictEqual(foldLine([bad("error: "), plain("a b")], 8), [
      [bad("error:"), plain(" "), plain("a")],
      [plain("  "), plain("b")]
    ])
  })

  it("never breaks a word, nor a command", () => {
    const path = "/a/very/long/path/without/spaces"
    assert.deepStrictEqual(rows([plain(`see ${path} now`)], 12), ["see", `  ${path}`, "  now"])
    assert.deepStrictEqual(rows([plain("next  "), code("crewkit agents list")], 12), ["next", "  crewkit agents list"])
  })

  it("keeps together what touches", () => {
    assert.deepStrictEqual(rows([plain("a "), bad("name"), plain(": text")], 8), ["a name:", "  text"])
  })

  it("is not folded where it is a text to be copied", () => {
    const line = (linesOf("a text that is as it is")[0] ?? []).map((span) =>
      typeof span === "string" ? plain(span) : span
    )
    assert.deepStrictEqual(foldLine(line, 5), [line])
  })

  it("goes on under the text of a label where there is room", () => {
    const line = [faint("project      "), plain("word ".repeat(15).trim())]
    const [, second = ""] = rows(line, 60)
    assert.match(second, /^ {13}word/)
    assert.match(rows(line, 40)[1] ?? "", /^ {2}word/)
  })

  it("counts what a terminal draws", () => {
    for (const row of rows([plain("代码 审查 员会 仔细 检查")], 9)) assert.isAtMost(displayWidth(row), 9)
  })
})
