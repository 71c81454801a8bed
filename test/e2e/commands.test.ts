import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import {
  agentText,
  documentOf,
  examples,
  launcher,
  node,
  registryWith,
  runProgram,
  scratch,
  type Scratch
} from "../support/program.ts"

const withExamples = async (email?: string): Promise<Scratch> => {
  const project = scratch(email)
  await project.crewkit(["init", "acme", "web-shop", "--registry", examples])
  return project
}

const git = (project: Scratch, ...args: ReadonlyArray<string>) =>
  execFileSync("git", args, { cwd: project.project, env: project.env })

describe("the program itself", () => {
  it("tells its version, platform and Node", async () => {
    using project = scratch()
    const run = await project.crewkit(["--version"])
    assert.match(
      run.stdout,
      new RegExp(`^@crewkit/cli/\\d+\\.\\d+\\.\\d+ ${process.platform}-${process.arch} node-v\\d+\\.\\d+\\.\\d+\\n$`)
    )
  })

  const paths = [
    [],
    ["init"],
    ["sync"],
    ["code"],
    ["agents"],
    ["agents", "show"],
    ["agents", "audit"],
    ["backups"],
    ["backups", "restore"],
    ["backups", "diff"],
    ["backups", "prune"],
    ["config", "get"],
    ["config", "set"],
    ["sessions"],
    ["sessions", "list"],
    ["sessions", "show"],
    ["sessions", "verify"],
    ["sessions", "report"],
    ["sessions", "export"],
    ["sessions", "prune"],
    ["sessions", "anchor"],
    ["keys"],
    ["keys", "set"],
    ["keys", "list"],
    ["keys", "rotate"],
    ["keys", "remove"],
    ["keys", "run"],
    ["config"],
    ["config", "validate"],
    ["doctor"],
    ["registry"],
    ["registry", "serve"],
    ["registry", "user"],
    ["registry", "user", "add"],
    ["telemetry"],
    ["telemetry", "status"],
    ["telemetry", "enable"],
    ["telemetry", "disable"],
    ["telemetry", "preview"],
    ["update"],
    ["feedback"]
  ]
  for (const path of paths) {
    it(`has help with an example for crewkit ${path.join(" ")}, the same from the launcher and from the program`, async () => {
      using project = scratch()
      const quick = await project.crewkit([...path, "--help"])
      // A flag before --help sends the call past the launcher's texts.
      const full = await project.crewkit([...path, "--quiet", "--help"])
      assert.strictEqual(quick.code, 0)
      assert.match(quick.stdout, /EXAMPLES\n/)
      assert.strictEqual(full.stdout, quick.stdout)
      assert.strictEqual((await project.crewkit(["help", ...path])).stdout, quick.stdout)
      assert.deepStrictEqual(fs.readdirSync(project.project), [".git"])
    })
  }

  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    it(`prints completions for ${shell}, the same from the launcher and from the program`, async () => {
      using project = scratch()
      const quick = await project.crewkit(["--completions", shell])
      const full = await project.crewkit(["--quiet", "--completions", shell])
      assert.strictEqual(quick.code, 0)
      assert.include(quick.stdout, `crewkit __complete ${shell}`)
      assert.strictEqual(full.stdout, quick.stdout)
    })
  }

  it("exits 2 on a wrong call, on standard error, with the way to the right one", async () => {
    using project = scratch()
    const run = await project.crewkit(["sinc"])
    assert.strictEqual(run.code, 2)
    assert.strictEqual(run.stdout, "")
    assert.match(run.stderr, /sync/)
    assert.match(run.stderr, /try: crewkit --help/)
  })

  it("exits 2 without a configuration and says what to type", async () => {
    using project = scratch()
    for (const args of [[], ["sync"], ["agents", "list"], ["config", "show"]]) {
      const run = await project.crewkit(args)
      assert.strictEqual(run.code, 2)
      assert.match(run.stderr, /there is no \.agent\/config\.yml in .*\n {2}try: crewkit init\n/)
    }
  })

  it("finds the project from a folder below it, and with --cwd", async () => {
    using project = await withExamples()
    fs.mkdirSync(project.path("deep", "er"), { recursive: true })
    const below = await runProgram(node, [launcher, "sync"], {
      cwd: project.path("deep", "er"),
      env: project.env
    })
    assert.strictEqual(below.code, 0, below.stderr)
    const elsewhere = await runProgram(node, [launcher, "sync", "--cwd", project.project], {
      cwd: "/",
      env: project.env
    })
    assert.match(elsewhere.stdout, /12 agents up to date/)
  })

  it("keeps its compiled code in the cache folder alone, drops that of builds long gone, and needs none of it", async () => {
    using project = await withExamples()
    const cache = `${project.env["XDG_CACHE_HOME"] ?? ""}/crewkit/code`
    fs.mkdirSync(`${cache}/old-build/sync`, { recursive: true })
    fs.utimesSync(`${cache}/old-build`, 1000, 1000)
    await project.crewkit(["sync"])
    const [build, ...others] = fs.readdirSync(cache)
    assert.deepStrictEqual(others, [])
    assert.include(fs.readdirSync(`${cache}/${build}/sync`), "main.cjs.bin")
    fs.writeFileSync(`${cache}/${build}/sync/main.cjs.bin`, "torn")
    assert.strictEqual((await project.crewkit(["sync"])).code, 0)
    for (const nowhere of [project.path(".git", "config"), "/proc/nowhere"]) {
      const run = await project.crewkit(["sync"], { XDG_CACHE_HOME: nowhere })
      assert.deepStrictEqual([run.code, run.stderr], [0, ""])
    }
  })

  it("survives a reader that goes away", async () => {
    using project = await withExamples()
    const run = await runProgram(
      "bash",
      ["-c", `set -o pipefail; "$1" "$2" agents show code-reviewer | head -n 1`, "_", node, launcher],
      {
        cwd: project.project,
        env: project.env
      }
    )
    assert.strictEqual(run.stdout, "---\n")
    assert.strictEqual(run.stderr, "")
  })

  it("prints plain ASCII without escapes with --plain", async () => {
    using project = await withExamples()
    const run = await project.crewkit(["sync", "--plain"])
    assert.match(run.stdout, /^[\n\x20-\x7e]+$/)
    const again = await project.crewkit(["sync", "--plain"])
    assert.match(again.stdout, /^ok 12 agents up to date/)
  })

  it("prints nothing but errors with --quiet", async () => {
    using project = await withExamples()
    const run = await project.crewkit(["sync", "--quiet"])
    assert.deepStrictEqual([run.code, run.stdout, run.stderr], [0, "", ""])
  })
})

