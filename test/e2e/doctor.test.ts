/** `crewkit doctor` as a person and a script run it: the built program, on a real keychain where there is one. */
import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { createServer } from "node:http"
import { dirname, join } from "node:path"
import { checkNames, type CheckName, type CheckStatus } from "../../src/domain/doctor.ts"
import { checkIn, reportIn } from "../support/doctorDocument.ts"
import { keychainNeeds, onPath, startKeychain } from "../support/keychain.ts"
import { logIn } from "../support/login.ts"
import { skipUnless, tmux } from "../support/needs.ts"
import {
  agentText,
  examples,
  launcher,
  node,
  registryWith,
  runProgram,
  scratch,
  type Scratch
} from "../support/program.ts"
import { serveRegistry, servable } from "../support/registryServer.ts"
import { openTerminal } from "../support/terminal.ts"

/** No Claude Code is needed here: a program that says the version does. */
const withClaude = (project: Scratch): Record<string, string> => {
  const path = project.beside("claude")
  fs.writeFileSync(path, "#!/bin/sh\necho '2.1.330 (Claude Code)'\n", { mode: 0o755 })
  return { CLAUDE_PATH: path, CLAUDE_CODE_MANAGED_SETTINGS_PATH: project.beside("managed") }
}

const examine = async (project: Scratch, args: ReadonlyArray<string> = [], more: Record<string, string> = {}) => {
  const run = await project.crewkit(["doctor", "--json", ...args], { ...withClaude(project), ...more })
  const report = reportIn(run)
  assert.strictEqual(run.code, report.failed > 0 ? 1 : 0, run.stderr)
  const check = (name: CheckName) => checkIn(report, name)
  const statuses = (...names: ReadonlyArray<CheckName>): ReadonlyArray<CheckStatus> =>
    names.map((name) => check(name).status)
  return { run, report, check, statuses }
}

const synced = async (): Promise<Scratch> => {
  const project = scratch()
  await project.crewkit(["init", "acme", "web-shop", "--registry", examples])
  await project.crewkit(["sync"])
  return project
}

