/** The pictures of `docs/captures/` say what the program prints today; `npm run captures` makes them anew. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { svgOf, wordsOf } from "../../scripts/ansiSvg.ts"
import { captures, capturesFolder, take } from "../../scripts/captures.ts"
import { skipUnless, tmux } from "../support/needs.ts"

const { skip, suffix } = skipUnless([tmux])
const fileOf = (name: string): string => fs.readFileSync(join(capturesFolder, `${name}.svg`), "utf8")

describe("a picture of a terminal", () => {
  it("has a title, the words as a description, and a style for each run", () => {
    const svg = svgOf({ title: "A & B", columns: 20, text: "\u001b[1m$ ls\u001b[0m\n\u001b[32m✓\u001b[39m <done>\n\n" })
    assert.include(svg, '<title id="title">A &amp; B</title>')
    assert.strictEqual(wordsOf(svg), "$ ls\n✓ <done>")
    assert.include(svg, 'class="b">$ ls</tspan>')
    assert.include(svg, 'class="c2">✓</tspan>')
    assert.include(svg, "prefers-color-scheme: dark")
  })

  it("knows every style that it is given, or says so", () => {
    assert.throws(() => svgOf({ title: "", columns: 1, text: "\u001b[5mx" }), /style 5/)
  })
})

describe("docs/captures", () => {
  it("has these pictures and no others, each of them shown in the README", () => {
    assert.sameMembers(
      fs.readdirSync(capturesFolder),
      captures.map(({ name }) => `${name}.svg`)
    )
    const readme = fs.readFileSync(join(dirname(dirname(capturesFolder)), "README.md"), "utf8")
    for (const { name } of captures) assert.include(readme, `(docs/captures/${name}.svg)`)
  })
})

describe.skipIf(skip)(`what the program prints in a terminal${suffix}`, () => {
  it.for(captures)("is what the picture $name shows", async (capture) => {
    assert.strictEqual(wordsOf(await take(capture)), wordsOf(fileOf(capture.name)), "npm run captures")
  })
})
