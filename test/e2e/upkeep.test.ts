/** The commands about crewkit itself, as the built program runs them. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { skipUnless, tmux } from "../support/needs.ts"
import { startPackageRegistry } from "../support/packageRegistry.ts"
import { documentOf, launcher, node, runProgram, scratch, type Scratch } from "../support/program.ts"
import { openTerminal } from "../support/terminal.ts"

const root = dirname(dirname(launcher))
const { version }: { readonly version: string } = JSON.parse(fs.readFileSync(join(root, "package.json"), "utf8"))

const cacheFile = (project: Scratch): string => join(project.env["XDG_CACHE_HOME"] ?? "", "crewkit", "update.json")

describe("crewkit telemetry", () => {
  it("is off, says so, and says that this build has nowhere to send anything", async () => {
    using project = scratch()
    const status = await project.crewkit(["telemetry", "status", "--json"])
    assert.deepInclude(documentOf(status).data, {
      crashReports: "undecided",
      forbiddenBy: null,
      withoutTerminal: false,
      destination: null
    })
    const enabled = await project.crewkit(["telemetry", "enable"])
    assert.strictEqual(enabled.code, 0)
    assert.match(enabled.stdout, /^crash reports enabled\n.*nowhere to send reports to/)
    assert.match((await project.crewkit(["telemetry", "disable"])).stdout, /^crash reports disabled/)
  })

  it("keeps the decision in the person's own folder, for them alone, and nothing in the project", async () => {
    using project = scratch()
    await project.crewkit(["telemetry", "enable"])
    const file = join(project.env["XDG_CONFIG_HOME"] ?? "", "crewkit", "telemetry.json")
    assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600)
    assert.deepStrictEqual(fs.readdirSync(project.project), [".git"])
  })

  it("shows the preview where nothing can be kept, and says what that means", async () => {
    using project = scratch()
    const nowhere = { XDG_CONFIG_HOME: project.path(".git", "config") }
    const run = await project.crewkit(["telemetry", "preview", "--json"], nowhere)
    assert.strictEqual(run.code, 0)
    const document: { readonly warnings: ReadonlyArray<string> } = JSON.parse(run.stdout)
    assert.match(document.warnings[0] ?? "", /so enabling will not count for where nobody can be asked$/)
    assert.strictEqual((await project.crewkit(["telemetry", "enable"], nowhere)).code, 1)
  })

  it("goes to no address of the environment but this machine's", async () => {
    using project = scratch()
    for (const [dsn, destination] of [
      ["https://key@elsewhere.example/1", null],
      ["http://key@127.0.0.1:9/1", "http://127.0.0.1:9"]
    ] as const) {
      const status = await project.crewkit(["telemetry", "status", "--json"], { CREWKIT_SENTRY_DSN: dsn })
      assert.deepInclude(documentOf(status).data, { destination })
    }
  })

  it("lists every field of the event in docs/telemetry.md", async () => {
    using project = scratch()
    const run = await project.crewkit(["telemetry", "preview", "--json"])
    const data: { readonly event: object } = JSON.parse(JSON.stringify(documentOf(run).data))
    const pathsOf = (value: unknown, path: string): ReadonlyArray<string> =>
      Array.isArray(value)
        ? [...new Set(value.flatMap((each) => pathsOf(each, `${path}[]`)))]
        : typeof value === "object" && value !== null
          ? Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, path === "" ? key : `${path}.${key}`))
          : [path]
    const page = fs.readFileSync(join(root, "docs", "telemetry.md"), "utf8")
    const documented = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1])
    assert.deepStrictEqual(
      pathsOf(data.event, "").filter((path) => !documented.includes(path)),
      []
    )
    assert.isAbove(documented.length, 15)
  })
})

describe("crewkit update", () => {
  it("names the newer version and the command, asks one host once, and sends no token", async () => {
    using project = scratch()
    await using registry = await startPackageRegistry("99.0.0")
    const run = await project.crewkit(["update"], {
      npm_config_registry: registry.url,
      CREWKIT_TOKEN: "a-token-of-mine"
    })
    assert.strictEqual(run.code, 0, run.stderr)
    assert.include(run.stdout, `crewkit 99.0.0 is out, this is ${version}\n  next: `)
    assert.include(run.stderr, `asking ${new URL(registry.url).host}`)
    assert.deepStrictEqual(
      registry.asked.map(({ url }) => url),
      ["/@crewkit%2fcli/latest"]
    )
    assert.notInclude(JSON.stringify(registry.asked), "a-token-of-mine")
    assert.notProperty(registry.asked[0]?.headers, "authorization")
  })

  it("exits 6 with --check where there is a newer one, 0 where there is none", async () => {
    using project = scratch()
    for (const [latest, code] of [
      ["99.0.0", 6],
      [version, 0],
      ["0.0.1", 0]
    ] as const) {
      await using registry = await startPackageRegistry(latest)
      const run = await project.crewkit(["update", "--check", "--json"], { npm_config_registry: registry.url })
      assert.strictEqual(run.code, code)
      const { data, error } = documentOf(run)
      assert.deepInclude(code === 6 ? error?.details : data, { current: version, latest, newer: code === 6 })
      assert.strictEqual(error?.code, code === 6 ? "UpdateAvailable" : undefined)
    }
  })

  it("answers where it cannot note the answer", async () => {
    using project = scratch()
    await using registry = await startPackageRegistry(version)
    for (const nowhere of [project.path(".git", "config"), "/proc/nowhere"]) {
      const env = { npm_config_registry: registry.url, XDG_CACHE_HOME: nowhere }
      assert.strictEqual((await project.crewkit(["update"], env)).code, 0)
    }
  })

  it("exits 5 where the registry cannot be reached, and 2 where it may not be asked", async () => {
    using project = scratch()
    assert.strictEqual((await project.crewkit(["update"], { npm_config_registry: "http://127.0.0.1:1" })).code, 5)
    const refused = await project.crewkit(["update"], { npm_config_registry: "http://npm.example" })
    assert.strictEqual(refused.code, 2)
    assert.match(refused.stderr, /npm_config_registry names is refused/)
  })

  it("tells how this copy was installed, through links too", async () => {
    using project = scratch()
    await using registry = await startPackageRegistry("99.0.0")
    const prefix = project.beside("prefix")
    const home = join(prefix, "lib", "node_modules", "@crewkit", "cli")
    fs.mkdirSync(home, { recursive: true })
    fs.cpSync(join(root, "dist"), join(home, "dist"), { recursive: true })
    fs.mkdirSync(join(prefix, "bin"))
    fs.symlinkSync("../lib/node_modules/@crewkit/cli/dist/launcher.cjs", join(prefix, "bin", "crewkit"))
    const ask = async () => {
      const args = [join(prefix, "bin", "crewkit"), "update", "--json"]
      const env = { ...project.env, npm_config_registry: registry.url }
      return documentOf(await runProgram(node, args, { cwd: project.project, env })).data
    }
    assert.deepInclude(await ask(), { installedBy: "npm", command: "npm install -g @crewkit/cli@latest" })
    fs.writeFileSync(join(prefix, "lib", "package.json"), `{"devDependencies":{"@crewkit/cli":"*"}}`)
    fs.writeFileSync(join(prefix, "lib", "pnpm-lock.yaml"), "")
    assert.deepInclude(await ask(), { installedBy: "project", command: "pnpm add -D @crewkit/cli@latest" })
  })
})

describe("crewkit feedback", () => {
  it("prints the address with the versions and nothing else of this machine, and opens nothing without a terminal", async () => {
    using project = scratch()
    const mark = project.beside("opened")
    project.write("browser", `#!/bin/sh\necho "$1" > '${mark}'\n`)
    fs.chmodSync(project.path("browser"), 0o755)
    const run = await project.crewkit(["feedback"], { BROWSER: project.path("browser") })
    assert.strictEqual(run.code, 0)
    const url = new URL(run.stdout.trim())
    assert.strictEqual(url.origin + url.pathname, "https://github.com/karibew/crewkit-cli/issues/new")
    assert.deepStrictEqual([...url.searchParams.keys()], ["body"])
    assert.include(url.searchParams.get("body"), `crewkit ${version}, Node v`)
    assert.notInclude(run.stdout, encodeURIComponent(project.project))
    const document = await project.crewkit(["feedback", "--json"], { BROWSER: project.path("browser") })
    assert.deepInclude(documentOf(document).data, { url: url.href, opened: false })
    assert.isFalse(fs.existsSync(mark))
  })
})

const { skip, suffix } = skipUnless([tmux])

describe.skipIf(skip)(`at a terminal${suffix}`, () => {
  it("feedback opens the address in the browser", async () => {
    using project = scratch()
    const mark = project.beside("opened")
    project.write("browser", `#!/bin/sh\necho "$1" > '${mark}.new' && mv '${mark}.new' '${mark}'\n`)
    fs.chmodSync(project.path("browser"), 0o755)
    const env = { ...project.env, BROWSER: project.path("browser") }
    await using screen = await openTerminal(
      "sh",
      ["-c", `'${node}' '${launcher}' feedback; while ! cat '${mark}'; do :; done`],
      {
        cwd: project.project,
        env
      }
    )
    assert.strictEqual(await screen.exit(), 0)
    const history = await screen.history()
    assert.include(history, "opened in the browser; nothing is sent until you submit the form")
    assert.match(fs.readFileSync(mark, "utf8"), /^https:\/\/github\.com\/karibew\/crewkit-cli\/issues\/new\?body=/)
  })

  it("looks for a newer version once a day where that was switched on, and says so in one line", async () => {
    using project = scratch()
    await using registry = await startPackageRegistry("99.0.0")
    const env: Record<string, string> = { ...project.env, npm_config_registry: registry.url }
    const config = join(env["XDG_CONFIG_HOME"] ?? "", "crewkit", "config.yml")
    const line = `crewkit 98.0.0 is out, this is ${version}: crewkit update`
    const noted = (asked: number) => {
      fs.mkdirSync(dirname(cacheFile(project)), { recursive: true })
      fs.writeFileSync(cacheFile(project), JSON.stringify({ asked, latest: "98.0.0" }))
    }
    const screenOf = async (args: ReadonlyArray<string>, more: Record<string, string> = {}) => {
      await using screen = await openTerminal(node, [launcher, ...args], {
        cwd: project.project,
        env: { ...env, ...more }
      })
      assert.strictEqual(await screen.exit(), 0)
      // Awaited here: the terminal is gone once this function is left.
      return await screen.history()
    }
    const status = ["telemetry", "status"]
    fs.mkdirSync(dirname(config), { recursive: true })

    // Not switched on: not a word, and nobody is asked.
    noted(0)
    assert.notInclude(await screenOf(status), line)
    for (const text of ["role: junior\n", "update:\n  check: never\n"]) {
      fs.writeFileSync(config, text)
      assert.notInclude(await screenOf(status), line)
    }
    assert.deepInclude(JSON.parse(fs.readFileSync(cacheFile(project), "utf8")), { asked: 0 })

    // Switched on: not where nobody reads it.
    fs.writeFileSync(config, "update:\n  check: daily\n")
    for (const [args, more] of [
      [["--json"], {}],
      [["--quiet"], {}],
      [[], { CI: "true" }]
    ] as const) {
      assert.notInclude(await screenOf([...status, ...args], more), line)
    }
    const piped = await project.crewkit(status, { npm_config_registry: registry.url })
    assert.strictEqual(piped.stderr, "")
    assert.deepInclude(JSON.parse(fs.readFileSync(cacheFile(project), "utf8")), { asked: 0 })
    assert.strictEqual(registry.asked.length, 0)

    // Within a day of the last look: what that one found, and no other look.
    const today = Date.now()
    noted(today)
    assert.include(await screenOf(status), line)
    assert.deepStrictEqual(JSON.parse(fs.readFileSync(cacheFile(project), "utf8")), { asked: today, latest: "98.0.0" })
    assert.strictEqual(registry.asked.length, 0)

    // A day later: a look beside the command, which nobody waits for.
    noted(today - 24 * 3600 * 1000)
    assert.include(await screenOf(status), line)
    await registry.served
    assert.strictEqual(registry.asked.length, 1)
    assert.deepInclude(JSON.parse(fs.readFileSync(cacheFile(project), "utf8")), { latest: "99.0.0" })
  })
})
