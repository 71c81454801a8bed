/** `@crewkit/cli/testing` as somebody else has it: from the tarball, in an empty folder, with an `effect` of their own. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { execFileSync, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { pack } from "../support/packed.ts"

const root = dirname(dirname(import.meta.dirname))
const page = fs.readFileSync(join(root, "docs", "testing.md"), "utf8")
const examples = [...page.matchAll(/<!-- example: (\S+) -->\n```js\n([^]*?)```/g)].map(
  ([, name = "", text = ""]) => [name, text] as const
)

describe("@crewkit/cli/testing, from the tarball", () => {
  const folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "crewkit-testing-"))
  const installed = join(folder, "node_modules", "@crewkit", "cli")

  beforeAll(() => {
    using packed = pack()
    fs.writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "mine", private: true, type: "module" }))
    for (const [name, text] of examples) fs.writeFileSync(join(folder, name), text)
    const effect = join(root, "node_modules", "effect")
    const args = ["install", "--no-audit", "--no-fund", "--loglevel=error", packed.tarball, effect]
    execFileSync("npm", args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] })
  }, 120_000)
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

  const run = (...args: ReadonlyArray<string>) =>
    spawnSync(process.execPath, args, {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: process.env["PATH"] ?? "", REGISTRY: join(root, "examples", "registry") }
    })

  it("has the examples of docs/testing.md", () => {
    assert.deepStrictEqual(
      examples.map(([name]) => name),
      ["registry.test.mjs", "role.test.mjs", "tool.test.mjs"]
    )
  })

  it.each(examples.map(([name]) => name))("runs %s", (name) => {
    const { status, stderr, stdout } = run("--test", name)
    assert.strictEqual(status, 0, stdout + stderr)
    assert.match(stdout, /pass 2\b/)
  })

  it("has types that a strict compiler takes, for those examples too", () => {
    const options = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--checkJs", "--allowJs"]
    const target = ["--module", "nodenext", "--target", "es2024", "--types", "node", "--skipLibCheck"]
    const types = ["--typeRoots", join(root, "node_modules", "@types")]
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc")
    // Types that were any would take this, and then the comment has nothing to expect.
    const wrong = `import { RegistryMemory } from "@crewkit/cli/testing"\n// @ts-expect-error\nRegistryMemory.layer({}, { email: 1 })\n`
    fs.writeFileSync(join(folder, "wrong.mts"), wrong)
    const names = [...examples.map(([name]) => name), "wrong.mts"]
    const { status, stderr, stdout } = run(tsc, ...options, ...target, ...types, ...names)
    assert.strictEqual(status, 0, stdout + stderr)
  })

  it("is found by require, too", () => {
    const { status, stderr, stdout } = run(
      "--input-type=commonjs",
      "-p",
      "Object.keys(require('@crewkit/cli/testing')).length > 20"
    )
    assert.strictEqual(status, 0, stderr)
    assert.strictEqual(stdout.trim(), "true")
  })

  it("asks for effect only from who wants it: optional, in the version that the types are of", () => {
    const manifest: Record<string, unknown> = JSON.parse(fs.readFileSync(join(installed, "package.json"), "utf8"))
    const { devDependencies }: { readonly devDependencies: Record<string, string> } = JSON.parse(
      fs.readFileSync(join(root, "package.json"), "utf8")
    )
    assert.deepStrictEqual(manifest["peerDependencies"], { effect: devDependencies["effect"] })
    assert.deepStrictEqual(manifest["peerDependenciesMeta"], { effect: { optional: true } })
  })

  it("shares nothing of effect: the module imports it, and has no copy", () => {
    const text = fs.readFileSync(join(installed, "dist", "testing.js"), "utf8")
    assert.match(text, /from\s*"effect"/)
    assert.isBelow(text.length, 300_000)
  })

  it("lets nobody in by another way", () => {
    const { status, stderr } = run("-e", "import('@crewkit/cli/dist/main.cjs')")
    assert.notStrictEqual(status, 0)
    assert.include(stderr, "ERR_PACKAGE_PATH_NOT_EXPORTED")
  })
})
