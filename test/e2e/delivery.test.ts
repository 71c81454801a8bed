/** What the registry is told while Claude Code runs, and once it has ended. */
import { afterAll, afterEach, assert, beforeAll, beforeEach, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { documentOf, launcher, node, scratch, type Scratch } from "../support/program.ts"
import { type RegistryServer, servable, serveRegistry, tokenFrom } from "../support/registryServer.ts"
import { startTakingRegistry, type TakingRegistry } from "../support/takingRegistry.ts"

/** Edits an agent, and stays until it is told to go, or for as long as it is told. */
const standIn = `#!/usr/bin/env node
const fs = require("node:fs")
if (process.argv.includes("--version")) { console.log("2.1.330 (stand-in)"); process.exit(0) }
fs.writeFileSync(".claude/agents/mine.md", "---\\nname: mine\\n---\\ncanary-content\\n")
const go = process.env.GO
const wait = () => (go && !fs.existsSync(go) ? setTimeout(wait, 20) : setTimeout(() => process.exit(3), 50))
wait()
`

const withStandIn = (): Scratch => {
  const project = scratch()
  fs.mkdirSync(project.beside("bin"))
  fs.writeFileSync(`${project.beside("bin")}/claude`, standIn, { mode: 0o755 })
  return project
}

const env = (project: Scratch, more: Record<string, string> = {}): Record<string, string> => ({
  ...project.env,
  PATH: `${project.beside("bin")}:${process.env["PATH"] ?? ""}`,
  ...more
})

const until = async (what: string, good: () => boolean | Promise<boolean>): Promise<void> => {
  for (const end = performance.now() + 20_000; performance.now() < end;) {
    if (await good()) return
    await new Promise((go) => setTimeout(go, 50))
  }
  assert.fail(`not within 20 s: ${what}`)
}

describe("crewkit code and a registry that takes sessions", () => {
  let registry: TakingRegistry
  let project: Scratch
  beforeAll(async () => {
    registry = await startTakingRegistry()
  })
  afterAll(() => registry[Symbol.asyncDispose]())
  beforeEach(() => {
    registry.taken.length = 0
    registry.raw.length = 0
    registry.trouble = () => undefined
    project = withStandIn()
    project.write(".agent/config.yml", `org: acme\nproject: web\nregistry: ${registry.origin}\n`)
  })
  afterEach(() => project[Symbol.dispose]())

  const code = (args: ReadonlyArray<string>, more: Record<string, string> = {}) =>
    project.crewkit(["code", "--no-sync", ...args], env(project, { CREWKIT_TOKEN: "a-token", ...more }))
  const kinds = () => registry.taken.map(({ agent, kind }) => agent ?? kind)

  it("tells of the session while Claude Code runs, and of its end after it; never of a content", async () => {
    const go = project.beside("go")
    const child = spawn(node, [launcher, "code", "--no-sync", "--yes"], {
      cwd: project.project,
      env: env(project, { CREWKIT_TOKEN: "a-token", CREWKIT_REGISTRY: registry.origin, GO: go }),
      stdio: ["ignore", "pipe", "pipe"]
    })
    let out = ""
    let err = ""
    child.stdout.on("data", (data: Buffer) => (out += data.toString()))
    child.stderr.on("data", (data: Buffer) => (err += data.toString()))
    await until("the change is told", () => kinds().includes("mine"))
    assert.deepStrictEqual(kinds(), ["create", "mine"])
    assert.strictEqual(out + err, "")
    fs.writeFileSync(go, "")
    const [exit] = await once(child, "close")
    assert.strictEqual(exit, 3)
    assert.deepStrictEqual(kinds(), ["create", "mine", "end"])
    assert.strictEqual(registry.taken[2]?.body["outcome"], "failure")
    assert.notInclude(err, "wait for the registry")
    assert.notInclude(registry.raw.join("\n"), "canary")
  })

  it("tells all of a session that is over at once", async () => {
    const run = await code([], { CREWKIT_REGISTRY: registry.origin })
    assert.strictEqual(run.code, 3)
    assert.deepStrictEqual(kinds(), ["create", "mine", "end"])
    assert.notInclude(run.stderr, "wait for the registry")
  })

  it("sends contents where the project says full, and none of them with --sensitive", async () => {
    fs.appendFileSync(project.path(".agent/config.yml"), "sessions:\n  capture: full\n")
    await code(["--sensitive"], { CREWKIT_REGISTRY: registry.origin })
    assert.deepStrictEqual(kinds(), ["create", "mine", "end"])
    assert.notInclude(registry.raw.join("\n"), "canary")
    fs.rmSync(project.path(".claude", "agents", "mine.md"))
    await code([], { CREWKIT_REGISTRY: registry.origin })
    assert.include(registry.raw.join("\n"), "canary-content")
  })

  it("asks nobody, and sends nothing to a registry that nobody approved", async () => {
    const run = await code([])
    assert.strictEqual(run.code, 3)
    assert.notInclude(run.stderr, "wait for the registry")
    assert.lengthOf(registry.raw, 0)
  })

  it("sends nothing with --offline", async () => {
    assert.strictEqual((await code(["--offline"], { CREWKIT_REGISTRY: registry.origin })).code, 3)
    assert.lengthOf(registry.raw, 0)
  })

  it("says what waits where nobody is logged in, and where the registry is down", async () => {
    const out = await code([], { CREWKIT_REGISTRY: registry.origin, CREWKIT_TOKEN: "another" })
    assert.match(out.stderr, /3 events wait for the registry: crewkit sessions push\n/)
    await registry.down()
    const down = await code([], { CREWKIT_REGISTRY: registry.origin })
    await registry.up()
    assert.strictEqual(down.code, 3)
    assert.match(down.stderr, /\d events wait for the registry: crewkit sessions push\n/)
  })

  it("gives a registry that does not answer 2 s, and no more", async () => {
    await code(["--offline"], { CREWKIT_REGISTRY: registry.origin })
    const start = performance.now()
    await code(["--offline"], { CREWKIT_REGISTRY: registry.origin })
    const usual = performance.now() - start
    registry.trouble = () => ({ wait: 60_000 })
    const again = performance.now()
    const run = await code([], { CREWKIT_REGISTRY: registry.origin })
    const more = performance.now() - again - usual
    assert.strictEqual(run.code, 3)
    assert.match(run.stderr, /events wait for the registry/)
    assert.isBelow(more, 4000)
    process.stdout.write(`delivery: a registry that does not answer costs ${Math.round(more)} ms at the end\n`)
  })
})

describe.skipIf(!servable)("a served registry", () => {
  let server: RegistryServer
  let token: string
  const call = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${server.url}/api/v1${path}`, init)
    return JSON.parse(await response.text())
  }
  beforeAll(async () => {
    server = await serveRegistry()
    token = await tokenFrom(server)
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it("has a session of crewkit code with its changes, each once, and those of a sync after a push", async () => {
    using project = withStandIn()
    project.write(".agent/config.yml", `org: acme\nproject: web-shop\nregistry: ${server.url}\n`)
    const all = env(project, { CREWKIT_TOKEN: token, CREWKIT_REGISTRY: server.url })
    const run = await project.crewkit(["code"], all)
    assert.strictEqual(run.code, 3, run.stderr)
    assert.notInclude(run.stderr, "wait for the registry")
    const asked = { headers: { authorization: `Bearer ${token}` } }
    const { meta, sessions } = await call("/sessions?project_slug=web-shop", asked)
    assert.strictEqual(meta.total_count, 1)
    assert.deepInclude(sessions[0], { project_slug: "web-shop", outcome: "failure" })
    const { modifications } = await call(`/sessions/${sessions[0].id}/summary`, asked)
    const mine = modifications.filter((one: { agent_name: string }) => one.agent_name === "mine")
    assert.lengthOf(mine, 1)
    assert.deepInclude(mine[0], { file_path: ".claude/agents/mine.md", change_type: "create" })
    // Without the outbox all is sent again, and is there already.
    fs.rmSync(project.path(".crewkit", "outbox.json"))
    fs.rmSync(project.path(".claude", "agents"), { recursive: true })
    assert.strictEqual((await project.crewkit(["sync"], all)).code, 0)
    const pushed = documentOf(await project.crewkit(["sessions", "push", "--json"], all))
    assert.deepInclude(pushed.data, { waiting: 0, parked: 0, sessions: 2 })
    const after = await call("/sessions?project_slug=web-shop", asked)
    assert.strictEqual(after.meta.total_count, 2)
    const again = await call(`/sessions/${sessions[0].id}/summary`, asked)
    assert.lengthOf(again.modifications, modifications.length)
  })
})