describe("crewkit init", () => {
  for (const [remote, org, name] of [
    ["git@host.example:Acme_Inc/Web.Shop.git", "acme-inc", "web-shop"],
    ["https://host.example/acme/shop", "acme", "shop"],
    ["ssh://git@host.example:2222/group/sub/shop.git/", "sub", "shop"]
  ] as const) {
    it(`proposes organization and project from ${remote}`, async () => {
      using project = scratch()
      git(project, "remote", "add", "origin", remote)
      const run = await project.crewkit(["init", "--json"])
      assert.strictEqual(run.code, 0, run.stderr)
      const { data } = documentOf(run)
      assert.deepInclude(data, { org, project: name })
      assert.include(project.read(".agent", "config.yml"), `org: ${org}\nproject: ${name}\n`)
    })
  }

  it("asks nobody without a terminal, and says what is missing", async () => {
    using project = scratch()
    const run = await project.crewkit(["init"])
    assert.strictEqual(run.code, 2)
    assert.match(run.stderr, /there is no git remote to take the organization from\n {2}try: crewkit init ORG PROJECT/)
    assert.isFalse(fs.existsSync(project.path(".agent")))
  })

  it("overwrites only with --force, and adds the ignore lines once", async () => {
    using project = scratch()
    project.write(".gitignore", "dist/\n.crewkit/\n")
    assert.strictEqual((await project.crewkit(["init", "acme", "one"])).code, 0)
    const again = await project.crewkit(["init", "acme", "two"])
    assert.strictEqual(again.code, 1)
    assert.match(again.stderr, /crewkit init --force/)
    assert.include(project.read(".agent", "config.yml"), "project: one")
    assert.strictEqual((await project.crewkit(["init", "acme", "two", "--force"])).code, 0)
    assert.include(project.read(".agent", "config.yml"), "project: two")
    const ignored = project.read(".gitignore").split("\n")
    for (const line of [".crewkit/", ".agent/local/", ".claude/.backups/"]) {
      assert.strictEqual(ignored.filter((each) => each === line).length, 1)
    }
    git(project, "check-ignore", ".crewkit/state.json", ".agent/local/a.md", ".claude/.backups/a/b.md")
  })
})

