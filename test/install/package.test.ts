/** What a person gets from npm: the files, their size, and what an installation does and does not do. */
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { basename, delimiter, dirname, join } from "node:path"
import { publint } from "publint"
import { type Packed, pack, sizeOf } from "../support/packed.ts"
import { examples, runProgram, scratch } from "../support/program.ts"

interface Manifest {
  readonly version: string
  readonly dependencies: Record<string, string>
  readonly scripts?: Record<string, string>
}

/** Bytes that an installation may take, without the keychain's binary. */
const sizeLimit = 3_000_000

/** All that may be in the package, and nothing else. */
const intended = [
  /^(?:package\.json|README\.md|LICENSE|SECURITY\.md)$/,
  /^dist\/[\w.-]+\.cjs$/,
  /^dist\/testing\.js$/,
  /^dist\/types\/(?:testing|services|domain|domain\/audit|layers|api|registry)\/\w+\.d\.ts$/,
  /^dist\/native\/(?:linux|darwin|win32)-(?:x64|arm64)\.node$/,
  /^dist\/THIRD-PARTY\.txt$/,
  /^dist\/help\/crewkit(?:-[a-z]+)*\.ansi$/,
  /^docs\/(?:audit\/)?[A-Za-z-]+\.md$/,
  /^docs\/schemas\/[\w.-]+\.json$/,
  /^man\/crewkit\.1$/
]

const root = dirname(dirname(import.meta.dirname))
const manifestIn = (folder: string): Manifest => JSON.parse(fs.readFileSync(join(folder, "package.json"), "utf8"))

describe("the package", () => {
  let packed: Packed
  beforeAll(() => {
    packed = pack()
  })
  afterAll(() => packed[Symbol.dispose]())

  it("has the intended files and no others", () => {
    assert.deepStrictEqual(
      packed.files.filter((path) => !intended.some((form) => form.test(path))),
      []
    )
    for (const path of [
      "dist/launcher.cjs",
      "dist/main.cjs",
      "dist/keychain.cjs",
      "dist/complete.cjs",
      "dist/help/crewkit.ansi",
      "LICENSE"
    ]) {
      assert.include(packed.files, path)
    }
  })

  it("has the file lock for three systems on two processors", () => {
    assert.include(packed.files, "dist/fs-native-extensions.cjs")
    const names = packed.files.filter((path) => path.startsWith("dist/native/")).map((path) => basename(path, ".node"))
    assert.sameMembers(names, ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64", "win32-arm64"])
  })

  it("has every document that the README and the documents point to", () => {
    const texts = packed.files.filter((path) => path.endsWith(".md"))
    const missing = texts.flatMap((path) =>
      [...fs.readFileSync(join(root, path), "utf8").matchAll(/\]\((?!https?:)([^)#]+\.md)\)/g)]
        .map(([, link = ""]) => join(dirname(path), link))
        // For those who work on a clone.
        .filter((target) => !["AGENTS.md", "CONTRIBUTING.md"].includes(target) && !packed.files.includes(target))
        .map((target) => `${path}: ${target}`)
    )
    assert.deepStrictEqual(missing, [])
  })

  it("runs nothing on installation, and asks for at most three packages, by exact version", () => {
    const { dependencies, scripts = {} } = manifestIn(root)
    for (const name of ["preinstall", "install", "postinstall", "prepare"]) assert.notProperty(scripts, name)
    assert.isAtMost(Object.keys(dependencies).length, 3)
    for (const version of Object.values(dependencies)) assert.match(version, /^\d+\.\d+\.\d+$/)
  })

  it("passes publint", async () => {
    const bytes = new Uint8Array(fs.readFileSync(packed.tarball))
    const { messages } = await publint({ strict: true, pack: { tarball: bytes.buffer } })
    assert.deepStrictEqual(messages, [])
  })

  it("passes attw: the types of ./testing fit its module, for those who import ES modules", async () => {
    const data = createPackageFromTarballData(new Uint8Array(fs.readFileSync(packed.tarball)))
    const result = await checkPackage(data, { entrypoints: ["./testing"] })
    // As attw's profile esm-only: there is no CommonJS form, which would be another copy of everything.
    const ignored = new Set(["node10", "node16-cjs"])
    const problems = result.types === false ? ["there are no types"] : result.problems
    assert.deepStrictEqual(
      problems.filter(
        (each) => typeof each === "string" || !("resolutionKind" in each && ignored.has(each.resolutionKind))
      ),
      []
    )
  })
})

describe("the package, installed into an empty prefix", () => {
  const prefix = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "crewkit-prefix-"))
  const installed = join(prefix, "lib", "node_modules", "@crewkit", "cli")
  const shim = join(prefix, "bin", "crewkit")
  beforeAll(() => {
    using packed = pack()
    // With scripts allowed: there are none to run.
    const args = ["install", "--global", "--prefix", prefix, "--no-audit", "--no-fund", "--loglevel=error"]
    execFileSync("npm", [...args, packed.tarball], { stdio: ["ignore", "ignore", "inherit"] })
  }, 120_000)
  afterAll(() => fs.rmSync(prefix, { recursive: true, force: true }))

  const crewkit = (cwd: string, env: Record<string, string>, ...args: ReadonlyArray<string>) =>
    runProgram(shim, args, {
      cwd,
      env: { ...env, PATH: [dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter) }
    })

  it("has nothing that is compiled or run by an installation", () => {
    const folders = fs
      .readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.name === "package.json" && entry.parentPath.includes("node_modules"))
      .map((entry) => entry.parentPath)
    // The keychain's package and the one with its binary for this system.
    assert.isAtLeast(folders.length, 2)
    for (const folder of folders) {
      const { scripts = {} } = manifestIn(folder)
      for (const name of ["preinstall", "install", "postinstall"]) assert.notProperty(scripts, name, folder)
      // With this file and no script, npm would compile.
      assert.isFalse(fs.existsSync(join(folder, "binding.gyp")), folder)
    }
  })

  it("takes at most 3 MB without the keychain's binary", () => {
    const keychain = fs
      .readdirSync(join(installed, "node_modules", "@napi-rs"))
      .filter((name) => name.startsWith("keyring-"))
      .map((name) => sizeOf(join(installed, "node_modules", "@napi-rs", name)))
    assert.strictEqual(keychain.length, 1)
    assert.isAtMost(sizeOf(installed) - (keychain[0] ?? 0), sizeLimit)
  })

  it("has its manual page where man looks", () => {
    assert.isTrue(fs.existsSync(join(prefix, "share", "man", "man1", "crewkit.1")))
  })

  it("works by npm's shim: version, help, and a sync from a folder", async () => {
    using project = scratch()
    const run = (...args: ReadonlyArray<string>) => crewkit(project.project, project.env, ...args)
    assert.include((await run("--version")).stdout, `@crewkit/cli/${manifestIn(root).version} `)
    assert.include((await run("--help")).stdout, "crewkit <subcommand>")
    const init = await run("init", "acme", "web-shop", "--registry", examples)
    assert.strictEqual(init.code, 0, init.stderr)
    const sync = await run("sync")
    assert.strictEqual(sync.code, 0, sync.stderr)
    assert.include(sync.stdout, "12 agents: 12 new")
    // Asks the keychain's helper, which finds no keychain here: its module is there and loads.
    const status = await run("auth", "status", "--registry", "http://127.0.0.1:9")
    assert.notInclude(status.stderr, "Not installed")
  })
})
