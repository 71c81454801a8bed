import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { join } from "node:path"
import { agentText, documentOf, examples, pictureOf, registryWith, scratch, type Scratch } from "../support/program.ts"

/** A project over a registry with two agents. */
const small = async (): Promise<Scratch> => {
  const project = scratch()
  registryWith(project.beside("registry"), {
    "agents/alpha.md": agentText("alpha"),
    "agents/beta.md": agentText("beta")
  })
  await project.crewkit(["init", "acme", "web", "--registry", "../registry"])
  return project
}

const backupsOf = (project: Scratch, name: string): ReadonlyArray<string> => {
  const folder = project.path(".claude", ".backups", name)
  return fs.existsSync(folder) ? fs.readdirSync(folder).map((file) => fs.readFileSync(join(folder, file), "utf8")) : []
}

describe("crewkit sync", () => {
  it("brings the example agents with their tiers and the lock", async () => {
    using project = scratch("someone@acme.example")
    await project.crewkit(["init", "acme", "web-shop", "--registry", examples])
    const run = await project.crewkit(["sync"])
    assert.strictEqual(run.code, 0, run.stderr)
    const text = project.read(".claude", "agents", "code-reviewer.md")
    assert.match(text, /^---\n# crewkit [0-9a-f]{12}: base \+ organization \+ project \+ role intermediate\n/)
    assert.match(text, /\nname: "code-reviewer"\n/)
    const lock = JSON.parse(project.read(".agent", "agents.lock"))
    assert.deepStrictEqual(lock.agents["code-reviewer"].tiers, ["base", "organization", "project"])
    assert.deepStrictEqual(Object.keys(lock.agents["code-reviewer"].sha256), ["intermediate"])
  })

  it("writes no file at all when there is nothing new", async () => {
    using project = await small()
    await project.crewkit(["sync"])
    const before = pictureOf(project.project)
    const run = await project.crewkit(["sync"])
    assert.strictEqual(run.code, 0)
    assert.match(run.stdout, /2 agents up to date/)
    assert.deepStrictEqual(pictureOf(project.project), before)
  })

  it("backs an edited agent up byte for byte before it replaces it, and names backup and undo", async () => {
    using project = await small()
    await project.crewkit(["sync"])
    const synced = project.read(".claude", "agents", "alpha.md")
    const edited = `${synced}\nmine \u00e9\r\n\u0000 tail without end`
    project.write(".claude/agents/alpha.md", edited)
    const run = await project.crewkit(["sync"])
    assert.strictEqual(run.code, 0)
    assert.strictEqual(project.read(".claude", "agents", "alpha.md"), synced)
    assert.deepStrictEqual(backupsOf(project, "alpha"), [edited])
    assert.match(
      run.stdout,
      /alpha {2}edited here, replaced\n\s+backup {2}\.claude\/\.backups\/alpha\/\d{4}-\d{2}-\d{2}T[\d-]+Z\.md\n/
    )
    const undo = /undo {4}crewkit (backups restore alpha \S+)/.exec(run.stdout)?.[1] ?? ""
    const restore = await project.crewkit(undo.split(" "))
    assert.strictEqual(restore.code, 0, restore.stderr)
    assert.strictEqual(project.read(".claude", "agents", "alpha.md"), edited)
    assert.strictEqual(backupsOf(project, "alpha").length, 2)
  })

  it("leaves an edited agent alone with --keep-local", async () => {
    using project = await small()
    await project.crewkit(["sync"])
    project.write(".claude/agents/alpha.md", "mine")
    const run = await project.crewkit(["sync", "--keep-local"])
    assert.strictEqual(run.code, 0)
    assert.strictEqual(project.read(".claude", "agents", "alpha.md"), "mine")
    assert.match(run.stdout, /alpha {2}edited here, kept/)
  })

  it("replaces with a backup what the registry changed, and both at once when both changed", async () => {
    using project = await small()
    await project.crewkit(["sync"])
    const first = project.read(".claude", "agents", "alpha.md")
    project.write(".claude/agents/beta.md", "my beta")
    registryWith(project.beside("registry"), {
      "agents/alpha.md": agentText("alpha", "Second."),
      "agents/beta.md": agentText("beta", "Second.")
    })
    const run = await project.crewkit(["sync"])
    assert.match(run.stdout, /alpha {2}updated, replaced/)
    assert.match(run.stdout, /beta {2}edited here, updated there, replaced/)
    assert.deepStrictEqual(backupsOf(project, "alpha"), [first])
    assert.deepStrictEqual(backupsOf(project, "beta"), ["my beta"])
    assert.match(project.read(".claude", "agents", "alpha.md"), /Second\./)
  })

  it("never touches a foreign file, nor prunes it", async () => {
    using project = await small()
    project.write(".claude/agents/mine.md", "my own")
    project.write(".claude/agents/Notes and more.md", "notes")
    await project.crewkit(["sync"])
    fs.rmSync(join(project.beside("registry"), "agents", "alpha.md"))
    const run = await project.crewkit(["sync", "--yes"])
    assert.strictEqual(run.code, 0)
    assert.strictEqual(project.read(".claude", "agents", "mine.md"), "my own")
    assert.strictEqual(project.read(".claude", "agents", "Notes and more.md"), "notes")
  })

  it("keeps a foreign file in an agent's place and exits 6; with --yes backs it up and replaces it", async () => {
    using project = await small()
    project.write(".claude/agents/alpha.md", "my own alpha")
    const kept = await project.crewkit(["sync"])
    assert.strictEqual(kept.code, 6)
    assert.strictEqual(project.read(".claude", "agents", "alpha.md"), "my own alpha")
    assert.match(project.read(".claude", "agents", "beta.md"), /You are beta/)
    assert.match(kept.stderr, /crewkit sync --yes/)
    const replaced = await project.crewkit(["sync", "--yes"])
    assert.strictEqual(replaced.code, 0)
    assert.deepStrictEqual(backupsOf(project, "alpha"), ["my own alpha"])
    assert.match(project.read(".claude", "agents", "alpha.md"), /You are alpha/)
  })

  it("removes with a backup what left the registry, and keeps it with --no-prune", async () => {
    using project = await small()
    await project.crewkit(["sync"])
    const text = project.read(".claude", "agents", "beta.md")
    fs.rmSync(join(project.beside("registry"), "agents", "beta.md"))
    const kept = await project.crewkit(["sync", "--no-prune"])
    assert.strictEqual(kept.code, 0)
    assert.strictEqual(project.read(".claude", "agents", "beta.md"), text)
    const run = await project.crewkit(["sync"])
    assert.strictEqual(run.code, 0)
    assert.isFalse(fs.existsSync(project.path(".claude", "agents", "beta.md")))
    assert.deepStrictEqual(backupsOf(project, "beta"), [text])
  })

  it("does not empty the project when the registry is empty, unless told", async () => {
    using project = await small()
    await project.crewkit(["sync"])
    for (const name of ["alpha.md", "beta.md"]) fs.rmSync(join(project.beside("registry"), "agents", name))
    const stopped = await project.crewkit(["sync"])
    assert.strictEqual(stopped.code, 6)
    assert.deepStrictEqual(fs.readdirSync(project.path(".claude", "agents")), ["alpha.md", "beta.md"])
    const told = await project.crewkit(["sync", "--yes"])
    assert.strictEqual(told.code, 0)
    assert.deepStrictEqual(fs.readdirSync(project.path(".claude", "agents")), [])
  })

  it("syncs the others when one entry is refused, says file, line and reason, and exits 1", async () => {
    using project = await small()
    await project.crewkit(["sync"])
    const before = project.read(".claude", "agents", "beta.md")
    registryWith(project.beside("registry"), {
      "agents/alpha.md": agentText("alpha", "Second."),
      "agents/beta.md": "---\nname: beta\ndescription: never closed\n",
      "agents/Bad Name.md": agentText("bad")
    })
    const run = await project.crewkit(["sync"])
    assert.strictEqual(run.code, 1)
    assert.match(run.stdout, /beta {2}refused, agents\/beta\.md:1: the frontmatter has no closing ---/)
    assert.match(run.stdout, /Bad Name\.md {2}refused, agents\/Bad Name\.md: a file name is lower-case/)
    assert.match(project.read(".claude", "agents", "alpha.md"), /Second\./)
    assert.strictEqual(project.read(".claude", "agents", "beta.md"), before)
  })

  it("changes nothing with --check and exits 6 on drift, 0 without", async () => {
    using project = await small()
    await project.crewkit(["sync"])
    assert.strictEqual((await project.crewkit(["sync", "--check"])).code, 0)
    project.write(".claude/agents/alpha.md", "mine")
    fs.rmSync(project.path(".claude", "agents", "beta.md"))
    const before = pictureOf(project.project)
    const run = await project.crewkit(["sync", "--check"])
    assert.strictEqual(run.code, 6)
    assert.match(run.stdout, /alpha {2}edited here/)
    assert.match(run.stdout, /beta {2}missing/)
    assert.deepStrictEqual(pictureOf(project.project), before)
  })

  it("shows the change as a diff with --dry-run and changes nothing, not even in a fresh project", async () => {
    using project = await small()
    const before = pictureOf(project.project)
    const run = await project.crewkit(["sync", "--dry-run"])
    assert.strictEqual(run.code, 0)
    assert.match(run.stdout, /\+\+\+ b\/\.claude\/agents\/alpha\.md/)
    assert.match(run.stdout, /\+You are alpha\./)
    assert.deepStrictEqual(pictureOf(project.project), before)
  })

  it("stops with --locked where the registry has moved on, and writes nothing", async () => {
    using project = await small()
    assert.strictEqual((await project.crewkit(["sync", "--locked"])).code, 6)
    await project.crewkit(["sync"])
    assert.strictEqual((await project.crewkit(["sync", "--locked"])).code, 0)
    registryWith(project.beside("registry"), {
      "agents/alpha.md": agentText("alpha", "Second."),
      "agents/gamma.md": agentText("gamma")
    })
    const before = pictureOf(project.project)
    const run = await project.crewkit(["sync", "--locked"])
    assert.strictEqual(run.code, 6)
    assert.match(run.stderr, /alpha: the lock names version/)
    assert.match(run.stderr, /gamma: not in the lock/)
    assert.deepStrictEqual(pictureOf(project.project), before)
  })

  it("restores what the lock names with --frozen, from an older lock too, without the registry", async () => {
    using project = await small()
    await project.crewkit(["sync"])
    const first = project.read(".claude", "agents", "alpha.md")
    const lock = project.read(".agent", "agents.lock")
    registryWith(project.beside("registry"), { "agents/alpha.md": agentText("alpha", "Second.") })
    await project.crewkit(["sync"])
    fs.rmSync(project.beside("registry"), { recursive: true })
    project.write(".agent/agents.lock", lock)
    const run = await project.crewkit(["sync", "--frozen"])
    assert.strictEqual(run.code, 0, run.stderr)
    assert.strictEqual(project.read(".claude", "agents", "alpha.md"), first)
    assert.strictEqual(project.read(".agent", "agents.lock"), lock)
  })

  it("stops with --frozen where a content is not there, and writes nothing", async () => {
    using project = await small()
    await project.crewkit(["sync"])
    fs.rmSync(project.path(".crewkit", "objects"), { recursive: true })
    fs.rmSync(project.path(".claude", "agents", "alpha.md"))
    const run = await project.crewkit(["sync", "--frozen"])
    assert.strictEqual(run.code, 6)
    assert.match(run.stderr, /alpha: its content is not in \.crewkit\/objects/)
    assert.isFalse(fs.existsSync(project.path(".claude", "agents", "alpha.md")))
  })

  it("goes by the last answer with --offline, and says that nobody asked", async () => {
    using project = await small()
    assert.strictEqual((await project.crewkit(["sync", "--offline"])).code, 5)
    await project.crewkit(["sync"])
    fs.rmSync(project.beside("registry"), { recursive: true })
    fs.rmSync(project.path(".claude", "agents", "alpha.md"))
    const run = await project.crewkit(["sync", "--offline"])
    assert.strictEqual(run.code, 0, run.stderr)
    assert.match(run.stdout, /nobody asked whether the registry has moved on/)
    assert.match(project.read(".claude", "agents", "alpha.md"), /You are alpha/)
  })

  it("does not turn the lock back with --offline", async () => {
    using project = await small()
    await project.crewkit(["sync"])
    const newer = project.read(".agent", "agents.lock").replaceAll('"version": "', '"version": "9.9.9+')
    project.write(".agent/agents.lock", newer)
    assert.strictEqual((await project.crewkit(["sync", "--offline"])).code, 0)
    assert.strictEqual(project.read(".agent", "agents.lock"), newer)
    assert.strictEqual((await project.crewkit(["sync"])).code, 0)
    assert.notInclude(project.read(".agent", "agents.lock"), "9.9.9+")
  })

  it("exits 5 where the registry is not there", async () => {
    using project = await small()
    fs.rmSync(project.beside("registry"), { recursive: true })
    const run = await project.crewkit(["sync"])
    assert.strictEqual(run.code, 5)
    assert.match(run.stderr, /could not read the registry \.\.\/registry: there is no such folder/)
  })

  it("puts a personal overlay between project and role, and keeps it out of the lock", async () => {
    using project = await small()
    await project.crewkit(["sync"])
    const lock = project.read(".agent", "agents.lock")
    project.write(".agent/local/alpha.md", "---\nmodel: haiku\n---\nMy own words.\n")
    const run = await project.crewkit(["sync"])
    assert.strictEqual(run.code, 0, run.stderr)
    assert.match(
      project.read(".claude", "agents", "alpha.md"),
      /base \+ personal \+ role intermediate\n[^]*model: haiku\n[^]*You are alpha\.\n\nMy own words\.\n$/
    )
    assert.strictEqual(project.read(".agent", "agents.lock"), lock)
  })

  it("keeps two syncs at once apart", async () => {
    using project = await small()
    const agents = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`agents/a${index}.md`, agentText(`a${index}`)])
    )
    registryWith(project.beside("registry"), agents)
    const runs = await Promise.all(Array.from({ length: 6 }, () => project.crewkit(["sync"])))
    assert.deepStrictEqual(
      runs.map((run) => run.code),
      [0, 0, 0, 0, 0, 0]
    )
    assert.strictEqual(fs.readdirSync(project.path(".claude", "agents")).length, 62)
    const written = runs.map((run) => / written\n/.test(run.stdout))
    assert.strictEqual(written.filter(Boolean).length, 1)
    assert.isFalse(fs.existsSync(project.path(".claude", ".backups")))
  })

  it("prints one document with --json, in success and in failure", async () => {
    using project = await small()
    const done = documentOf(await project.crewkit(["sync", "--json"]))
    assert.deepStrictEqual([done.ok, done.command], [true, "sync"])
    project.write(".claude/agents/alpha.md", "mine")
    const drift = documentOf(await project.crewkit(["sync", "--check", "--json"]))
    assert.deepStrictEqual([drift.ok, drift.error?.code], [false, "Incomplete"])
    const usage = documentOf(await project.crewkit(["sync", "--json", "--chekc"]))
    assert.deepStrictEqual([usage.ok, usage.error?.code], [false, "UsageError"])
  })
})
