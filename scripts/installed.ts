/**
 * `npm run installed`: packs what is built, installs the tarball into an empty prefix under each Node that is supported,
 * runs end-to-end tests there against the installed copy, and prints a table.
 *
 * `npm run installed -- 22 executable` does so for one Node, and for the executable that `npm run executable` made.
 *
 * On the newest Node all of `test/e2e` runs. On the others those files run that go through what differs between
 * versions of Node: starting, files and locks, child processes and signals, the keychain's helper, HTTP, SQLite. Left
 * out there are the files that try more cases of the same.
 */
import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { pack, sizeOf } from "../test/support/packed.ts"
import { installNode, nodes } from "./nodes.ts"

const root = dirname(import.meta.dirname)
const few = ["commands", "sync", "paths", "code", "auth", "keys", "registryServe", "sessions"]

interface Row {
  readonly node: string
  readonly seconds: number
  /** Bytes. */
  readonly unpacked: number
  readonly withoutKeychain: number
  readonly tests: string
}

interface Results {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
}

let failed = false

const testsOn = (node: string, launcher: string, files: ReadonlyArray<string>, results: string): string => {
  const reporters = ["--reporter=dot", "--reporter=json", `--outputFile.json=${results}`]
  const { status } = spawnSync(
    process.execPath,
    [join(root, "node_modules", "vitest", "vitest.mjs"), "run", ...reporters, ...files],
    {
      cwd: root,
      env: { ...process.env, CREWKIT_TEST_NODE: node, CREWKIT_TEST_LAUNCHER: launcher },
      stdio: ["ignore", 2, 2]
    }
  )
  if (status !== 0) failed = true
  const { numFailedTests, numPassedTests, numPendingTests }: Results = JSON.parse(readFileSync(results, "utf8"))
  return `${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`
}

/** With that Node first on the PATH, as its user has it. */
const tryOn = (version: string, tarball: string, files: ReadonlyArray<string>): Row => {
  const node = installNode(version)
  const prefix = mkdtempSync(join(realpathSync(tmpdir()), "crewkit-prefix-"))
  try {
    const env = { ...process.env, PATH: `${dirname(node)}:${process.env["PATH"] ?? ""}` }
    const quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--cache", join(prefix, "cache")]
    const start = performance.now()
    execFileSync("npm", ["install", "--global", "--prefix", prefix, ...quiet, tarball], {
      env,
      stdio: ["ignore", "ignore", "inherit"]
    })
    const seconds = (performance.now() - start) / 1000
    const installed = join(prefix, "lib", "node_modules", "@crewkit", "cli")
    const said = execFileSync(join(prefix, "bin", "crewkit"), ["--version"], { env, encoding: "utf8" })
    if (!said.endsWith(` node-v${version}\n`)) throw new Error(`the shim does not run on Node ${version}: ${said}`)
    const scope = join(installed, "node_modules", "@napi-rs")
    const binary = readdirSync(scope)
      .filter((name) => name.startsWith("keyring-"))
      .reduce((sum, name) => sum + sizeOf(join(scope, name)), 0)
    const unpacked = sizeOf(installed)
    const tests = testsOn(node, join(installed, "dist", "launcher.cjs"), files, join(prefix, "results.json"))
    return { node: version, seconds, unpacked, withoutKeychain: unpacked - binary, tests }
  } finally {
    rmSync(prefix, { recursive: true, force: true })
  }
}

/** The tests start a Node with the launcher: this stands in for that Node, and starts the executable instead. */
const tryExecutable = (files: ReadonlyArray<string>): string => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "crewkit-executable-"))
  try {
    const program = join(root, ".cache", "executable", "crewkit")
    const [standIn, launcher] = [join(folder, "node"), join(root, "dist", "launcher.cjs")]
    const text = `#!/bin/sh\nif [ "$1" = "${launcher}" ]; then shift; exec "${program}" "$@"; fi\nexec "${installNode(nodes.executable)}" "$@"\n`
    writeFileSync(standIn, text, { mode: 0o700 })
    return testsOn(standIn, launcher, files, join(folder, "results.json"))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const wanted = process.argv.slice(2)
const fewFiles = few.map((name) => `test/e2e/${name}.test.ts`)
using packed = pack()
const rows = nodes.tested
  .filter((version) => wanted.length === 0 || wanted.some((each) => version.startsWith(`${each}.`)))
  .map((version) => {
    const all = version === nodes.tested.at(-1)
    return tryOn(version, packed.tarball, all ? ["test/e2e"] : fewFiles)
  })
const mb = (bytes: number): string => (bytes / 1e6).toFixed(2)
console.log(
  "| Node | installed in | unpacked | without the keychain's binary | end-to-end tests |\n| --- | --- | --- | --- | --- |"
)
for (const row of rows) {
  const { node, seconds, tests, unpacked, withoutKeychain } = row
  console.log(`| ${node} | ${seconds.toFixed(1)} s | ${mb(unpacked)} MB | ${mb(withoutKeychain)} MB | ${tests} |`)
}
if (wanted.includes("executable")) console.log(`\nthe executable: ${tryExecutable(fewFiles)}`)
if (failed) process.exitCode = 1
