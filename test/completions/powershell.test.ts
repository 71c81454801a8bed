/** Completion in the real PowerShell, by the function that its own Tab calls. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { powershell, skipUnless } from "../support/needs.ts"
import { runProgram } from "../support/program.ts"
import { documented, olderTime, shells, time } from "../support/shells.ts"

const { skip, suffix } = skipUnless([powershell])

describe.skipIf(skip)(`completion in PowerShell${suffix}`, () => {
  it("has names and what they are, for the words before the cursor", async () => {
    using project = await shells()
    const install = documented("crewkit --completions powershell | Out-String | Invoke-Expression")
    const driver = project.beside("driver.ps1")
    fs.writeFileSync(
      driver,
      [
        "param($line)",
        install,
        "foreach ($match in (TabExpansion2 $line $line.Length).CompletionMatches) {",
        '  "$($match.CompletionText)|$($match.ToolTip)"',
        "}"
      ].join("\n")
    )
    const ask = async (line: string): Promise<ReadonlyArray<string>> => {
      const run = await runProgram(
        powershell.path ?? "pwsh",
        ["-NoProfile", "-NonInteractive", "-File", driver, line],
        { cwd: project.project, env: project.env }
      )
      assert.strictEqual(run.stderr, "")
      return run.stdout === "" ? [] : run.stdout.trimEnd().split(/\r?\n/)
    }
    assert.deepStrictEqual(await ask("crewkit agents show "), [
      "code-reviewer|Helps with code-reviewer",
      "only-locked|only-locked",
      "test-writer|Helps with test-writer"
    ])
    assert.deepStrictEqual(await ask("crewkit agents show 'code"), ["'code-reviewer'|Helps with code-reviewer"])
    assert.deepStrictEqual(await ask("crewkit backups restore code-reviewer "), [
      `${time}|the newest`,
      `${olderTime}|${olderTime}`
    ])
    assert.deepStrictEqual(await ask("crewkit agents audit --fail-on=cri"), ["--fail-on=critical|--fail-on=critical"])
    assert.include(await ask("crewkit sync --dry"), "--dry-run|Change nothing; show what would change as a diff")
    assert.deepStrictEqual(await ask("crewkit agents show my"), ["my|my"])
    assert.isFalse(fs.existsSync(project.path("owned")))
  })
})
