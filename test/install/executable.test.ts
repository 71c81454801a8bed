/**
 * The single-file executable, as somebody has it who has no Node: nothing at all is on the PATH. `npm run executable`
 * makes it, which takes longer than a test may.
 */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { type Keychain, keychainNeeds, startKeychain } from "../support/keychain.ts"
import { logIn } from "../support/login.ts"
import { type Need, skipUnless } from "../support/needs.ts"
import { examples, type Run, runProgram, type Scratch, scratch } from "../support/program.ts"
import { type RegistryServer, serveRegistry } from "../support/registryServer.ts"

const root = dirname(dirname(import.meta.dirname))
const executable = join(root, ".cache", "executable", "crewkit")

/** Of the very build that the other tests run. */
const isCurrent = (): boolean => {
  const of = join(dirname(executable), "of")
  if (!fs.existsSync(executable) || !fs.existsSync(of)) return false
  const main = fs.readFileSync(join(root, "dist", "main.cjs"))
  return fs.readFileSync(of, "utf8") === createHash("sha256").update(main).digest("hex")
}

const built: Need = {
  name: "the executable of this build (npm run executable)",
  path: isCurrent() ? executable : undefined,
  installed: true
}

const { version }: { readonly version: string } = JSON.parse(fs.readFileSync(join(root, "package.json"), "utf8"))

const alone = skipUnless([built])
const withKeychain = skipUnless([built, ...keychainNeeds])

const running =
  (project: Scratch, more: Record<string, string> = {}) =>
  (...args: ReadonlyArray<string>): Promise<Run> =>
    runProgram(executable, args, { cwd: project.project, env: { ...project.env, PATH: "", ...more } })

const nativesOf = (project: Scratch): string => join(project.env["XDG_CACHE_HOME"] ?? "", "crewkit", "native")

describe.skipIf(alone.skip)(`the single-file executable, with an empty PATH${alone.suffix}`, () => {
  it("says its version, and the help that the build wrote", async () => {
    using project = scratch()
    const crewkit = running(project)
    const versionRun = await crewkit("--version")
    assert.match(versionRun.stdout, new RegExp(`^@crewkit/cli/${version} linux-x64 node-v\\d+\\.\\d+\\.\\d+\\n$`))
    const help = await crewkit("sync", "--help")
    assert.strictEqual(help.stdout, (await project.crewkit(["sync", "--help"])).stdout)
    const request = ["__complete", "fish", "keys", ""]
    assert.strictEqual((await crewkit(...request)).stdout, (await project.crewkit(request)).stdout)
    // A flag before it sends the call past those texts.
    const made = await crewkit("--plain", "sync", "--help")
    assert.strictEqual(made.code, 0, made.stderr)
    assert.include(made.stdout, "crewkit sync --check")
  })

  it("sets a project up and syncs it from a folder, with its own lock module", async () => {
    using project = scratch()
    const crewkit = running(project)
    const init = await crewkit("init", "acme", "web-shop", "--registry", examples)
    assert.strictEqual(init.code, 0, init.stderr)
    const sync = await crewkit("sync")
    assert.strictEqual(sync.code, 0, sync.stderr)
    assert.include(sync.stdout, "12 agents: 12 new")
    assert.strictEqual(fs.readdirSync(project.path(".claude", "agents")).length, 12)
    assert.include((await crewkit("sync")).stdout, "12 agents up to date")
    const natives = nativesOf(project)
    assert.strictEqual(fs.statSync(natives).mode & 0o777, 0o700)
    assert.deepStrictEqual(
      fs.readdirSync(natives).map((name) => name.replace(/^[0-9a-f]{16}-/, "")),
      ["fs-native-extensions.node"]
    )
  })

  it("loads no native module that is not the one inside", async () => {
    using project = scratch()
    const crewkit = running(project)
    await crewkit("init", "acme", "web-shop", "--registry", examples)
    await crewkit("sync")
    const natives = nativesOf(project)
    const file = join(natives, fs.readdirSync(natives)[0] ?? "")
    const inside = fs.readFileSync(file)
    const spoil: ReadonlyArray<() => void> = [
      () => fs.writeFileSync(file, Buffer.alloc(inside.length, 1)),
      () => fs.writeFileSync(file, "short"),
      () => fs.chmodSync(file, 0o666),
      () => {
        fs.renameSync(file, project.beside("elsewhere"))
        fs.symlinkSync(project.beside("elsewhere"), file)
      }
    ]
    for (const [index, change] of spoil.entries()) {
      change()
      project.write(".claude/agents/debugger.md", `changed ${index}`)
      const sync = await crewkit("sync")
      assert.strictEqual(sync.code, 0, sync.stderr)
      assert.isTrue(fs.lstatSync(file).isFile())
      assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600)
      assert.isTrue(fs.readFileSync(file).equals(inside))
    }
  })

  it("works where it can keep nothing", async () => {
    using project = scratch()
    const crewkit = running(project, {
      XDG_CACHE_HOME: join(project.path(".git", "HEAD"), "cache"),
      TMPDIR: project.beside("")
    })
    await crewkit("init", "acme", "web-shop", "--registry", examples)
    const sync = await crewkit("sync")
    assert.strictEqual(sync.code, 0, sync.stderr)
    assert.deepStrictEqual(
      fs.readdirSync(project.beside("")).filter((name) => name.startsWith("crewkit-native")),
      []
    )
  })
})

describe.skipIf(withKeychain.skip)(`the single-file executable and a keychain${withKeychain.suffix}`, () => {
  let keychain: Keychain
  let registry: RegistryServer
  beforeAll(async () => {
    keychain = await startKeychain()
    registry = await serveRegistry()
  })
  afterAll(async () => {
    await registry[Symbol.asyncDispose]()
    await keychain.stop()
  })

  it("is its own helper: reads the login that the npm copy stored, and removes it", async () => {
    using project = scratch()
    const env = { ...keychain.env, CREWKIT_REGISTRY: registry.url }
    const crewkit = running(project, env)
    const before = await crewkit("auth", "status")
    assert.strictEqual(before.code, 3, before.stderr)
    assert.include(before.stderr, `not logged in to ${registry.url}`)
    const login = await logIn(project, {
      env,
      decide: (code) => registry.approve(code, "ada@acme.example", "approve")
    })
    assert.strictEqual(login.code, 0, login.stderr)
    const status = await crewkit("auth", "status")
    assert.strictEqual(status.code, 0, status.stderr)
    assert.include(status.stdout, "the OS keychain")
    assert.match((await crewkit("whoami")).stdout, /<ada@acme\.example>\n$/)
    const logout = await crewkit("auth", "logout")
    assert.strictEqual(logout.code, 0, logout.stderr)
    assert.strictEqual((await crewkit("auth", "status")).code, 3)
    assert.strictEqual((await project.crewkit(["auth", "status"], env)).code, 3)
  })
})
