/**
 * Redirects of every kind on every endpoint that the client calls, one at a time with the others right: the other side
 * hears nothing, the program says what happened and ends with 5, and no credential is lost. FAULTS=all crosses every
 * endpoint with every status and every target; else they take turns, two of them for each endpoint.
 */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { createServer, type AddressInfo, type Server } from "node:net"
import { type FakeRegistry, startFakeRegistry, type Endpoint } from "../support/fakeRegistry.ts"
import { type Keychain, keychainNeeds, startKeychain } from "../support/keychain.ts"
import { loginAt, readLogin, writeLogin } from "../support/keychainItem.ts"
import { skipUnless } from "../support/needs.ts"
import { documentOf, launcher, node, runProgram, scratch, type Scratch } from "../support/program.ts"

const { skip, suffix } = skipUnless(keychainNeeds)
const all = process.env["FAULTS"] === "all"

const statuses = [301, 302, 303, 307, 308]

interface Case {
  readonly endpoint: Endpoint
  readonly args: ReadonlyArray<string>
  /** What is stored before. */
  readonly login: "none" | "good" | "expired"
  readonly standard?: boolean
  readonly bulk?: boolean
  readonly input?: string
  /** The person is logged in all the same, and is warned. */
  readonly passes?: boolean
  /** Logging out deletes, whatever the registry says. */
  readonly deletes?: boolean
}

const login = ["auth", "login", "--no-browser"]
const cases: ReadonlyArray<Case> = [
  { endpoint: "metadata", args: login, login: "none" },
  { endpoint: "openid", args: login, login: "none" },
  { endpoint: "device", args: login, login: "none" },
  { endpoint: "token", args: login, login: "none" },
  { endpoint: "oauthToken", args: login, login: "none", standard: true },
  { endpoint: "me", args: login, login: "none", passes: true },
  { endpoint: "me", args: ["auth", "login", "--with-token"], login: "good", input: "canary-token-given" },
  { endpoint: "refresh", args: ["sync"], login: "expired" },
  { endpoint: "oauthToken", args: ["sync"], login: "expired", standard: true },
  { endpoint: "effective", args: ["sync"], login: "good" },
  { endpoint: "list", args: ["sync"], login: "good", bulk: false },
  { endpoint: "config", args: ["sync"], login: "good", bulk: false },
  { endpoint: "logout", args: ["auth", "logout"], login: "good", deletes: true },
  { endpoint: "oauthRevoke", args: ["auth", "logout"], login: "good", standard: true, deletes: true }
]

const tokens = { access: "canary-access-token", refresh: "canary-refresh-token" }

describe.skipIf(skip)(`redirects${suffix}`, () => {
  let keychain: Keychain
  let registry: FakeRegistry
  let other: Server
  let connections = 0
  let project: Scratch
  beforeAll(async () => {
    keychain = await startKeychain()
    registry = await startFakeRegistry()
    registry.issued = { ...tokens, device: "canary-device-code", lifetime: 3600 }
    // No protocol: a connection alone would be one too many, of http and of https.
    other = createServer((socket) => {
      connections++
      socket.destroy()
    })
    await new Promise<void>((resolve) => other.listen(0, resolve))
    project = scratch()
    project.write(".agent/config.yml", "org: acme\nproject: web-shop\n")
  }, 60_000)
  afterAll(async () => {
    project[Symbol.dispose]()
    other.close()
    await registry[Symbol.asyncDispose]()
    await keychain.stop()
  })

  const targets = (): Record<string, string> => {
    // Boundary: a server that listens on TCP has an address of this form.
    const { port } = other.address() as AddressInfo
    return {
      "another port": `http://127.0.0.1:${port}/taken`,
      "another host": `http://localhost:${port}/taken`,
      "another scheme": `https://127.0.0.1:${port}/taken`,
      "the same origin": `${registry.origin}/taken`
    }
  }

  const prepare = ({ login: stored, standard = false }: Case): void => {
    const { origin } = registry
    // There is always something to lose: a login under another name at least.
    const account = stored === "none" ? "other" : "default"
    const expiresAt = stored === "expired" ? 1 : 4e12
    const more = {
      account,
      ...(standard
        ? {
            tokenEndpoint: `${origin}/oauth/token`,
            revocation: { method: "POST", url: `${origin}/oauth/revoke` }
          }
        : {})
    }
    writeLogin(keychain, origin, loginAt(origin, { ...tokens, expiresAt }, more), account)
  }

  const refreshTokenOf = (account: string): unknown => {
    const text = readLogin(keychain, registry.origin, account)
    return text === undefined ? undefined : JSON.parse(text).refreshToken
  }

  const once = async (one: Case, status: number, target: string): Promise<void> => {
    const where = `${one.endpoint} ${status} ${target}`
    prepare(one)
    registry.standard = one.standard === true
    registry.bulk = one.bulk !== false
    registry.asked.length = 0
    registry.override = ({ endpoint }) =>
      endpoint === one.endpoint ? { status, headers: { location: target }, body: "{}" } : undefined
    const run = await runProgram(node, [launcher, ...one.args, "--json"], {
      cwd: project.project,
      env: { ...project.env, ...keychain.env, CREWKIT_REGISTRY: registry.origin },
      ...(one.input === undefined ? {} : { input: one.input })
    })
    const printed = run.stdout + run.stderr
    assert.strictEqual(connections, 0, where)
    const hits = registry.asked.filter(({ endpoint }) => endpoint === one.endpoint)
    assert.strictEqual(hits.length, 1, `${where}: asked ${hits.length} times\n${printed}`)
    assert.isEmpty(
      registry.asked.filter(({ url }) => url === "/taken"),
      where
    )
    assert.notInclude(printed, "canary", where)
    const document = documentOf(run)
    if (one.passes === true) {
      assert.strictEqual(run.code, 0, `${where}\n${printed}`)
      assert.include(run.stdout, `redirect (${status})`, where)
    } else {
      assert.strictEqual(run.code, 5, `${where}\n${printed}`)
      assert.strictEqual(document.error?.code, one.deletes === true ? "LogoutUnconfirmed" : "RedirectRefused", where)
      assert.include(document.error?.message, `redirect (${status})`, where)
      assert.isDefined(document.error?.next, where)
    }
    const account = one.login === "none" ? "other" : "default"
    assert.strictEqual(refreshTokenOf(account), one.deletes === true ? undefined : tokens.refresh, where)
    if (one.login === "none") assert.strictEqual(refreshTokenOf("default"), one.passes ? tokens.refresh : undefined)
  }

  let turn = 0
  const chosen = (): ReadonlyArray<readonly [number, string]> => {
    const named = Object.values(targets())
    const crossed = statuses.flatMap((status) => named.map((target) => [status, target] as const))
    // 7 is prime to the 20 combinations: each is reached.
    return all ? crossed : [0, 1].flatMap(() => crossed.slice((turn = (turn + 7) % 20), turn + 1))
  }
  for (const one of cases) {
    const name = `${one.endpoint}, ${one.args.join(" ")}`
    it(name, { timeout: 300_000 }, async () => {
      for (const [status, target] of chosen()) {
        await once(one, status, target)
        if (one.passes !== true) continue
        registry.override = () => undefined
        await project.crewkit(["auth", "logout"], { ...keychain.env, CREWKIT_REGISTRY: registry.origin })
      }
    })
  }
})
