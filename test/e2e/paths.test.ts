/** Nothing is followed out of the project: refused, non-zero, nothing written anywhere. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { agentText, pictureOf, registryWith, scratch, type Scratch } from "../support/program.ts"

const fresh = async (): Promise<Scratch> => {
  const project = scratch()
  registryWith(project.beside("registry"), {
    "agents/alpha.md": agentText("alpha"),
    "agents/beta.md": agentText("beta")
  })
  await project.crewkit(["init", "acme", "web", "--registry", "../registry"])
  fs.mkdirSync(project.beside("outside"))
  return project
}

const base = (project: Scratch): string => dirname(project.project)

/** How many files and folders there are, but for the compile cache. */
const everything = (project: Scratch): number =>
  fs.readdirSync(base(project), { recursive: true }).filter((path) => !String(path).includes(".cache")).length

/** A sync that must be refused and must leave everything, in and outside of the project, as it was. */
const refused = async (project: Scratch, reason: RegExp): Promise<void> => {
  const before = pictureOf(base(project))
  const folders = everything(project)
  const run = await project.crewkit(["sync", "--yes"])
  assert.strictEqual(run.code, 1, run.stdout)
  assert.match(run.stderr, reason)
  assert.match(run.stderr, /nothing was written/)
  assert.deepStrictEqual(pictureOf(base(project)), before)
  assert.strictEqual(everything(project), folders)
}

describe("links", () => {
  for (const [folder, parent] of [
    [".claude", "."],
    [".claude/agents", ".claude"],
    [".claude/.backups", ".claude"],
    [".crewkit", "."]
  ] as const) {
    it(`refuses ${folder} that is a link out of the project`, async () => {
      using project = await fresh()
      fs.mkdirSync(project.path(parent), { recursive: true })
      fs.symlinkSync(project.beside("outside"), project.path(folder))
      await refused(project, /refused to touch .*: it is a link out of the project/)
    })
  }

  it("refuses an agent's file that is a link", async () => {
    using project = await fresh()
    fs.mkdirSync(project.path(".claude", "agents"), { recursive: true })
    fs.writeFileSync(join(project.beside("outside"), "target"), "theirs")
    fs.symlinkSync(join(project.beside("outside"), "target"), project.path(".claude", "agents", "beta.md"))
    await refused(project, /beta\.md: it is a link/)
  })

  it("refuses a folder in an agent's place", async () => {
    using project = await fresh()
    fs.mkdirSync(project.path(".claude", "agents", "beta.md"), { recursive: true })
    await refused(project, /beta\.md: it is not a regular file/)
  })

  it("refuses a lock file that is a link", async () => {
    using project = await fresh()
    fs.writeFileSync(join(project.beside("outside"), "lock"), "")
    fs.symlinkSync(join(project.beside("outside"), "lock"), project.path(".agent", "agents.lock"))
    const run = await project.crewkit(["sync"])
    assert.notStrictEqual(run.code, 0)
    assert.strictEqual(fs.readFileSync(join(project.beside("outside"), "lock"), "utf8"), "")
  })

  it("takes .claude/agents that is a link to a folder within the project", async () => {
    using project = await fresh()
    fs.mkdirSync(project.path("tools", "agents"), { recursive: true })
    fs.mkdirSync(project.path(".claude"))
    fs.symlinkSync("../tools/agents", project.path(".claude", "agents"))
    const run = await project.crewkit(["sync"])
    assert.strictEqual(run.code, 0, run.stderr)
    assert.match(project.read("tools", "agents", "alpha.md"), /You are alpha/)
  })

  it("does not read a registry entry that is a link", async () => {
    using project = await fresh()
    fs.writeFileSync(join(project.beside("outside"), "secret.md"), agentText("secret"))
    fs.symlinkSync(join(project.beside("outside"), "secret.md"), join(project.beside("registry"), "agents", "gamma.md"))
    const run = await project.crewkit(["sync"])
    assert.strictEqual(run.code, 1)
    assert.match(run.stdout, /gamma {2}refused, agents\/gamma\.md: not a regular file/)
    assert.deepStrictEqual(fs.readdirSync(project.path(".claude", "agents")), ["alpha.md", "beta.md"])
  })
})

describe("a name in the frontmatter", () => {
  for (const [name, reason] of [
    ["../../evil", 'the name holds "/"'],
    ["a\\\\b", 'the name holds "\\"'],
    ["mcp:evil", 'the name holds ":"'],
    ["-rf", "the name starts with a hyphen"],
    ["zero\\u200bwidth", "the name holds the character U+200B"],
    ["bidi\\u202e", "the name holds the character U+202E"],
    ["bell\\u0007", "the name holds the character U+0007"]
  ] as const) {
    it(`that is "${name}" is refused`, async () => {
      using project = await fresh()
      registryWith(project.beside("registry"), {
        "agents/alpha.md": `---\nname: "${name}"\ndescription: x\n---\n\nbody\n`
      })
      const run = await project.crewkit(["sync"])
      assert.strictEqual(run.code, 1)
      assert.include(run.stdout, `alpha  refused, alpha.md: ${reason}`)
      assert.deepStrictEqual(fs.readdirSync(project.path(".claude", "agents")), ["beta.md"])
    })
  }

  it("beside a merge key is refused, because no role can see what it brings", async () => {
    using project = await fresh()
    registryWith(project.beside("registry"), {
      "agents/alpha.md": "---\nname: alpha\ndescription: x\n<<: { memory: project }\n---\n\nbody\n"
    })
    const run = await project.crewkit(["sync"])
    assert.strictEqual(run.code, 1)
    assert.include(run.stdout, 'alpha  refused, alpha.md: the key "<<" merges keys in where no role can see them')
  })

  it("with spaces and capitals stays as it is, and two alike are reported", async () => {
    using project = await fresh()
    const text = `---\nname: Backend Architect\ndescription: x\n---\n\nbody\n`
    registryWith(project.beside("registry"), { "agents/alpha.md": text, "agents/beta.md": text })
    const run = await project.crewkit(["sync"])
    assert.strictEqual(run.code, 0, run.stderr)
    assert.match(project.read(".claude", "agents", "alpha.md"), /\nname: "Backend Architect"\n/)
    assert.match(run.stderr, /beta\.md: has the same name as alpha \("Backend Architect"\)/)
  })
})
