/** What the built program answers a shell from the disk of a project. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { pictureOf } from "../support/program.ts"
import { canary, olderSession, olderTime, session, shells, time } from "../support/shells.ts"

const names = (lines: ReadonlyArray<string>): ReadonlyArray<string> => lines.map((line) => line.replace(/\t.*/, ""))

const request = (...words: ReadonlyArray<string>): string => Buffer.from(words.join("\0")).toString("base64")

describe("candidates from local state", () => {
  it("has agents of the folder, of the lock and of the person, by name", async () => {
    using project = await shells()
    for (const command of ["show", "explain", "diff"]) {
      assert.deepStrictEqual(
        names(await project.answer("fish", "agents", command, "")),
        ["code-reviewer", "only-locked", "test-writer"],
        command
      )
    }
    assert.deepStrictEqual(names(await project.answer("fish", "sessions", "list", "--agent=")), [
      "--agent=code-reviewer",
      "--agent=only-locked",
      "--agent=test-writer"
    ])
    // One agent is all that the command takes.
    assert.deepStrictEqual(await project.answer("fish", "agents", "show", "code-reviewer", ""), [])
  })

  it("has agents with backups, and their times, newest first", async () => {
    using project = await shells()
    assert.deepStrictEqual(await project.answer("fish", "backups", "restore", ""), [
      `code-reviewer\t2 backups, newest ${time}`
    ])
    assert.deepStrictEqual(await project.answer("fish", "backups", "show", "code-reviewer", ""), [
      `${time}\tthe newest`,
      olderTime
    ])
    assert.deepStrictEqual(await project.answer("fish", "backups", "show", "../..", ""), [])
  })

  it("has sessions, newest first, by the beginning of their ids", async () => {
    using project = await shells()
    assert.deepStrictEqual(await project.answer("fish", "sessions", "show", ""), [
      "last\tthe newest session",
      "3f2a91c4\t2026-10-11 14:30, code",
      "a0b1c2d3\t2026-10-11 09:00, sync"
    ])
    assert.deepStrictEqual(names(await project.answer("fish", "sessions", "verify", "3f2a91c4-0")), [
      "last",
      session,
      olderSession
    ])
    // Two that begin alike are told apart.
    const twin = `${session.slice(0, 8)}-1111-4000-8000-00000000000c`
    project.write(`.crewkit/sessions/${twin}.0001.jsonl`, "")
    assert.deepStrictEqual(names(await project.answer("fish", "sessions", "show", "")), [
      "last",
      session,
      "a0b1c2d3",
      twin
    ])
  })

  it("has keys and environments, and nothing else of the list of keys", async () => {
    using project = await shells()
    assert.deepStrictEqual(await project.answer("fish", "keys", "rotate", ""), [
      "openai-api-key\tdev, prod",
      "stripe-key\tprod"
    ])
    assert.deepStrictEqual(names(await project.answer("fish", "keys", "remove", "--env", "dev", "")), [
      "openai-api-key"
    ])
    assert.deepStrictEqual(await project.answer("fish", "keys", "rotate", "stripe-key", "--env", ""), ["prod"])
    assert.deepStrictEqual(await project.answer("fish", "keys", "set", "stripe-key", "--env", ""), ["dev"])
    assert.deepStrictEqual(await project.answer("fish", "keys", "set", "another", "--env", ""), ["dev", "prod"])
    // A key that is there is no new one.
    assert.deepStrictEqual(names(await project.answer("fish", "keys", "set", "")), ["stripe-key"])
    assert.deepStrictEqual(names(await project.answer("fish", "keys", "run", "--only", "stripe-key,")), [
      "stripe-key,openai-api-key"
    ])
  })

  it("has roles of the program, of the registry's folder and of the lock", async () => {
    using project = await shells()
    const roles = ["junior", "intermediate", "senior", "release-manager", "lead-dev"]
    assert.deepStrictEqual(await project.answer("fish", "--role", ""), roles)
    assert.deepStrictEqual(
      await project.answer("fish", "registry", "user", "add", "--root", "../registry", "--org", ""),
      ["acme"]
    )
  })

  it("looks where --cwd says, and nowhere outside of a project", async () => {
    using project = await shells()
    const outside = project.beside("outside")
    fs.mkdirSync(outside)
    assert.deepStrictEqual(await project.answer("fish", "--cwd", outside, "agents", "show", ""), [])
    for (const folder of [
      "sub dir",
      `${project.project}/sub dir`,
      "~/../project with spaces",
      "$HOME/../project with spaces"
    ]) {
      const found = await project.answer("fish", `--cwd=${folder}`, "agents", "show", "")
      assert.strictEqual(found.length, 3, folder)
    }
    const line = `crewkit --cwd "${project.project}" agents show co`
    assert.deepStrictEqual(await project.answer("bash", line, "co"), ["code-reviewer"])
    // The shell would look for files in its own folder.
    assert.deepStrictEqual(await project.answer("fish", "--cwd", outside, "agents", "audit", ""), [])
    assert.deepStrictEqual(await project.answer("fish", "--cwd", ".", "agents", "audit", ""), [":files"])
    assert.deepStrictEqual(await project.answer("fish", "--cwd", outside, "agents", "audit", "/"), [":files"])
  })

  it("leaves words after -- to the shell", async () => {
    using project = await shells()
    for (const words of [
      ["code", "--", "--mod"],
      ["keys", "run", "--", "npm", ""],
      ["agents", "show", "--", "co"]
    ]) {
      assert.deepStrictEqual(await project.answer("zsh", ...words), [":files"], words.join(" "))
    }
  })

  it("offers a flag once, and one that can be repeated again", async () => {
    using project = await shells()
    const flags = names(await project.answer("fish", "agents", "audit", "--fix", "-q", "--rule", "mute-agent", "--"))
    assert.notInclude(flags, "--fix")
    assert.notInclude(flags, "--quiet")
    assert.include(flags, "--rule")
    assert.include(flags, "--json")
    const off = await project.answer("fish", "sync", "--")
    assert.include(off, "--no-prune\tThe opposite of --prune")
  })

  it("says the same to every shell, in its own form", async () => {
    using project = await shells()
    project.write(".claude/agents/code-reviewer.md", "---\nname: code-reviewer\ndescription: Prüft: alles\\n\n---\n")
    const asked = ["agents", "show", "code"]
    assert.deepStrictEqual(await project.answer("bash", `crewkit ${asked.join(" ")}`, "code"), ["code-reviewer"])
    assert.include(await project.answer("zsh", ...asked), "code-reviewer:Prüft: alles\\n")
    assert.include(await project.answer("fish", ...asked), "code-reviewer\tPrüft: alles\\n")
    assert.deepStrictEqual(await project.answer("powershell", request(...asked)), [
      "code-reviewer\tPr\\u00fcft: alles\\\\n"
    ])
    assert.deepStrictEqual(names(await project.answer("powershell", "")).slice(0, 3), ["init", "sync", "code"])
  })

  it("prints no secret, no control character and no name that a shell would obey", async () => {
    using project = await shells()
    project.write(
      ".claude/agents/test-writer.md",
      `---\nname: test-writer\ndescription: "\u001b[31mred\u202e\u0007 ${"long ".repeat(40)}"\n---\n`
    )
    const lists = [
      ["agents", "show", ""],
      ["backups", "show", ""],
      ["sessions", "show", ""],
      ["keys", "rotate", ""],
      ["keys", "run", "--only", ""],
      ["--role", ""]
    ]
    for (const words of lists) {
      for (const shell of ["zsh", "fish"]) {
        const text = (await project.answer(shell, ...words)).join("\n")
        assert.notInclude(text, canary)
        assert.match(text, /^[a-z0-9,-]+(?:[\t:][\n\t\u0020-\u007e\u2026]*)?$/m)
        // oxlint-disable-next-line no-control-regex -- what is not to be there
        assert.notMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
        assert.notMatch(text, /touch|owned|`|;b|Upper|spaces|\.\.\/up/)
        for (const line of text.split("\n")) assert.isBelow(line.length, 130)
      }
    }
  })

  it("follows no link out of the project", async () => {
    using project = await shells()
    const elsewhere = project.beside("elsewhere")
    fs.renameSync(project.path(".claude"), elsewhere)
    fs.symlinkSync(elsewhere, project.path(".claude"))
    fs.rmSync(project.path(".agent", "agents.lock"))
    fs.rmSync(project.path(".agent", "local"), { recursive: true })
    assert.deepStrictEqual(await project.answer("fish", "agents", "show", ""), [])
    assert.deepStrictEqual(await project.answer("fish", "backups", "show", ""), [])
    assert.deepStrictEqual(await project.answer("fish", "backups", "show", "code-reviewer", ""), [])
  })

  it("has nothing to say where something is broken, and never fails", async () => {
    using project = await shells()
    project.write(".agent/agents.lock", "<<<<<<< HEAD")
    project.write(".crewkit/sessions/ledger.jsonl", "{half a rec")
    project.write("../home/.local/share/crewkit/keys.json", `{"keys": [null, 7, {"name": 3}]}`)
    assert.deepStrictEqual(names(await project.answer("fish", "agents", "show", "")), ["code-reviewer", "test-writer"])
    assert.deepStrictEqual(names(await project.answer("fish", "sessions", "show", "")).length, 3)
    assert.deepStrictEqual(await project.answer("fish", "keys", "rotate", ""), [])
    for (const words of [
      [],
      ["csh", ""],
      ["bash"],
      ["powershell", "%%%"],
      ["zsh", "nothing", "of", "ours", ""],
      ["fish", "--env=", "--=", "-"]
    ]) {
      const run = await project.crewkit(["__complete", ...words])
      assert.strictEqual(run.code, 0, words.join(" "))
      assert.strictEqual(run.stderr, "")
    }
  })

  it("writes nothing", async () => {
    using project = await shells()
    const before = pictureOf(project.beside("home"))
    await project.answer("fish", "agents", "show", "")
    await project.script("bash", "crewkit.bash")
    assert.deepStrictEqual(pictureOf(project.beside("home")), before)
    assert.isFalse(fs.existsSync(project.beside("home/.cache")))
  })
})
