/** The manual page: what the commands say today, and in a form that man reads without complaint. `npm run build` writes it. */
import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { manPage } from "../../scripts/manPage.ts"
import { onPath } from "../support/keychain.ts"
import { skipUnless } from "../support/needs.ts"

const root = dirname(dirname(import.meta.dirname))
const file = join(root, "man", "crewkit.1")
/** How mandoc writes bold for a printer. */
const overstruck = new RegExp(`.${String.fromCharCode(8)}`, "g")
const { skip, suffix } = skipUnless([{ name: "mandoc", path: onPath("mandoc"), installed: true }])

describe("man/crewkit.1", () => {
  it("is what the specifications say", async () => {
    assert.strictEqual(fs.readFileSync(file, "utf8"), await manPage(), "npm run build")
  })

  it("has every command for which there is a text of --help", () => {
    const page = fs.readFileSync(file, "utf8")
    const missing = fs
      .readdirSync(join(root, "dist", "help"))
      .map((name) => name.replace(/\.ansi$/, "").replaceAll("-", " "))
      .filter((name) => name !== "crewkit" && !page.includes(`.SS "${name}"`))
    assert.deepStrictEqual(missing, [])
  })

  it("has what scripts look up: exit codes, environment, files", () => {
    const page = fs.readFileSync(file, "utf8")
    for (const text of [
      ".SH EXIT STATUS",
      ".B 7\n",
      ".B CREWKIT_TOKEN\n",
      ".B .agent/agents.lock".replace(".agent", "\\&.agent")
    ])
      assert.include(page, text)
  })
})

describe.skipIf(skip)(`mandoc${suffix}`, () => {
  it("has no warning, and shows the page", () => {
    const lint = spawnSync("mandoc", ["-Tlint", "-Wwarning", file], { encoding: "utf8" })
    // A page has no date, so that the same commands give the same bytes.
    const words = (lint.stdout + lint.stderr).split("\n").filter((line) => !line.includes("missing date"))
    assert.deepStrictEqual(words, [""])
    const shown = spawnSync("mandoc", ["-Tutf8", file], { encoding: "utf8" }).stdout.replace(overstruck, "")
    assert.match(shown, /crewkit sync --check --locked/)
    assert.match(shown, /^ +7 +the audit found something/m)
  })
})