describe("crewkit doctor", () => {
  it("works in a fresh folder: nothing has failed, and what is not there is skipped", async () => {
    using project = scratch()
    const { check, report, statuses } = await examine(project)
    assert.deepStrictEqual(
      report.checks.map(({ name }) => name),
      [...checkNames]
    )
    assert.strictEqual(check("config").next, "crewkit init")
    assert.deepStrictEqual(statuses("config", "registry", "login", "lock", "agents", "git"), [
      "warn",
      ...Array.from({ length: 5 }, () => "skip" as const)
    ])
    assert.strictEqual(report.failed, 0)
    assert.deepStrictEqual(fs.readdirSync(project.project), [".git"])
  })

  it("finds a project in order, in one line each and a summary", async () => {
    using project = await synced()
    const { statuses } = await examine(project)
    assert.deepStrictEqual(
      statuses("claude", "folders", "disk", "network", "config", "registry", "lock", "agents", "files", "git", "hooks"),
      Array.from({ length: 11 }, () => "pass" as const)
    )
    const run = await project.crewkit(["doctor"], withClaude(project))
    assert.strictEqual(run.code, 0, run.stderr)
    assert.match(run.stdout, /^✓ registry {2}the folder .*, \d+ agent files$/m)
    assert.match(run.stdout, /^✓ lock {6}12 agents$/m)
    assert.match(run.stdout, /\n\d+ passed, \d+ warnings?, 0 failed, \d+ skipped\n$/)
    const plain = await project.crewkit(["doctor", "--plain"], withClaude(project))
    assert.match(plain.stdout, /^[\n\x20-\x7e]+$/)
    assert.match(plain.stdout, /^ok lock {6}12 agents$/m)
  })

  it("says what is broken, and exits 1", async () => {
    using project = await synced()
    project.write(".agent/config.yml", "org: acme\nprojekt: web-shop\n")
    const broken = await examine(project)
    assert.deepStrictEqual(broken.statuses("config", "registry", "lock", "agents"), ["fail", "skip", "skip", "pass"])
    assert.include(broken.check("config").text, ".agent/config.yml:2:1")

    project.write(".agent/config.yml", "org: acme\nproject: web-shop\nregistry: ./nowhere\n")
    const missing = await examine(project)
    assert.deepStrictEqual(missing.statuses("config", "registry"), ["pass", "fail"])
    assert.include(missing.check("registry").text, "there is no folder")

    const run = await project.crewkit(["doctor", "--quiet"], withClaude(project))
    assert.strictEqual(run.code, 1)
    assert.match(run.stdout, /^✗ registry {2}there is no folder .*\n {12}try: correct registry in .agent\/config.yml/m)
    assert.notMatch(run.stdout, /✓|^- | passed/m)
    assert.match(run.stderr, /^error: 1 check failed: registry\n {2}try: correct registry/)
  })

  it("without Claude Code says how to get it", async () => {
    using project = await synced()
    const { check } = await examine(project, [], { CLAUDE_PATH: "/nowhere/claude" })
    assert.strictEqual(check("claude").status, "fail")
    assert.match(check("claude").next ?? "", /^npm install -g @anthropic-ai\/claude-code/)
  })

  it("tells a folder that cannot be read", async () => {
    using project = await synced()
    const registry = registryWith(project.beside("registry"), { "agents/a.md": agentText("a") })
    const env = { ...project.env, ...withClaude(project), CREWKIT_REGISTRY: registry }
    fs.chmodSync(registry, 0o000)
    fs.chmodSync(project.path(".claude", "agents"), 0o555)
    // Root reads everything: then somebody else looks.
    const root = process.getuid?.() === 0
    if (root) execFileSync("chown", ["-R", "65534:65534", dirname(project.project)])
    const others = ["--reuid=65534", "--regid=65534", "--clear-groups", node]
    const [program, args] = root ? [onPath("setpriv") ?? "", others] : [node, []]
    const run = await runProgram(program, [...args, launcher, "doctor", "--json"], { cwd: project.project, env })
    fs.chmodSync(registry, 0o755)
    fs.chmodSync(project.path(".claude", "agents"), 0o755)
    const report = reportIn(run)
    assert.deepInclude(checkIn(report, "registry"), {
      status: "fail",
      next: `check who may write there: ls -ld ${registry}`
    })
    assert.include(checkIn(report, "registry").text, "permission denied")
    assert.include(checkIn(report, "agents").text, "permission denied")
    assert.strictEqual(run.code, 1)
  })

  it("mends what is safe, says so, and loses nothing", async () => {
    using project = await synced()
    const agent = project.read(".claude", "agents", "debugger.md")
    fs.chmodSync(project.path(".crewkit"), 0o755)
    project.write(".gitignore", "dist/\n")
    project.write(".crewkit/.crewkit-99999999-00000000-0000-4000-8000-000000000000.tmp", "half")
    const before = await examine(project)
    assert.deepStrictEqual(before.statuses("files", "git"), ["warn", "warn"])
    assert.deepStrictEqual(before.report.fixed, [])
    const mended = await examine(project, ["--fix"])
    assert.deepStrictEqual(mended.statuses("files", "git"), ["pass", "pass"])
    assert.lengthOf(mended.report.fixed, 4)
    assert.match(project.read(".gitignore"), /^dist\/\n/)
    assert.strictEqual(project.read(".claude", "agents", "debugger.md"), agent)
    assert.deepStrictEqual((await examine(project, ["--fix"])).report.fixed, [])
    fs.rmSync(project.path(".claude", "agents"), { recursive: true })
    const run = await project.crewkit(["doctor", "--fix"], withClaude(project))
    assert.match(run.stdout, /^fixed: made the folder .claude\/agents$/m)
  })

  it("notices hooks that are off, proxies and certificates that are none", async () => {
    using project = await synced()
    project.write(".claude/settings.json", '{"disableAllHooks":true}')
    const { check, statuses } = await examine(project, [], { NODE_EXTRA_CA_CERTS: "/etc/hosts" })
    assert.deepStrictEqual(statuses("hooks", "network"), ["warn", "fail"])
    assert.include(check("hooks").text, "disableAllHooks in .claude/settings.json")
  })

  it("neither approves a registry that only the project names nor asks it anything, whatever the flags", async () => {
    using project = scratch()
    const heads: Array<string | undefined> = []
    const server = createServer((request, response) => {
      heads.push(request.headers.authorization)
      response.end("{}")
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
    project.write(".agent/config.yml", `org: acme\nproject: web-shop\nregistry: ${url}\n`)
    const { check } = await examine(project, ["--yes", "--fix"], { CREWKIT_TOKEN: "canary" })
    assert.deepInclude(check("registry"), {
      status: "warn",
      next: "crewkit auth login asks whether you approve"
    })
    assert.isFalse(fs.existsSync(join(project.env["XDG_CONFIG_HOME"] ?? "", "crewkit", "approvals.json")))
    assert.deepStrictEqual(heads, [])
    // Named by the person it is asked, without the token.
    const named = await examine(project, ["--registry", url], { CREWKIT_TOKEN: "canary" })
    assert.deepStrictEqual(named.statuses("registry", "clock", "login"), ["pass", "pass", "pass"])
    assert.deepStrictEqual(heads, [undefined])
    assert.notInclude(named.run.stdout, "canary")
    assert.strictEqual((await examine(project, ["--offline"])).check("registry").text, "not asked: --offline")
    server.close()
  })

  const { skip: noTerminal, suffix: why } = skipUnless([tmux])
  it.skipIf(noTerminal)(`fits a terminal of 40 columns${why}`, async () => {
    using project = await synced()
    const env = { ...project.env, ...withClaude(project) }
    await using terminal = await openTerminal(node, [launcher, "doctor"], {
      cwd: project.project,
      env,
      columns: 40,
      rows: 200
    })
    await terminal.exit()
    const screen = await terminal.history()
    assert.match(screen, /^✓ lock {6}12 agents$/m)
    // A row that was broken by the terminal would begin at its left edge.
    for (const row of screen.split("\n")) assert.match(row, /^(?:[✓!✗-] \S| {4}|\d+ passed|$|.*skipped$)/)
  })
})

const { skip, suffix } = skipUnless(keychainNeeds)

describe.skipIf(skip)(`crewkit doctor at a keychain${suffix}`, () => {
  it("writes, reads and deletes, and leaves nothing", async () => {
    using project = await synced()
    await using keychain = await startKeychain()
    const { check } = await examine(project, [], keychain.env)
    assert.match(check("keychain").text, /written, read and deleted in \d+ ms$/)
    assert.throws(() => keychain.secretTool(["lookup", "service", "crewkit", "username", "doctor scratch"]))
  })

  it("tells locked, absent and frozen apart, within its time", async () => {
    using project = await synced()
    await using keychain = await startKeychain()
    await keychain.lock()
    const locked = (await examine(project, [], keychain.env)).check("keychain")
    assert.deepStrictEqual([locked.status, locked.text.slice(0, 22)], ["fail", "the keychain is locked"])
    assert.include(locked.next ?? "", "unlock")
    keychain.freeze()
    const frozen = (await examine(project, [], keychain.env)).check("keychain")
    keychain.thaw()
    assert.deepStrictEqual(
      [frozen.status, /did not answer within [23] s/.test(frozen.text)],
      ["fail", true],
      frozen.text
    )
    assert.include(frozen.next ?? "", "dialog")
    await keychain.quit()
    const absent = (await examine(project, [], keychain.env)).check("keychain")
    assert.deepStrictEqual([absent.status, /cannot be used/.test(absent.text)], ["warn", true], absent.text)
  })

  it("names the keys that are due", async () => {
    using project = await synced()
    await using keychain = await startKeychain()
    const set = await project.crewkit(["keys", "set", "openai-api-key"], keychain.env, "canary-value")
    assert.strictEqual(set.code, 0, set.stderr)
    assert.strictEqual((await examine(project, [], keychain.env)).check("keys").status, "pass")
    const file = `${project.env["HOME"] ?? ""}/.local/share/crewkit/keys.json`
    const list = JSON.parse(fs.readFileSync(file, "utf8"))
    for (const key of list.keys) key.rotated -= 100 * 24 * 3600 * 1000
    fs.writeFileSync(file, JSON.stringify(list))
    assert.deepInclude((await examine(project, [], keychain.env)).check("keys"), {
      status: "warn",
      text: "openai-api-key (dev) is 100 days old, and 90 is the limit",
      next: "crewkit keys rotate openai-api-key --env dev"
    })
  })

  it.skipIf(!servable)("knows a login that lives and one that is gone", async () => {
    using project = scratch()
    await using keychain = await startKeychain()
    await using registry = await serveRegistry()
    const env = { ...keychain.env, CREWKIT_REGISTRY: registry.url }
    await project.crewkit(["init", "acme", "web-shop"], env)
    const before = await examine(project, [], env)
    assert.deepStrictEqual(before.statuses("keychain", "registry", "clock", "login"), ["pass", "pass", "pass", "fail"])
    assert.strictEqual(before.check("login").next, "crewkit auth login")
    const done = await logIn(project, { env, decide: (code) => registry.approve(code, "ada@acme.example") })
    assert.strictEqual(done.code, 0, done.stderr)
    const after = await examine(project, [], env)
    assert.match(after.check("login").text, /<ada@acme\.example>, token expires in .*, renewed by itself$/)
    // What the next command will ask for is known still.
    const hint = join(project.env["XDG_CACHE_HOME"] ?? "", "crewkit", "last-item")
    assert.strictEqual(fs.readFileSync(hint, "utf8"), `${registry.url} default`)
    await registry.stop()
    assert.deepStrictEqual((await examine(project, [], env)).statuses("registry", "clock", "login"), [
      "fail",
      "skip",
      "pass"
    ])
  })
})
