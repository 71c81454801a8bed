/** Completion in the real fish: what `complete -C` says of a line, and keys at a terminal. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { fish, skipUnless, tmux } from "../support/needs.ts"
import { runProgram } from "../support/program.ts"
import { documented, olderTime, shells, time, typed } from "../support/shells.ts"

const { skip, suffix } = skipUnless([fish])
const interactive = skipUnless([fish, tmux])
const program = fish.path ?? "fish"

describe.skipIf(skip)(`completion in fish${suffix}`, () => {
  it("has names and what they are, for the words before the cursor", async () => {
    using project = await shells()
    const script = await project.script("fish", "crewkit.fish")
    const ask = async (line: string): Promise<ReadonlyArray<string>> => {
      const run = await runProgram(
        program,
        ["--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, line],
        {
          cwd: project.project,
          env: project.env
        }
      )
      assert.strictEqual(run.stderr, "")
      return run.stdout === "" ? [] : run.stdout.trimEnd().split("\n")
    }
    assert.deepStrictEqual(await ask("crewkit agents show "), [
      "code-reviewer\tHelps with code-reviewer",
      "only-locked",
      "test-writer\tHelps with test-writer"
    ])
    assert.deepStrictEqual(await ask('crewkit agents show "code'), ["code-reviewer\tHelps with code-reviewer"])
    assert.deepStrictEqual(await ask("crewkit backups restore code-reviewer "), [`${time}\tthe newest`, olderTime])
    assert.deepStrictEqual(await ask("crewkit backups restore 'code-reviewer' "), [`${time}\tthe newest`, olderTime])
    assert.deepStrictEqual(await ask("crewkit sessions show 3f"), ["3f2a91c4\t2026-10-11 14:30, code"])
    assert.deepStrictEqual(await ask("crewkit agents audit --fail-on=cri"), ["--fail-on=critical"])
    assert.deepStrictEqual(await ask("crewkit agents audit --sarif=my"), ["--sarif=my file.md"])
    assert.deepStrictEqual(await ask("crewkit agents audit my"), ["my file.md"])
    assert.deepStrictEqual(await ask("crewkit --cwd su"), ["sub dir/"])
    assert.deepStrictEqual(await ask("crewkit --cwd=su"), ["--cwd=sub dir/"])
    assert.deepStrictEqual(await ask("crewkit keys run -- my"), ["my file.md"])
    assert.deepStrictEqual(await ask("crewkit agents show my"), [])
    assert.isFalse(fs.existsSync(project.path("owned")))
  })
})

describe.skipIf(interactive.skip)(`completion at a terminal in fish${interactive.suffix}`, () => {
  it("puts whole words in the line", async () => {
    using project = await shells()
    const install = documented(
      "mkdir -p ~/.config/fish/completions && crewkit --completions fish > ~/.config/fish/completions/crewkit.fish"
    )
    const run = await runProgram(program, ["--no-config", "-c", install], { cwd: project.project, env: project.env })
    assert.deepStrictEqual([run.code, run.stderr], [0, ""])
    const words = "function words; printf '<%s>' $argv; echo; end"
    const prompt = "function fish_prompt; echo -n '> '; end"
    project.write("../home/.config/fish/config.fish", `set -g fish_greeting\n${prompt}\n${words}\n`)
    await using shell = await typed(program, ["-i"], project)
    const { completed } = shell
    assert.strictEqual(await completed("crewkit agents show code"), "<crewkit><agents><show><code-reviewer>")
    assert.strictEqual(await completed('crewkit agents show "code'), "<crewkit><agents><show><code-reviewer>")
    assert.strictEqual(
      await completed("crewkit agents audit --sarif=my"),
      "<crewkit><agents><audit><--sarif=my file.md>"
    )
    await shell.listed("crewkit agents show ", /code-reviewer +\(Helps with code-reviewer\)/)
  })
})
