/** What is not named is picked from a list, in a real terminal. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { skipUnless, tmux } from "../support/needs.ts"
import { agentText, launcher, node, pictureOf, registryWith, scratch, type Scratch } from "../support/program.ts"
import { openTerminal } from "../support/terminal.ts"

const { skip, suffix } = skipUnless([tmux])

/** Two agents; of the second two backups. */
const withBackups = async (): Promise<Scratch> => {
  const project = scratch()
  registryWith(project.beside("registry"), {
    "agents/alpha.md": agentText("alpha"),
    "agents/code-reviewer-with-a-long-name.md": agentText("code-reviewer-with-a-long-name")
  })
  await project.crewkit(["init", "acme", "web", "--registry", "../registry"])
  await project.crewkit(["sync"])
  for (const text of ["first\n", "second\n"]) {
    project.write(".claude/agents/alpha.md", text)
    await project.crewkit(["sync"])
  }
  return project
}

const at = (project: Scratch, columns: number, ...args: ReadonlyArray<string>) =>
  openTerminal(node, [launcher, ...args], { cwd: project.project, env: project.env, columns, rows: 20 })

describe.skipIf(skip)(`a list to pick from${suffix}`, () => {
  it("shows what there is, is narrowed by typing, and Enter takes it", async () => {
    using project = await withBackups()
    await using terminal = await at(project, 80, "agents", "explain")
    assert.match(await terminal.shows("Which agent?"), /❯ alpha +base\n {2}code-reviewer-with-a-long-name +base/)
    await terminal.type("rev")
    await terminal.shows("❯ code-reviewer-with-a-long-name")
    await terminal.press("Enter")
    await terminal.shows("You are code-reviewer-with-a-long-name.")
    assert.strictEqual(await terminal.exit(), 0)
  })

  it("fits 40 columns, and is ASCII with --plain", async () => {
    using project = await withBackups()
    await using terminal = await at(project, 40, "agents", "show", "--plain")
    await terminal.shows("Which agent?")
    await terminal.press("Down")
    const screen = await terminal.shows("> code-reviewer-with-a-long-name")
    assert.notMatch(screen, /[^\x20-\x7e\n]/)
    assert.strictEqual(screen.trimEnd().split("\n").length, 3)
    await terminal.press("Enter")
    assert.strictEqual(await terminal.exit(), 0)
  })

  for (const key of ["Escape", "C-c", "C-d"]) {
    it(`is left with ${key}: exit code 130, and nothing done`, async () => {
      using project = await withBackups()
      const before = pictureOf(project.project)
      await using terminal = await at(project, 80, "backups", "restore")
      await terminal.shows("❯ alpha")
      await terminal.press("Enter")
      await terminal.shows("Which backup?")
      await terminal.press(key)
      assert.strictEqual(await terminal.exit(), 130)
      assert.deepStrictEqual(pictureOf(project.project), before)
    })
  }

  it("asks for the backup too, and what it replaces is shown before a restore", async () => {
    using project = await withBackups()
    await using terminal = await at(project, 80, "backups", "restore")
    await terminal.shows("❯ alpha")
    await terminal.press("Enter")
    await terminal.shows("Which backup?")
    await terminal.press("Down", "Enter")
    const screen = await terminal.shows("It is backed up first. [y/N]")
    assert.include(screen, "+first")
    await terminal.press("y", "Enter")
    assert.strictEqual(await terminal.exit(), 0)
    assert.strictEqual(project.read(".claude", "agents", "alpha.md"), "first\n")
    assert.strictEqual(fs.readdirSync(project.path(".claude", ".backups", "alpha")).length, 3)
  })

  it("has the recorded sessions", async () => {
    using project = await withBackups()
    await using terminal = await at(project, 80, "sessions", "show")
    const screen = await terminal.shows("Which session?")
    assert.match(screen, /❯ [0-9a-f]{8} {2}\d{4}-\d\d-\d\d \d\d:\d\dZ {2}sync {2}\d changes?, success/)
    await terminal.press("Enter")
    assert.strictEqual(await terminal.exit(), 0)
  })

  for (const flag of ["--no-input", "--json"]) {
    it(`is not there with ${flag}: the argument is missing`, async () => {
      using project = await withBackups()
      await using terminal = await at(project, 80, "backups", "show", flag)
      assert.strictEqual(await terminal.exit(), 2)
      assert.include(await terminal.screen(), "Missing required argument: agent")
    })
  }
})
