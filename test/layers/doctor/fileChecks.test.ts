/** Files as they should be and as they are found; and that mending them loses nothing. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { agents, files, mendFiles } from "../../../src/layers/doctor/fileChecks.ts"
import { mendIgnores, repository } from "../../../src/layers/doctor/gitCheck.ts"
import { hooks } from "../../../src/layers/doctor/hooksCheck.ts"
import { environment } from "../../fakes/environment.ts"
import { Scratch } from "../../fakes/Scratch.ts"

const posix = process.platform !== "win32"

/** A scratch folder with a home of its own; `project` is below it. */
const inScratch = <A, E>(work: Effect.Effect<A, E, Scratch>) =>
  Effect.gen(function* () {
    const scratch = yield* Scratch
    fs.mkdirSync(scratch.path("project"))
    yield* environment({
      HOME: scratch.path("home"),
      XDG_CONFIG_HOME: scratch.path("config"),
      XDG_DATA_HOME: scratch.path("data"),
      CLAUDE_CONFIG_DIR: scratch.path("claude"),
      CLAUDE_CODE_MANAGED_SETTINGS_PATH: scratch.path("managed")
    })
    return yield* work
  }).pipe(Effect.scoped, Effect.provide(Scratch.layer))

const modeOf = (path: string): string => (fs.statSync(path).mode & 0o777).toString(8)

describe("the folder of agents", () => {
  it.effect("outside of a project is not looked at", () =>
    Effect.map(agents(undefined), ({ status }) => assert.strictEqual(status, "skip"))
  )

  it.effect("is missing: a warning that --fix mends", () =>
    inScratch(
      Effect.gen(function* () {
        const root = (yield* Scratch).path("project")
        assert.deepInclude(yield* agents(root), { status: "warn", fixable: true, next: "crewkit sync" })
        assert.deepStrictEqual(yield* mendFiles(root), ["made the folder .claude/agents"])
        assert.strictEqual((yield* agents(root)).status, "pass")
        assert.deepStrictEqual(yield* mendFiles(root), [])
      })
    )
  )

  it.effect("counts its files", () =>
    inScratch(
      Effect.gen(function* () {
        const scratch = yield* Scratch
        scratch.write("project/.claude/agents/a.md", "")
        assert.deepInclude(yield* agents(scratch.path("project")), { status: "pass", text: "1 file in .claude/agents" })
      })
    )
  )

  it.effect("that leads out of the project fails, and --fix writes nothing through it", () =>
    inScratch(
      Effect.gen(function* () {
        const scratch = yield* Scratch
        const root = scratch.path("project")
        fs.mkdirSync(scratch.path("outside"))
        scratch.link(scratch.path("outside"), "project/.claude")
        const verdict = yield* agents(root)
        assert.strictEqual(verdict.status, "fail")
        assert.include(verdict.text, "link out of the project")
        assert.deepStrictEqual(yield* mendFiles(root), [])
        assert.deepStrictEqual(scratch.list("outside"), [])
      })
    )
  )

  it.effect("with a link out of the project in it is a warning that names it", () =>
    inScratch(
      Effect.gen(function* () {
        const scratch = yield* Scratch
        scratch.write("outside.md", "")
        scratch.link(scratch.path("outside.md"), "project/.claude/agents/a.md")
        scratch.write("project/b.md", "")
        scratch.link("../../b.md", "project/.claude/agents/b.md")
        const verdict = yield* agents(scratch.path("project"))
        assert.strictEqual(verdict.status, "warn")
        assert.match(verdict.text, /^1 link in .*: a\.md$/)
      })
    )
  )

  it.effect.skipIf(!posix)("that everybody may write to is a warning", () =>
    inScratch(
      Effect.gen(function* () {
        const scratch = yield* Scratch
        const root = scratch.path("project")
        yield* mendFiles(root)
        fs.chmodSync(scratch.path("project/.claude/agents"), 0o777)
        assert.include((yield* agents(root)).text, "everybody on this machine may write")
      })
    )
  )
})

