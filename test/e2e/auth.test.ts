/** Logging in and out with the built program: a real keychain daemon, the served registry, forms over HTTP. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { createServer } from "node:https"
import { type Keychain, keychainNeeds, startKeychain } from "../support/keychain.ts"
import { logIn } from "../support/login.ts"
import { skipUnless } from "../support/needs.ts"
import { documentOf, scratch, type Scratch } from "../support/program.ts"
import { type RegistryServer, servable, serveRegistry } from "../support/registryServer.ts"

const { skip, suffix } = skipUnless(keychainNeeds)

describe.skipIf(skip || !servable)(`auth${suffix}`, () => {
  let keychain: Keychain
  let registry: RegistryServer
  beforeAll(async () => {
    keychain = await startKeychain()
    registry = await serveRegistry()
  }, 60_000)
  afterAll(async () => {
    await registry[Symbol.asyncDispose]()
    await keychain.stop()
  })

  const inProject = (project: Scratch) => {
    const env = { ...keychain.env, CREWKIT_REGISTRY: registry.url }
    return {
      env,
      run: (...args: ReadonlyArray<string>) => project.crewkit(args, env),
      logIn: (decision: "approve" | "deny" = "approve") =>
        logIn(project, { env, decide: (code) => registry.approve(code, "ada@acme.example", decision) })
    }
  }

  it("logs in, tells who it is, syncs from the server, and logs out", async () => {
    using project = scratch()
    const { logIn: login, run } = inProject(project)
    const before = await run("auth", "status")
    assert.strictEqual(before.code, 3, before.stderr)
    assert.include(before.stderr, `not logged in to ${registry.url}`)

    const done = await login()
    assert.strictEqual(done.code, 0, done.stderr)
    assert.include(done.stdout, `✓ logged in to ${registry.url} as`)
    assert.include(done.stdout, "the OS keychain")

    const status = await run("auth", "status")
    assert.strictEqual(status.code, 0, status.stderr)
    assert.match(status.stdout, /expires in (?:1 hour|5\d minutes), renewed by itself/)
    assert.match((await run("whoami")).stdout, /<ada@acme\.example>\n$/)

    assert.strictEqual((await run("init", "acme", "web-shop")).code, 0)
    const sync = await run("sync")
    assert.strictEqual(sync.code, 0, sync.stderr)
    assert.strictEqual(fs.readdirSync(project.path(".claude", "agents")).length, 12)
    const again = await run("sync")
    assert.match(again.stdout, /12 agents up to date, role senior/)

    assert.match((await run()).stdout, /^login +Ada Park <ada@acme\.example>, token expires in .*, renewed by itself$/m)

    assert.isTrue(fs.existsSync(project.path(".crewkit", "answer.json")))
    const out = await run("auth", "logout")
    assert.strictEqual(out.code, 0, out.stderr)
    const overview = (await run()).stdout
    assert.match(overview, /^login +not logged in/m)
    assert.match(overview, /^next +crewkit auth login$/m)
    assert.strictEqual((await run("auth", "status")).code, 3)
    assert.strictEqual((await run("sync")).code, 3)
    assert.isFalse(fs.existsSync(project.path(".crewkit", "answer.json")), "what the registry answered is forgotten")
    assert.include((await run("auth", "logout")).stdout, "nobody was logged in")
  })

  it("is denied on the page: exit 3, and nothing is stored", async () => {
    using project = scratch()
    const { logIn: login, run } = inProject(project)
    const denied = await login("deny")
    assert.strictEqual(denied.code, 3)
    assert.include(denied.stderr, "was denied on the page")
    assert.strictEqual((await run("auth", "status")).code, 3)
  })

  it("does not follow a registry that only the project names, until the person says so, once", async () => {
    using project = scratch()
    project.write(".agent/config.yml", `org: acme\nproject: web-shop\nregistry: ${registry.url}\n`)
    const refused = await project.crewkit(["auth", "login"], keychain.env)
    assert.strictEqual(refused.code, 3, refused.stderr)
    assert.include(refused.stderr, "you have not approved")
    assert.strictEqual((await project.crewkit(["sync"], { ...keychain.env, CREWKIT_TOKEN: "canary" })).code, 3)
    const done = await logIn(project, {
      env: keychain.env,
      args: ["--yes"],
      decide: (code) => registry.approve(code)
    })
    assert.strictEqual(done.code, 0, done.stderr)
    assert.strictEqual((await project.crewkit(["sync"], keychain.env)).code, 0)
    assert.strictEqual((await project.crewkit(["auth", "logout"], keychain.env)).code, 0)
  })

  it("takes a token from standard input, and CREWKIT_TOKEN without storing it", async () => {
    using project = scratch()
    const { env, logIn: login, run } = inProject(project)
    assert.strictEqual((await run("auth", "login", "--with-token")).code, 2)
    const wrong = await run("auth", "status")
    assert.strictEqual(wrong.code, 3)
    assert.strictEqual((await login()).code, 0)
    const stored = JSON.parse(
      keychain.secretTool(["lookup", "service", "crewkit", "username", `${registry.url} default`])
    )
    await run("auth", "status")
    const token: string = stored.accessToken
    const environment = await project.crewkit(["whoami"], { ...env, CREWKIT_TOKEN: token, HOME: project.path(".git") })
    assert.match(environment.stdout, /<ada@acme\.example>/, environment.stderr)
    assert.notInclude(environment.stdout + environment.stderr, token)
    assert.strictEqual((await run("auth", "logout")).code, 0)
    const after = await project.crewkit(["whoami"], { ...env, CREWKIT_TOKEN: token })
    assert.strictEqual(after.code, 3, after.stderr)
  })

  it("says it all as one JSON document, too", async () => {
    using project = scratch()
    const { logIn: login, run } = inProject(project)
    assert.strictEqual((await login()).code, 0)
    const document = documentOf(await run("auth", "status", "--json"))
    assert.isTrue(document.ok)
    assert.containsAllKeys(document.data, ["registry", "account", "store", "user", "expiresAt", "renews"])
    assert.strictEqual((await run("auth", "logout", "--json")).code, 0)
    const error = documentOf(await run("auth", "status", "--json")).error
    assert.strictEqual(error?.code, "NotLoggedIn")
  })

  it("trusts a certificate of one's own by NODE_EXTRA_CA_CERTS alone", async () => {
    using project = scratch()
    const [cert, key] = [project.path("cert.pem"), project.path("key.pem")]
    execFileSync(
      "openssl",
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
        .split(" ")
        .concat("-keyout", key, "-out", cert),
      { stdio: "ignore" }
    )
    const authorizations: Array<string | undefined> = []
    const server = createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) }, (request, response) => {
      authorizations.push(request.headers.authorization)
      const user = { id: "1", name: "Ada", email: "ada@acme.example", platform_role: "member" }
      response.end(JSON.stringify({ user }))
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    const env = { CREWKIT_REGISTRY: `https://127.0.0.1:${port}`, CREWKIT_TOKEN: "a-token-of-mine" }
    const refused = await project.crewkit(["whoami"], env)
    assert.strictEqual(refused.code, 5, refused.stderr)
    assert.include(refused.stderr, "cannot be trusted")
    const trusting = await project.crewkit(["whoami"], { ...env, NODE_EXTRA_CA_CERTS: cert })
    assert.strictEqual(trusting.stdout, "Ada <ada@acme.example>\n", trusting.stderr)
    const unchecked = await project.crewkit(["whoami"], { ...env, NODE_TLS_REJECT_UNAUTHORIZED: "0" })
    assert.strictEqual(unchecked.code, 2, unchecked.stderr)
    assert.deepStrictEqual(authorizations, ["Bearer a-token-of-mine"])
    server.close()
  })

  it("logs out offline: deletes, says that the registry has not confirmed, exit 5", async () => {
    using project = scratch()
    await using own = await serveRegistry()
    const env = { ...keychain.env, CREWKIT_REGISTRY: own.url }
    const done = await logIn(project, { env, decide: (code) => own.approve(code) })
    assert.strictEqual(done.code, 0, done.stderr)
    await own.stop()
    const out = await project.crewkit(["auth", "logout"], env)
    assert.strictEqual(out.code, 5, out.stderr)
    assert.include(out.stderr, "has not confirmed")
    assert.strictEqual((await project.crewkit(["auth", "status"], env)).code, 3)
  })
})
