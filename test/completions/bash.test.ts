/** Completion in the real bash: its own variables first, then keys at a terminal. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { bash, skipUnless, tmux } from "../support/needs.ts"
import { runProgram } from "../support/program.ts"
import { documented, olderTime, shells, time, typed } from "../support/shells.ts"

const { skip, suffix } = skipUnless([bash])
const interactive = skipUnless([bash, tmux])
const program = bash.path ?? "bash"

describe.skipIf(skip)(`completion in bash${suffix}`, () => {
  it("registers itself", async () => {
    using project = await shells()
    const script = await project.script("bash", "crewkit.bash")
    const run = await runProgram(program, ["--norc", "-c", `set -eu; source "$0"; complete -p crewkit`, script], {
      cwd: project.project,
      env: project.env
    })
    assert.strictEqual(run.stderr, "")
    assert.strictEqual(run.stdout, "complete -o default -o nosort -F _crewkit crewkit\n")
  })

  it("answers with names alone, of local state, in their order", async () => {
    using project = await shells()
    const script = await project.script("bash", "crewkit.bash")
    const ask = async (line: string): Promise<ReadonlyArray<string>> => {
      const driver = `source "$0"; COMP_LINE=$1 COMP_POINT=\${#1}; _crewkit crewkit "\${1##* }" x; printf '%s\\n' "\${COMPREPLY[@]}"`
      const run = await runProgram(program, ["--norc", "-c", driver, script, line], {
        cwd: project.project,
        env: project.env
      })
      return run.stdout.trimEnd().split("\n")
    }
    assert.deepStrictEqual(await ask("crewkit agents show "), ["code-reviewer", "only-locked", "test-writer"])
    assert.deepStrictEqual(await ask("crewkit backups restore code-reviewer 2026"), [time, olderTime])
    assert.deepStrictEqual(await ask("crewkit sessions show "), ["last", "3f2a91c4", "a0b1c2d3"])
    assert.deepStrictEqual(await ask("crewkit keys remove o"), ["openai-api-key"])
    assert.deepStrictEqual(await ask("crewkit nothing "), [""])
  })

  it("is silent where there is no crewkit", async () => {
    using project = await shells()
    const script = await project.script("bash", "crewkit.bash")
    const driver = `source "$0"; COMP_LINE='crewkit ' COMP_POINT=8; _crewkit crewkit '' crewkit; echo "$? \${#COMPREPLY[@]}"`
    const run = await runProgram(program, ["--norc", "-c", driver, script], {
      cwd: project.project,
      env: { PATH: "/nowhere" }
    })
    assert.deepStrictEqual([run.stdout, run.stderr], ["0 0\n", ""])
  })
})

describe.skipIf(interactive.skip)(`completion at a terminal in bash${interactive.suffix}`, () => {
  it("puts whole words in the line, whatever stands around them", async () => {
    using project = await shells()
    const install = documented('eval "$(crewkit --completions bash)"')
    const start = project.beside("bashrc")
    fs.writeFileSync(start, `PS1='> '\nwords() { printf '<%s>' "$@"; echo; }\n${install}\n`)
    await using shell = await typed(program, ["--noprofile", "--rcfile", start, "-i"], project)
    const { completed } = shell
    assert.strictEqual(await completed("crewkit agents show code"), "<crewkit><agents><show><code-reviewer>")
    // Quoted from the start, in the middle, by a backslash.
    assert.strictEqual(await completed('crewkit agents show "code'), "<crewkit><agents><show><code-reviewer>")
    assert.strictEqual(await completed("crewkit agents show 'code"), "<crewkit><agents><show><code-reviewer>")
    assert.strictEqual(await completed('crewkit agents show co"de-'), "<crewkit><agents><show><code-reviewer>")
    assert.strictEqual(await completed("crewkit agents show code\\-r"), "<crewkit><agents><show><code-reviewer>")
    // bash breaks words at the sign.
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
    assert.strictEqual(await completed("crewkit --cwd sub"), "<crewkit><--cwd><sub dir/>")
    assert.strictEqual(await completed("crewkit code -- my"), "<crewkit><code><--><my file.md>")
    // A file where an agent belongs is not offered.
    assert.strictEqual(await completed("crewkit agents show my"), "<crewkit><agents><show><my>")
    assert.isFalse(fs.existsSync(project.path("owned")))
    await shell.listed("crewkit agents ", /list +show +explain +diff +audit/, 2)
  })
})
