/** The code of the file lock that the build puts beside the program. */
import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { examples, launcher, node, runProgram, type Scratch, scratch } from "../support/program.ts"

const dist = dirname(launcher)

/** A copy of `dist/` with no `node_modules` anywhere above it. */
const copyBeside = (project: Scratch): string => {
  const copy = project.beside("dist")
  fs.cpSync(dist, copy, { recursive: true })
  return join(copy, "launcher.cjs")
}

const runIn =
  (project: Scratch, program: string) =>
  (...args: ReadonlyArray<string>) =>
    runProgram(node, [program, ...args], { cwd: project.project, env: project.env })

/** Another process that tries to take the lock of a file by the program's own code, and keeps it until told to end. */
const taking = async (file: string) => {
  const script = `
    const fs = require("node:fs")
    const { tryLock } = require(${JSON.stringify(join(dist, "fs-native-extensions.cjs"))})
    console.log(tryLock(fs.openSync(${JSON.stringify(file)}, "r+")))
    process.stdin.resume()`
  const child = spawn(node, ["-e", script], { stdio: ["pipe", "pipe", "inherit"] })
  const ended = once(child, "close")
  const [said] = await once(child.stdout.setEncoding("utf8"), "data")
  const end = async (): Promise<void> => {
    child.kill("SIGKILL")
    await ended
  }
  return { got: said === "true\n", end }
}

describe("the file lock of the built program", () => {
  it("is there without any package", async () => {
    using project = scratch()
    const crewkit = runIn(project, copyBeside(project))
    const init = await crewkit("init", "acme", "web-shop", "--registry", examples)
    assert.strictEqual(init.code, 0, init.stderr)
    const sync = await crewkit("sync")
    assert.strictEqual(sync.code, 0, sync.stderr)
    assert.include(sync.stdout, "12 agents: 12 new")
  })

  it("keeps another process out until its holder is dead", async () => {
    using project = scratch()
    project.write("file", "")
    const first = await taking(project.path("file"))
    const second = await taking(project.path("file"))
    await second.end()
    await first.end()
    const third = await taking(project.path("file"))
    await third.end()
    assert.deepStrictEqual([first.got, second.got, third.got], [true, false, true])
  })

  it("says what is missing, and how to get it back", async () => {
    using project = scratch()
    const program = copyBeside(project)
    const crewkit = runIn(project, program)
    await crewkit("init", "acme", "web-shop", "--registry", examples)
    fs.rmSync(join(dirname(program), "native"), { recursive: true })
    const sync = await crewkit("sync")
    assert.strictEqual(sync.code, 1)
    const name = `./native/${process.platform}-${process.arch}.node`
    assert.include(sync.stderr, `file locks do not work here: Cannot find module '${name}'\n`)
    assert.include(sync.stderr, "npm install -g @crewkit/cli puts a missing part (dist/native) back")
    assert.isFalse(fs.existsSync(project.path(".claude", "agents", "debugger.md")))
  })
})