describe("crewkit config", () => {
  it("shows each value and where it comes from", async () => {
    using project = await withExamples()
    const { data } = documentOf(await project.crewkit(["config", "show", "--json"], { CREWKIT_REGISTRY: "/elsewhere" }))
    assert.deepInclude(data, {
      registry: { value: "/elsewhere", origin: "environment" },
      org: { value: "acme", origin: "project" },
      prune: { value: true, origin: "default" }
    })
  })

  for (const [text, place, problem] of [
    ["org: acme\nproject: web\nregstry: x\n", "3:1", "unknown key regstry"],
    ["org: acme\nproject: web\nsync:\n  purne: true\n", "4:3", "unknown key sync.purne"],
    ["org: acme\nproject: web\nsync:\n  prune: sometimes\n", "4:10", "sync.prune"],
    ["org: Acme Inc\nproject: web\n", "1:6", "org"],
    ["org: acme\n", "1:1", "project"],
    ["org: acme\nproject: [web\n", "3:1", "not YAML"],
    ["org: acme\norg: other\nproject: web\n", "2:1", "the key org stands twice"]
  ] as const) {
    it(`names line and column: ${problem}`, async () => {
      using project = scratch()
      project.write(".agent/config.yml", text)
      const run = await project.crewkit(["config", "validate"])
      assert.strictEqual(run.code, 2)
      assert.include(run.stderr, `config.yml:${place}: `)
      assert.include(run.stderr, problem)
    })
  }

  it("proposes the nearest known key", async () => {
    using project = scratch()
    project.write(".agent/config.yml", "org: acme\nprojekt: web\n")
    assert.match((await project.crewkit(["config", "validate"])).stderr, /try: did you mean project\?/)
  })

  it("refuses a value like a secret and never prints it", async () => {
    const secret = `ghp_${"a1B2c3D4e5".repeat(4)}`
    for (const text of [
      `org: acme\nproject: web\nregistry: "${secret}"\n`,
      `org: acme\nproject: web\ntoken: ${secret}\n`
    ]) {
      using project = scratch()
      project.write(".agent/config.yml", text)
      for (const args of [
        ["config", "validate"],
        ["config", "show", "--json"],
        ["sync", "--debug"]
      ]) {
        const run = await project.crewkit(args)
        assert.strictEqual(run.code, 2)
        assert.include(run.stderr + run.stdout, "a GitHub token")
        assert.notInclude(run.stderr + run.stdout, secret)
      }
    }
  })

  it("refuses a registry over plain http that is not loopback", async () => {
    using project = scratch()
    project.write(".agent/config.yml", "org: acme\nproject: web\nregistry: http://registry.example\n")
    assert.strictEqual((await project.crewkit(["sync"])).code, 2)
  })

  it("says that a server cannot be reached, and exits 5; where there is no keychain the choices are explained", async () => {
    using project = scratch()
    project.write(".agent/config.yml", "org: acme\nproject: web\n")
    const nobody = { CREWKIT_REGISTRY: "http://127.0.0.1:1", CREWKIT_TOKEN: "a-token-of-mine" }
    const run = await project.crewkit(["sync"], nobody)
    assert.strictEqual(run.code, 5)
    assert.match(run.stderr, /127\.0\.0\.1:1 cannot be reached \(nothing listens there\)/)
    assert.notInclude(run.stderr, nobody.CREWKIT_TOKEN)
    const without = await project.crewkit(["sync", "--registry", "http://127.0.0.1:1"], {
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere"
    })
    assert.strictEqual(without.code, 1)
    assert.match(without.stderr, /CREWKIT_TOKEN_STORE=vault/)
  })
})