describe.skipIf(!posix)("private files", () => {
  it.effect("pass while they are private", () =>
    inScratch(
      Effect.gen(function* () {
        const scratch = yield* Scratch
        fs.mkdirSync(scratch.path("project/.crewkit"), { mode: 0o700 })
        fs.writeFileSync(scratch.path("project/.crewkit/state.json"), "{}", { mode: 0o600 })
        assert.strictEqual((yield* files(scratch.path("project"))).status, "pass")
      })
    )
  )

  it.effect("that others may read are a warning in a project, a failure for keys, and --fix closes them", () =>
    inScratch(
      Effect.gen(function* () {
        const scratch = yield* Scratch
        const root = scratch.path("project")
        scratch.write("project/.crewkit/sessions/a.jsonl", "a log")
        scratch.write("elsewhere.txt", "not ours")
        scratch.link(scratch.path("elsewhere.txt"), "project/.crewkit/link")
        fs.chmodSync(scratch.path("elsewhere.txt"), 0o644)
        assert.deepInclude(yield* files(root), { status: "warn", fixable: true })
        scratch.write("data/crewkit/vault/crewkit.vault", "sealed")
        assert.strictEqual((yield* files(root)).status, "fail")
        const done = (yield* mendFiles(root)).filter((text) => text.startsWith("took the rights"))
        assert.strictEqual(done.length, 5)
        assert.strictEqual((yield* files(root)).status, "pass")
        assert.strictEqual(modeOf(scratch.path("project/.crewkit")), "700")
        assert.strictEqual(modeOf(scratch.path("project/.crewkit/sessions/a.jsonl")), "600")
        assert.strictEqual(modeOf(scratch.path("elsewhere.txt")), "644")
        assert.strictEqual(scratch.read("data/crewkit/vault/crewkit.vault"), "sealed")
      })
    )
  )

  it.effect("half-written by a killed run are removed by --fix; those of a live one stay", () =>
    inScratch(
      Effect.gen(function* () {
        const scratch = yield* Scratch
        const root = scratch.path("project")
        const name = (pid: number) => `.crewkit-${pid}-00000000-0000-4000-8000-000000000000.tmp`
        yield* mendFiles(root)
        // Above the largest pid that Linux gives out.
        scratch.write(`project/.claude/agents/${name(99_999_999)}`, "half")
        scratch.write(`project/.claude/agents/${name(process.pid)}`, "half")
        assert.include((yield* files(root)).text, "1 half-written file of runs that were killed")
        yield* mendFiles(root)
        assert.deepStrictEqual(scratch.list("project/.claude/agents"), [name(process.pid)])
      })
    )
  )
})

describe("git", () => {
  const git = (folder: string, ...args: ReadonlyArray<string>) =>
    execFileSync("git", args, { cwd: folder, stdio: "ignore", env: { PATH: process.env["PATH"] ?? "", HOME: folder } })

  it.live("is not asked outside of a repository", () =>
    inScratch(
      Effect.gen(function* () {
        assert.strictEqual((yield* repository((yield* Scratch).path("project"))).status, "skip")
        assert.strictEqual((yield* repository(undefined)).status, "skip")
      })
    )
  )

  it.live("lacks ignore lines: a warning; --fix adds them and keeps what is there", () =>
    inScratch(
      Effect.gen(function* () {
        const scratch = yield* Scratch
        const root = scratch.path("project")
        git(root, "init", "--quiet")
        scratch.write("project/.gitignore", "dist/\n.crewkit/")
        assert.deepInclude(yield* repository(root), {
          status: "warn",
          text: "git does not ignore .agent/local/, .claude/.backups/",
          fixable: true
        })
        assert.deepStrictEqual(yield* mendIgnores(root), ["added to .gitignore: .agent/local/, .claude/.backups/"])
        assert.match(scratch.read("project/.gitignore"), /^dist\/\n\.crewkit\/\n/)
        assert.strictEqual((yield* repository(root)).status, "pass")
        assert.deepStrictEqual(yield* mendIgnores(root), [])
      })
    )
  )

  it.live("tracks what is this machine's alone: a failure that --fix leaves to the person", () =>
    inScratch(
      Effect.gen(function* () {
        const scratch = yield* Scratch
        const root = scratch.path("project")
        git(root, "init", "--quiet")
        scratch.write("project/.crewkit/state.json", "{}")
        git(root, "add", "--force", ".crewkit")
        yield* mendIgnores(root)
        const verdict = yield* repository(root)
        assert.deepInclude(verdict, { status: "fail", next: "git rm -r --cached .crewkit/" })
        assert.include(verdict.text, ".crewkit/state.json")
      })
    )
  )
})

describe("Claude Code's hooks", () => {
  it.live("are looked for in every settings file, the strongest first", () =>
    inScratch(
      Effect.gen(function* () {
        const scratch = yield* Scratch
        const root = scratch.path("project")
        assert.strictEqual((yield* hooks(root)).status, "pass")
        scratch.write("claude/settings.json", '{"disableAllHooks":true}')
        assert.include((yield* hooks(root)).text, scratch.path("claude", "settings.json"))
        scratch.write("project/.claude/settings.json", '{"disableAllHooks":false}')
        assert.strictEqual((yield* hooks(root)).status, "pass")
        assert.strictEqual((yield* hooks(undefined)).status, "warn")
        scratch.write("project/.claude/settings.local.json", '{"disableAllHooks":true}')
        assert.include((yield* hooks(root)).text, "in .claude/settings.local.json")
        scratch.write("managed/managed-settings.json", '{"disableAllHooks":true}')
        scratch.write("managed/managed-settings.d/10.json", '{"disableAllHooks":false,"allowManagedHooksOnly":true}')
        const managed = yield* hooks(root)
        assert.include(managed.text, "allowManagedHooksOnly")
        assert.include(managed.next ?? "", "organization")
      })
    )
  )
})
