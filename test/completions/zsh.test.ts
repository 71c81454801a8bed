/** Completion in the real zsh, with keys at a terminal: read in after compinit, and as a file of fpath. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { join } from "node:path"
import { skipUnless, tmux, zsh } from "../support/needs.ts"
import { runProgram } from "../support/program.ts"
import { documented, type Shells, shells, typed } from "../support/shells.ts"

const { skip, suffix } = skipUnless([zsh, tmux])
const program = zsh.path ?? "zsh"

const start = (project: Shells, how: string) => {
  const folder = project.beside("zsh")
  fs.mkdirSync(folder)
  const words = `words() { printf '<%s>' "$@"; echo }`
  fs.writeFileSync(
    join(folder, ".zshrc"),
    `PS1='> '\nunsetopt PROMPT_SP BEEP LIST_AMBIGUOUS\nbindkey -e\n${words}\n${how}\n`
  )
  return typed(program, ["-d", "-i"], project, { ZDOTDIR: folder })
}

describe.skipIf(skip)(`completion at a terminal in zsh${suffix}`, () => {
  it("puts whole words in the line, whatever stands around them", async () => {
    using project = await shells()
    const install = documented("source <(crewkit --completions zsh)")
    await using shell = await start(project, `autoload -Uz compinit; compinit -u -D\n${install}`)
    const { completed } = shell
    assert.strictEqual(await completed("crewkit agents show code"), "<crewkit><agents><show><code-reviewer>")
    assert.strictEqual(await completed('crewkit agents show "code'), "<crewkit><agents><show><code-reviewer>")
    assert.strictEqual(await completed("crewkit agents show 'code"), "<crewkit><agents><show><code-reviewer>")
    assert.strictEqual(await completed("crewkit agents show code\\-r"), "<crewkit><agents><show><code-reviewer>")
    assert.strictEqual(
      await completed("crewkit keys set stripe-key --env=d"),
      "<crewkit><keys><set><stripe-key><--env=dev>"
    )
    assert.strictEqual(
      await completed("crewkit agents audit --fail-on=cri"),
      "<crewkit><agents><audit><--fail-on=critical>"
    )
    assert.strictEqual(
      await completed("crewkit agents audit --sarif=my"),
      "<crewkit><agents><audit><--sarif=my file.md>"
    )
    assert.strictEqual(await completed("crewkit agents audit my"), "<crewkit><agents><audit><my file.md>")
    assert.strictEqual(await completed("crewkit --cwd sub"), "<crewkit><--cwd><sub dir>")
    assert.strictEqual(await completed("crewkit code -- my"), "<crewkit><code><--><my file.md>")
    assert.strictEqual(await completed("crewkit agents show my"), "<crewkit><agents><show><my>")
    // Words in front of the cursor are without their quotes.
    assert.strictEqual(
      await completed("crewkit --cwd '..' agents show code"),
      "<crewkit><--cwd><..><agents><show><code>"
    )
    assert.isFalse(fs.existsSync(project.path("owned")))
  })

  it("shows what each candidate is, from a file of fpath", async () => {
    using project = await shells()
    const install = documented("mkdir -p ~/.zfunc && crewkit --completions zsh > ~/.zfunc/_crewkit")
    const run = await runProgram(program, ["-f", "-c", install], { cwd: project.project, env: project.env })
    assert.strictEqual(run.code, 0)
    const path = documented("fpath=(~/.zfunc $fpath)")
    await using shell = await start(project, `${path}\nautoload -Uz compinit; compinit -u -D`)
    await shell.listed("crewkit agents show ", /code-reviewer +-- Helps with code-reviewer/)
    // Newest first.
    await shell.listed("crewkit backups show code-reviewer ", /2026-10-11T14[^]*the newest[^]*2026-10-11T09/)
    const screen = await shell.listed("crewkit keys remove --env prod ", /stripe-key +-- prod/)
    assert.match(screen, /openai-api-key +-- dev, prod/)
    await shell.listed("crewkit sync --", /--dry-run +-- Change nothing; show what would change as a diff/)
  })
})