describe("crewkit agents", () => {
  it("lists, shows, explains and compares", async () => {
    using project = await withExamples()
    await project.crewkit(["sync"])
    project.write(".claude/agents/debugger.md", "mine")
    const { data } = documentOf(await project.crewkit(["agents", "list", "--json"]))
    const listed = JSON.parse(JSON.stringify(data)).agents
    assert.strictEqual(listed.length, 12)
    assert.deepInclude(listed[2], {
      name: "code-reviewer",
      tiers: ["base", "organization", "project"],
      status: "unchanged"
    })
    assert.deepInclude(listed[3], { name: "debugger", status: "edited" })

    const shown = await project.crewkit(["agents", "show", "code-reviewer"])
    assert.strictEqual(shown.stdout, project.read(".claude", "agents", "code-reviewer.md"))

    const explained = await project.crewkit(["agents", "explain", "code-reviewer"])
    assert.match(explained.stdout, /^organization {2}model: sonnet$/m)
    assert.match(explained.stdout, /^project {7}color: purple$/m)
    assert.match(explained.stdout, /^role {10}You are working with/m)

    const diff = await project.crewkit(["agents", "diff", "debugger"])
    assert.match(diff.stdout, /^ {2}-mine$/m)
    assert.match((await project.crewkit(["agents", "diff", "code-reviewer"])).stdout, /no difference/)
  })

  it("proposes the nearest name for one it does not know", async () => {
    using project = await withExamples()
    const run = await project.crewkit(["agents", "show", "code-reviewr"])
    assert.strictEqual(run.code, 1)
    assert.match(run.stderr, /there is no agent code-reviewr; did you mean code-reviewer\?/)
  })

  it("gives each member the role of org.yml, a lower one on demand, never a higher one", async () => {
    const org = fs.readFileSync(`${examples}/orgs/acme/org.yml`, "utf8")
    const junior = /email: (\S+)\n\s+role: junior/.exec(org)?.[1] ?? ""
    const senior = /email: (\S+)\n\s+role: senior/.exec(org)?.[1] ?? ""
    using low = await withExamples(junior)
    using high = await withExamples(senior)
    assert.match((await low.crewkit(["sync"])).stdout, /role junior/)
    assert.match((await high.crewkit(["sync"])).stdout, /role senior/)
    assert.match((await high.crewkit(["sync", "--role", "junior"])).stdout, /role junior/)
    const raised = await low.crewkit(["sync", "--role", "senior"])
    assert.strictEqual(raised.code, 3)
    assert.match(raised.stderr, /a role may be lowered, not raised/)
    assert.strictEqual((await low.crewkit(["sync", "--role", "captain"])).code, 2)
  })
})

