/** What agents can do, as the commands tell it. */
import { assert, describe, it } from "@effect/vitest"
import { skipUnless, tmux } from "../support/needs.ts"
import { agentText, launcher, node, registryWith, scratch } from "../support/program.ts"
import { openTerminal } from "../support/terminal.ts"

const project = async () => {
  const made = scratch("junior@acme.example")
  const agents = (tools: string) => ({
    "agents/reviewer.md": agentText("reviewer", "Review.", tools),
    "agents/other.md": agentText("other", "Other.", "tools: Read\n"),
    "orgs/acme/org.yml":
      "default_role: intermediate\nmembers:\n  - { email: junior@acme.example, role: junior }\n  - { email: s@acme.example, role: senior }\n"
  })
  const serve = (tools: string) => registryWith(made.beside("registry"), agents(tools))
  serve("tools: Read\n")
  await made.crewkit(["init", "acme", "web", "--registry", "../registry"])
  return { made, serve }
}

const terminal = skipUnless([tmux])

describe("capabilities", () => {
  it.skipIf(terminal.skip)(`stand in a table below the text at a terminal${terminal.suffix}`, async () => {
    const { made, serve } = await project()
    using crew = made
    serve("tools: Read, Bash(git diff:*)\n")
    const seen = async (...more: ReadonlyArray<string>) => {
      const args = [launcher, "agents", "show", "reviewer", ...more]
      await using screen = await openTerminal(node, args, { cwd: crew.project, env: crew.env, rows: 60 })
      assert.strictEqual(await screen.exit(), 0)
      return screen.history()
    }
    const shown = await seen()
    assert.match(shown, /Review\.\n+Claude Code loads it as reviewer/)
    assert.match(shown, /^ {2}reads files {14}yes {5}Read$/m)
    assert.match(shown, /^ {2}runs commands {12}no {6}taken away by the role junior$/m)
    assert.notMatch(await seen("--quiet"), /runs commands/)
  })

  it("are in the document, and nothing but the text is in a pipe", async () => {
    const { made, serve } = await project()
    using crew = made
    serve("tools: Read, Bash(git diff:*)\n")
    await crew.crewkit(["sync"])
    const shown = await crew.crewkit(["agents", "show", "reviewer"])
    assert.strictEqual(shown.stdout, crew.read(".claude", "agents", "reviewer.md"))
    assert.strictEqual(shown.stderr, "")
    const { data } = JSON.parse((await crew.crewkit(["agents", "show", "reviewer", "--json"])).stdout)
    assert.deepInclude(data, { loads: true, role: "junior" })
    assert.deepStrictEqual(data.tools, {
      everything: false,
      granted: [{ tool: "Read" }],
      removed: [],
      dropped: [],
      refused: false
    })
    assert.deepInclude(data.capabilities, { capability: "reads files", reach: "yes", by: "Read" })
    assert.deepInclude(data.roleTakesAway, {
      capability: "runs commands",
      before: "yes",
      after: "no",
      by: "Bash(git diff:*), its scope ignored"
    })
  })

  it("that change come first, in a diff and in a dry run", async () => {
    const { made, serve } = await project()
    using crew = made
    await crew.crewkit(["sync"])
    serve("tools: Read, WebFetch\n")
    for (const args of [
      ["agents", "diff"],
      ["sync", "--dry-run"]
    ]) {
      const run = await crew.crewkit(args)
      assert.match(
        run.stdout,
        /^ {2}reviewer gains: reaches the network \(WebFetch\)\n[^]*^ {2}\+tools: Read, WebFetch$/m,
        run.stderr
      )
      const { data } = JSON.parse((await crew.crewkit([...args, "--json"])).stdout)
      const gain = { capability: "reaches the network", before: "no", after: "yes", by: "WebFetch" }
      assert.deepStrictEqual(data.items[0].capabilities, { gains: [gain], losses: [], narrowings: [] })
    }
    await crew.crewkit(["sync"])
    assert.notMatch((await crew.crewkit(["sync", "--dry-run"])).stdout, /gains/)
  })
})
