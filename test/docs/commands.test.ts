/**
 * The commands of README.md and docs/: each fenced `sh` or `console` block is run, page by page, and what it prints has
 * to be what the page shows. What cannot run here says why in a comment above it. `CREWKIT_UPDATE_DOCS=1` writes what
 * was printed into the page, where it shows a command's output without `…`.
 */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { blocksOf, fits, type Command } from "../support/docBlocks.ts"
import { openScene, type Scene } from "../support/docScene.ts"
import { keychainNeeds, onPath } from "../support/keychain.ts"
import { type Need, skipUnless } from "../support/needs.ts"
import { servable } from "../support/registryServer.ts"

const root = dirname(dirname(import.meta.dirname))
const updates = process.env["CREWKIT_UPDATE_DOCS"] === "1"

const pages = [
  "README.md",
  ...["docs", "docs/audit"].flatMap((folder) =>
    fs
      .readdirSync(join(root, folder))
      .filter((file) => file.endsWith(".md"))
      .map((file) => `${folder}/${file}`)
  ),
  "CONTRIBUTING.md",
  "SECURITY.md"
].filter((page) => fs.existsSync(join(root, page)))

const read = (page: string): string => fs.readFileSync(join(root, page), "utf8")

/** With it a reader can see that nothing leaves the machine. */
const strace: Need = { name: "strace", path: onPath("strace"), installed: true }
const { skip, suffix } = skipUnless([...keychainNeeds, strace])

/** Writes the page anew, last command first, so that lines keep their numbers. */
const rewrite = (page: string, changes: ReadonlyArray<readonly [Command, string]>): void => {
  const lines = read(page).split("\n")
  for (const [{ line, shown = [], text }, printed] of changes.toReversed()) {
    const indent = /^ */.exec(lines[line] ?? "")?.[0] ?? ""
    const now = printed === "" ? [] : printed.trimEnd().split("\n")
    lines.splice(line + text.split("\n").length, shown.length, ...now.map((each) => `${indent}${each}`.trimEnd()))
  }
  fs.writeFileSync(join(root, page), lines.join("\n"))
}

const runPage = async (page: string): Promise<void> => {
  const troubles: Array<string> = []
  const changes: Array<readonly [Command, string]> = []
  let scene: Scene | undefined
  try {
    for (const { commands, markers } of blocksOf(read(page))) {
      if (markers.scene !== undefined) {
        await scene?.[Symbol.asyncDispose]()
        scene = await openScene(markers.scene)
      }
      if (markers.notRun !== undefined) continue
      scene ??= await openScene([])
      for (const hidden of markers.before) {
        const { code, text } = await scene.run(hidden)
        if (code !== 0) troubles.push(`${page}: before: ${hidden}\nexited ${code}\n${text}`)
      }
      for (const command of commands) {
        const { shown = [], text: typed } = command
        const printed = markers.serves ? await scene.serve(typed, shown.length) : await scene.run(typed)
        const fails = shown.some((line) => line.startsWith("error: "))
        const expected = command === commands.at(-1) ? markers.exits : undefined
        const coded = expected === undefined ? fails === (printed.code !== 0) : printed.code === expected
        const alike = command.shown === undefined || fits(shown, printed.text)
        if (!alike && updates && !shown.some((line) => line.includes("…"))) changes.push([command, printed.text])
        else if (!alike || !coded)
          troubles.push(`${page}:${command.line + 1}: $ ${typed}\nexited ${printed.code} and printed\n${printed.text}`)
      }
    }
  } finally {
    await scene?.[Symbol.asyncDispose]()
  }
  if (changes.length > 0) rewrite(page, changes)
  assert.strictEqual(troubles.join("\n"), "")
}

describe("what is shown and what is printed", () => {
  it("are compared but for what differs from run to run", () => {
    assert.isTrue(
      fits(
        ["at 2025-10-11T14:30:22.123Z in 12 ms, 65a3cf0b7d12"],
        "at 2026-01-01T00:00:00.000Z in 3 ms, 0b7d1265a3cf\n"
      )
    )
    assert.isTrue(fits(["a", "…", "z"], "a\nb\nc\nz\n"))
    assert.isTrue(fits(["…", "last …"], "last of all\n"))
    assert.isFalse(fits(["12 agents: 12 new"], "12 agents: 11 new\n"))
    assert.isFalse(fits(["a"], "a\nb\n"))
  })

  it("a block that is not run says why, in words", () => {
    const reasons = pages.flatMap((page) =>
      blocksOf(read(page)).flatMap(({ line, markers }) =>
        markers.notRun === undefined ? [] : [[`${page}:${line + 1}`, markers.notRun] as const]
      )
    )
    for (const [place, reason] of reasons) assert.isAtLeast(reason.length, 12, place)
    process.stderr.write(`not run:\n${reasons.map((each) => `  ${each.join("  ")}\n`).join("")}`)
  })

  it("a page names no file of the repository that is not there", () => {
    const missing = pages.flatMap((page) =>
      [...read(page).matchAll(/`((?:src|test|scripts|examples|bench)\/[\w./-]+)`/g)].flatMap(([, path = ""]) =>
        fs.existsSync(join(root, path)) ? [] : [`${page}: ${path}`]
      )
    )
    assert.deepStrictEqual(missing, [])
  })

  it("a fence that has a command names its language", () => {
    assert.throws(() => blocksOf("```\n$ crewkit\n```\n"), /console/)
    assert.throws(() => blocksOf("```bash\ncrewkit\n```\n"), /console/)
  })
})

describe.skipIf(skip || !servable).concurrent(`the commands of the documentation${suffix}`, () => {
  for (const page of pages) {
    if (blocksOf(read(page)).some(({ markers }) => markers.notRun === undefined)) it(page, () => runPage(page), 180_000)
  }
})