describe("crewkit backups", () => {
  it("lists, shows and restores, and says so where there are none", async () => {
    using project = await withExamples()
    await project.crewkit(["sync"])
    assert.strictEqual((await project.crewkit(["backups", "list"])).stdout, "no backups\n")
    const missing = await project.crewkit(["backups", "restore", "debugger"])
    assert.strictEqual(missing.code, 1)
    assert.match(missing.stderr, /there is no backup of debugger/)
    project.write(".claude/agents/debugger.md", "first\n")
    await project.crewkit(["sync"])
    project.write(".claude/agents/debugger.md", "second\n")
    await project.crewkit(["sync"])
    const { data } = documentOf(await project.crewkit(["backups", "list", "debugger", "--json"]))
    const times = JSON.parse(JSON.stringify(data)).backups.map((backup: { time: string }) => backup.time)
    assert.strictEqual(times.length, 2)
    assert.isTrue(times[0] > times[1])
    assert.strictEqual((await project.crewkit(["backups", "show", "debugger"])).stdout, "second\n")
    assert.strictEqual((await project.crewkit(["backups", "show", "debugger", times[1]])).stdout, "first\n")
    const restored = await project.crewkit(["backups", "restore", "debugger", times[1]])
    assert.strictEqual(restored.code, 0)
    assert.strictEqual(project.read(".claude", "agents", "debugger.md"), "first\n")
    const diff = await project.crewkit(["backups", "diff", "debugger", times[0]])
    assert.match(
      diff.stdout,
      /^--- \.claude\/\.backups\/debugger\/.*\n\+\+\+ .*debugger\.md\n@@ .* @@\n-second\n\+first\n$/
    )
    const guess = await project.crewkit(["backups", "show", "debuger"])
    assert.deepStrictEqual([guess.code, guess.stdout], [1, ""])
    assert.match(guess.stderr, /there is no backup of debuger; did you mean debugger\?/)
    const prune = ["backups", "prune", "--keep", "1"]
    const asked = await project.crewkit([...prune, "--json"])
    assert.strictEqual(asked.code, 2)
    assert.match(documentOf(asked).error?.message ?? "", /nobody can be asked whether to delete 2 backups of 1 agent/)
    assert.match(
      (await project.crewkit([...prune, "--dry-run"])).stdout,
      /2 backups of 1 agent \(.*\) would be deleted/
    )
    const pruned = documentOf(await project.crewkit([...prune, "--yes", "--json"]))
    assert.deepInclude(pruned, { ok: true, command: "backups prune" })
    assert.notInclude((await project.crewkit(["backups", "list"])).stdout, times[0])
    assert.strictEqual(fs.readdirSync(project.path(".claude", ".backups", "debugger")).length, 1)
  })
})

describe("crewkit config", () => {
  it("gets bare values, sets them where they stand, and leaves the rest of the file alone", async () => {
    using project = scratch()
    project.write(".agent/config.yml", "# ours\norg: acme   # the company\nproject: web\n")
    assert.strictEqual((await project.crewkit(["config", "get", "org"])).stdout, "acme\n")
    const unset = await project.crewkit(["config", "get", "sync.prune"])
    assert.deepStrictEqual([unset.code, unset.stdout], [1, ""])
    assert.strictEqual((await project.crewkit(["config", "set", "sync.prune", "false"])).code, 0)
    assert.strictEqual(
      project.read(".agent", "config.yml"),
      "# ours\norg: acme   # the company\nproject: web\nsync:\n  prune: false\n"
    )
    const { data } = documentOf(await project.crewkit(["config", "get", "sync.prune", "--json"]))
    assert.deepStrictEqual(data, { key: "sync.prune", value: false, origin: "project" })
    const wrong = await project.crewkit(["config", "set", "sessions.capture", "all", "--json"])
    assert.strictEqual(wrong.code, 2)
    assert.match(
      documentOf(wrong).error?.message ?? "",
      /^\.agent\/config\.yml would not be valid: sessions\.capture: /
    )
    const guess = await project.crewkit(["config", "set", "sync.purne", "true"])
    assert.match(guess.stderr, /there is no setting sync\.purne; did you mean sync\.prune\?/)
    assert.strictEqual((await project.crewkit(["config", "set", "role", "junior"])).code, 0)
    assert.strictEqual((await project.crewkit(["config", "get", "role"])).stdout, "junior\n")
    await project.crewkit(["config", "set", "sync.prune", "--unset"])
    assert.strictEqual(project.read(".agent", "config.yml"), "# ours\norg: acme   # the company\nproject: web\n")
  })
})

describe("text from a registry", () => {
  it("never draws on the terminal", async () => {
    using project = scratch()
    registryWith(project.beside("registry"), {
      "agents/alpha.md": agentText(
        "alpha",
        "\u001b]0;owned\u0007\u001b[2Jhidden\u202e\u200b \u009b31m",
        'evil: "\\e[31mred"\n'
      )
    })
    await project.crewkit(["init", "acme", "web", "--registry", "../registry"])
    for (const args of [["sync", "--dry-run"], ["sync"], ["agents", "show", "alpha"], ["agents", "explain", "alpha"]]) {
      const run = await project.crewkit(args)
      assert.notMatch((run.stdout + run.stderr).replaceAll("\n", ""), /\p{Cc}|\u200b|\u202e/u)
    }
  })
})
