/** Roles as the real Claude Code enforces them: which tools a sub-agent is offered, and what it is refused. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { effectiveTools, probeMcpTool } from "../support/claude.ts"
import { claude, skipUnless } from "../support/needs.ts"
import { agentText, registryWith, scratch, type Scratch } from "../support/program.ts"

/** Each agent reaches for more than reading in a way of its own. */
const escapes: Record<string, string> = {
  "inherits-all": "",
  wildcard: 'tools: "*"\n',
  "wildcard-list": 'tools: ["*"]\n',
  "writes-by-tool": "tools: Read, Write, Edit, NotebookEdit\n",
  "runs-commands": "tools: Read, Bash, Bash(git *)\n",
  nests: "tools: Read, Agent, Task\n",
  remembers: "tools: Read\nmemory: project\n",
  "own-server": "tools: Read, mcp__probe__write_file\nmcpServers:\n  - probe\n",
  hooked:
    'tools: Read\nhooks:\n  PreToolUse:\n    - matcher: "*"\n      hooks:\n        - type: command\n          command: touch hooked.txt\n',
  bypasses: "permissionMode: bypassPermissions\n"
}

const members = `default_role: intermediate
members:
  - { email: junior@acme.example, role: junior }
  - { email: senior@acme.example, role: senior }
`

const projectOf = async (email: string): Promise<Scratch> => {
  const project = scratch(email)
  const agents = Object.entries(escapes).map(([name, more]) => [`agents/${name}.md`, agentText(name, "Do it.", more)])
  registryWith(project.beside("registry"), { ...Object.fromEntries(agents), "orgs/acme/org.yml": members })
  await project.crewkit(["init", "acme", "web", "--registry", "../registry"])
  // What a role does is the question here; the audit would stop an agent that skips permission checks.
  const run = await project.crewkit(["sync", "--no-audit"])
  assert.strictEqual(run.code, 0, run.stderr)
  return project
}

const needs = skipUnless([claude])
const forbidden = ["Write", "Edit", "NotebookEdit", "Bash", "Agent", "Task", probeMcpTool]

describe("the junior's coaching mode", () => {
  for (const name of Object.keys(escapes)) {
    it.skipIf(needs.skip)(`leaves "${name}" nothing to change or run with${needs.suffix}`, async () => {
      using project = await projectOf("junior@acme.example")
      const target = project.path("written.txt")
      const seen = await effectiveTools(project.project, name, claude.path ?? "", {
        mcp: true,
        trusted: true,
        permissionMode: "acceptEdits",
        call: { name: "Write", input: { file_path: target, content: "escaped" } }
      })
      assert.isAbove(seen.tools.length, 0)
      assert.deepStrictEqual(
        seen.tools.filter((tool) => forbidden.includes(tool) || tool.startsWith("mcp__")),
        []
      )
      assert.isTrue(seen.toolResult?.isError)
      assert.isFalse(fs.existsSync(target))
      assert.isFalse(fs.existsSync(project.path("hooked.txt")))
      assert.match(seen.system, /You are coaching/)
    })
  }
})

describe("the senior's autonomous mode", () => {
  it.skipIf(needs.skip)(`leaves an agent all its tools, and they work${needs.suffix}`, async () => {
    using project = await projectOf("senior@acme.example")
    const target = project.path("written.txt")
    const seen = await effectiveTools(project.project, "inherits-all", claude.path ?? "", {
      mcp: true,
      permissionMode: "acceptEdits",
      call: { name: "Write", input: { file_path: target, content: "allowed" } }
    })
    for (const tool of ["Write", "Edit", "Bash", probeMcpTool]) assert.include(seen.tools, tool)
    assert.strictEqual(fs.readFileSync(target, "utf8"), "allowed")
  })
})
