/** Hostile projects, servers and circumstances around a login, with the built program. */
import { afterAll, assert, beforeAll, beforeEach, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { type FakeRegistry, type Reply, startFakeRegistry } from "../support/fakeRegistry.ts"
import { type Keychain, keychainNeeds, startKeychain } from "../support/keychain.ts"
import { loginAt, readLogin, writeLogin } from "../support/keychainItem.ts"
import { skipUnless } from "../support/needs.ts"
import { documentOf, launcher, node, type Run, scratch, type Scratch } from "../support/program.ts"

const { skip, suffix } = skipUnless(keychainNeeds)

const json = (status: number, body: unknown): Reply => ({
  status,
  body: JSON.stringify(body),
  headers: { "content-type": "application/json" }
})

describe.skipIf(skip)(`a login under attack${suffix}`, () => {
  let keychain: Keychain
  let registry: FakeRegistry
  let project: Scratch
  beforeAll(async () => {
    keychain = await startKeychain()
  }, 60_000)
  afterAll(() => keychain.stop())
  beforeEach(async () => {
    registry = await startFakeRegistry()
    project = scratch()
    return async () => {
      project[Symbol.dispose]()
      await registry[Symbol.asyncDispose]()
    }
  })

  const config = (value: string) =>
    project.write(".agent/config.yml", `org: acme\nproject: web-shop\nregistry: ${JSON.stringify(value)}\n`)
  const run = (args: ReadonlyArray<string>, env: Record<string, string> = {}): Promise<Run> =>
    project.crewkit(args, { ...keychain.env, ...env })
  const here = () => ({ CREWKIT_REGISTRY: registry.origin })

  /** A login, and what to do once its code is on the screen. */
  const whileWaiting = (
    act: (child: ReturnType<typeof spawn>) => void,
    args: ReadonlyArray<string> = []
  ): Promise<Run & { readonly before: string }> =>
    new Promise((resolve, reject) => {
      const child = spawn(node, [launcher, "auth", "login", "--no-browser", ...args], {
        cwd: project.project,
        env: { ...project.env, ...keychain.env, ...here() },
        stdio: ["ignore", "pipe", "pipe"]
      })
      let stdout = ""
      let stderr = ""
      let before = ""
      let acted = false
      child.stdout.on("data", (data: Buffer) => (stdout += data.toString("utf8")))
      child.stderr.on("data", (data: Buffer) => {
        stderr += data.toString("utf8")
        if (acted || !stderr.includes("BCDF-GHJK")) return
        acted = true
        before = stdout
        act(child)
      })
      child.once("error", reject)
      child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr, before }))
    })

  it("a cloned project cannot steer a token by writing its address another way", { timeout: 120_000 }, async () => {
    const { port } = new URL(registry.origin)
    for (const [address, code] of [
      [`http://127.0.0.1:${port}`, 3],
      [`HTTP://127.0.0.1:${port}/`, 3],
      [`http://127.1:${port}`, 3],
      [`http://2130706433:${port}`, 3],
      [`http://0x7f.0.0.1:${port}/api.crewkit.io`, 3],
      [`http://localhost:${port}#https://api.crewkit.io`, 3],
      [`http://api.crewkit.io@127.0.0.1:${port}`, 2],
      [`http://api.crewkit.io:pw@127.0.0.1:${port}`, 2],
      [`https://api.crewkit.io.`, 3],
      [`https://api.crewkit.io:444`, 3],
      [`https://аpi.crewkit.io`, 3],
      [`http://api.crewkit.io`, 2],
      [`http://127.0.0.1.evil.example`, 2],
      [`ftp://api.crewkit.io`, 2]
    ] as const) {
      config(address)
      const ended = await run(["sync"], { CREWKIT_TOKEN: "canary-token" })
      assert.strictEqual(ended.code, code, `${address}\n${ended.stderr}`)
      assert.notInclude(ended.stderr, "аpi", "an address of look-alike letters is shown as what it is")
    }
    assert.isEmpty(registry.asked)
  })

  it("an approval holds for that address and that folder alone", async () => {
    config(registry.origin)
    const token = { CREWKIT_TOKEN: "canary-token" }
    assert.strictEqual((await run(["sync", "--yes"], token)).code, 0)
    const asked = registry.asked.length
    assert.isAbove(asked, 0)
    const copy = project.beside("copy")
    fs.cpSync(project.project, copy, { recursive: true })
    assert.strictEqual((await run(["sync", "--cwd", copy], token)).code, 3)
    config(registry.origin.replace("127.0.0.1", "localhost"))
    assert.strictEqual((await run(["sync"], token)).code, 3)
    assert.strictEqual(registry.asked.length, asked)
  })

  it("Ctrl-C while waiting: 130, and nothing is stored", async () => {
    registry.override = ({ endpoint }) =>
      endpoint === "token" ? json(400, { error: "authorization_pending" }) : undefined
    const ended = await whileWaiting((child) => void child.kill("SIGINT"))
    assert.strictEqual(ended.code, 130, ended.stderr)
    assert.isUndefined(readLogin(keychain, registry.origin))
  })

  it("--json: nothing on standard output while waiting, one document at the end", async () => {
    const ended = await whileWaiting(() => undefined, ["--json"])
    assert.strictEqual(ended.before, "")
    assert.strictEqual(ended.code, 0, ended.stderr)
    assert.isTrue(documentOf(ended).ok)
  })

  it("a standard output that nobody reads: logged in all the same", async () => {
    const ended = await whileWaiting((child) => void child.stdout?.destroy())
    assert.strictEqual(ended.code, 0, ended.stderr)
    assert.isDefined(readLogin(keychain, registry.origin))
  })

  it("tokens with control characters are refused, and nothing is stored", async () => {
    for (const bad of ["line\nbreak", "nul\u0000", "ünicode", ""]) {
      registry.issued = { ...registry.issued, access: bad }
      const ended = await whileWaiting(() => undefined, ["--json"])
      assert.strictEqual(documentOf(ended).error?.code, "ResponseInvalid", JSON.stringify(bad))
      assert.isUndefined(readLogin(keychain, registry.origin))
    }
  })

  it("CREWKIT_TOKEN as a file with a line break at its end leaves it; one in the middle is said", async () => {
    const good = await run(["whoami"], { ...here(), CREWKIT_TOKEN: "a-token-of-mine\n" })
    assert.strictEqual(good.code, 0, good.stderr)
    assert.strictEqual(registry.asked.at(-1)?.headers.authorization, "Bearer a-token-of-mine")
    for (const args of [["whoami"], ["sync"]]) {
      config(registry.origin)
      const bad = await run([...args, "--json"], { ...here(), CREWKIT_TOKEN: "canary\r\nx-evil: 1" })
      assert.strictEqual(bad.code, 2, bad.stdout)
      assert.strictEqual(documentOf(bad).error?.code, "HeaderUnusable")
      assert.notInclude(bad.stdout + bad.stderr, "canary")
    }
  })

  it("what a server says reaches no terminal as a control character, as JSON neither, and in bounds", async () => {
    const nasty = "\u009b31m\u001b[2J\u202eevil\u2066\u{e0041}\u007f"
    const me = { user: { id: "1", name: nasty, email: "a@b.example", platform_role: "member" } }
    for (const override of [me, { error: `${nasty}${"long ".repeat(100_000)}` }]) {
      registry.override = ({ endpoint }) =>
        endpoint === "me" || endpoint === "effective" ? json("error" in override ? 403 : 200, override) : undefined
      config(registry.origin)
      for (const args of [["whoami"], ["whoami", "--json"], ["sync"], ["sync", "--json"]]) {
        const { stderr, stdout } = await run(args, { ...here(), CREWKIT_TOKEN: "a-token-of-mine" })
        // oxlint-disable-next-line no-control-regex -- these are what must not be there
        const found = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\u{e0041}/u.exec(
          stdout + stderr
        )
        assert.isNull(found, `${args.join(" ")}: ${escape(found?.[0] ?? "")}`)
        assert.isBelow(stdout.length + stderr.length, 2000, args.join(" "))
      }
    }
  })

  it("a stored login that was changed from outside is unreadable, not a crash", async () => {
    const login = loginAt(registry.origin, { access: "a", refresh: "r", expiresAt: 1 })
    for (const change of [
      { tokenEndpoint: "nowhere" },
      { tokenEndpoint: "http://registry.example/token" },
      { expiresAt: 1e300 },
      { ended: { at: 1e300, reason: "x" } },
      { origin: "https://other.example" },
      { account: "other" }
    ]) {
      writeLogin(keychain, registry.origin, { ...login, ...change })
      for (const args of [["auth", "status"], ["sync"]]) {
        config("https://api.crewkit.io")
        const ended = await run([...args, "--json"], here())
        const { error } = documentOf(ended)
        assert.strictEqual(
          error?.code,
          "StoreUnreadable",
          `${JSON.stringify(change)} ${args.join(" ")} ${error?.message}`
        )
        assert.strictEqual(ended.code, 8)
      }
    }
    assert.isEmpty(registry.asked)
  })

  it("a token that was given is not said to be revoked", async () => {
    const given = await project.crewkit(["auth", "login", "--no-browser"], { ...keychain.env, ...here() })
    assert.strictEqual(given.code, 0, given.stderr)
    writeLogin(keychain, registry.origin, loginAt(registry.origin, { access: "a-token-of-mine", expiresAt: 4e12 }))
    const asked = registry.asked.length
    const out = await run(["auth", "logout"], here())
    assert.strictEqual(out.code, 0, out.stderr)
    assert.strictEqual(registry.asked.length, asked)
    assert.notInclude(out.stdout, "revoked there")
    assert.include(out.stdout, "still good")
  })
})
