/** `crewkit code`: sync, then Claude Code in the same terminal. */
import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { once } from "node:events"
import { hasEnded } from "../support/ended.ts"
import { claude, skipUnless } from "../support/needs.ts"
import { agentText, documentOf, launcher, node, registryWith, scratch, type Scratch } from "../support/program.ts"

/** A stand-in that tells its arguments, whether the folder was there, and ends as it is told. */
const standIn = `#!/usr/bin/env node
const fs = require("node:fs")
const say = (event) => process.stdout.write(JSON.stringify(event) + "\\n")
if (process.env.WAIT) {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => { say({ signal }); process.exit(42) })
  setInterval(() => {}, 1000)
}
say({ args: process.argv.slice(2), folder: fs.existsSync(".claude/agents"), group: process.env.WAIT })
if (process.env.WAIT) {
} else if (process.env.DIE) process.kill(process.pid, process.env.DIE)
else process.exit(Number(process.env.CODE ?? "0"))
`

const withStandIn = async (): Promise<Scratch> => {
  const project = scratch()
  registryWith(project.beside("registry"), { "agents/alpha.md": agentText("alpha") })
  await project.crewkit(["init", "acme", "web", "--registry", "../registry"])
  fs.mkdirSync(project.beside("bin"))
  fs.writeFileSync(`${project.beside("bin")}/claude`, standIn, { mode: 0o755 })
  return project
}

const env = (project: Scratch, more: Record<string, string> = {}) => ({
  PATH: `${project.beside("bin")}:${process.env["PATH"] ?? ""}`,
  ...more
})

/** Without what crewkit adds for the session log. */
const theirs = (args: ReadonlyArray<string>): ReadonlyArray<string> =>
  args.filter((each) => !/^--(?:settings|session-id)=/.test(each))

describe("crewkit code", () => {
  it("syncs, makes the folder, and hands on the arguments; standard output is Claude Code's alone", async () => {
    using project = await withStandIn()
    const run = await project.crewkit(["code", "--", "--model", "opus", "--continue"], env(project))
    assert.strictEqual(run.code, 0, run.stderr)
    const started = JSON.parse(run.stdout)
    assert.deepStrictEqual([theirs(started.args), started.folder], [["--model", "opus", "--continue"], true])
    // A session that goes on has its id already.
    assert.isUndefined(started.args.find((each: string) => each.startsWith("--session-id")))
    assert.match(run.stderr, /alpha {2}new, written/)
    assert.match(project.read(".claude", "agents", "alpha.md"), /You are alpha/)
  })

  it("hands a prompt on with -p", async () => {
    using project = await withStandIn()
    const run = await project.crewkit(["code", "-p", "say hi", "--", "--output-format", "json"], env(project))
    const { args } = JSON.parse(run.stdout)
    assert.deepStrictEqual(theirs(args), ["-p", "say hi", "--output-format", "json"])
    assert.match(args[0], /^--settings=.*\.crewkit.sessions.*\.settings\.json$/)
    assert.match(args[1], /^--session-id=[0-9a-f-]{36}$/)
  })

  for (const args of [["--version"], ["--help"], ["mcp", "list"], ["doctor"]]) {
    it(`adds nothing and syncs nothing for ${args.join(" ")}`, async () => {
      using project = await withStandIn()
      const run = await project.crewkit(["code", "--", ...args], env(project))
      assert.deepStrictEqual(JSON.parse(run.stdout), { args, folder: false })
      assert.strictEqual(run.stderr, "")
    })
  }

  it("passes the exit code on, and 128 and the signal for one that a signal ended", async () => {
    using project = await withStandIn()
    assert.strictEqual((await project.crewkit(["code"], env(project, { CODE: "7" }))).code, 7)
    assert.strictEqual((await project.crewkit(["code"], env(project, { DIE: "SIGKILL" }))).code, 137)
    const failed = await project.crewkit(["code"], env(project, { CODE: "3" }))
    assert.notInclude(failed.stderr, "error:")
  })

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it(`passes ${signal} on without a terminal, and waits for the end`, async () => {
      using project = await withStandIn()
      const child = spawn(node, [launcher, "code"], {
        cwd: project.project,
        env: { ...project.env, ...env(project, { WAIT: "1" }) },
        stdio: ["ignore", "pipe", "ignore"]
      })
      let out = ""
      for await (const data of child.stdout) {
        out += String(data)
        if (out.includes('"args"') && !out.includes('"signal"')) child.kill(signal)
      }
      const [code] = child.exitCode === null ? await once(child, "exit") : [child.exitCode]
      assert.strictEqual(code, 42)
      assert.include(out, `{"signal":"${signal}"}`)
    })
  }

  it("says how to install Claude Code where it is missing, and exits 2", async () => {
    using project = await withStandIn()
    const run = await project.crewkit(["code"], { PATH: "/usr/bin:/bin", CLAUDE_PATH: project.beside("nowhere") })
    assert.strictEqual(run.code, 2)
    assert.match(
      run.stderr,
      /Claude Code was not found \(CLAUDE_PATH is .*nowhere\)\n {2}try: npm install -g @anthropic-ai\/claude-code/
    )
  })

  it("goes on with what is on disk where the registry cannot be reached, unless --locked", async () => {
    using project = await withStandIn()
    await project.crewkit(["sync"])
    fs.rmSync(project.beside("registry"), { recursive: true })
    const run = await project.crewkit(["code"], env(project))
    assert.strictEqual(run.code, 0)
    assert.match(run.stderr, /warning: could not read the registry .*; going on with the agents on disk/)
    const locked = await project.crewkit(["code", "--locked"], env(project))
    assert.strictEqual(locked.code, 5)
    assert.strictEqual(locked.stdout, "")
  })

  it("starts with what is on disk with --no-sync", async () => {
    using project = await withStandIn()
    const run = await project.crewkit(["code", "--no-sync"], env(project))
    const started = JSON.parse(run.stdout)
    assert.deepStrictEqual([theirs(started.args), started.folder], [[], true])
    assert.isFalse(fs.existsSync(project.path(".claude", "agents", "alpha.md")))
  })

  it("ends Claude Code and its children with --timeout: exit code 4, the session says so, standard output is whole", async () => {
    using project = await withStandIn()
    const script = `#!/bin/sh\n[ "$1" = --version ] && exit\ntrap '' TERM\nsleep 300 & echo $! > child\necho "claude's own"\nwhile :; do sleep 1; done\n`
    fs.writeFileSync(`${project.beside("bin")}/claude`, script, { mode: 0o755 })
    const run = await project.crewkit(["code", "-p", "hi", "--timeout", "2s", "--json"], env(project))
    assert.strictEqual(run.code, 4)
    assert.strictEqual(run.stdout, "claude's own\n")
    assert.match(
      run.stderr,
      /error: Claude Code was ended: it ran for longer than 2 s \(--timeout\)\n {2}try: a longer/
    )
    assert.isTrue(hasEnded(Number(project.read("child"))))
    const { data } = documentOf(await project.crewkit(["sessions", "show", "last", "--json"]))
    assert.deepNestedInclude(data, { "session.outcome": "timeout", "session.exitCode": 137 })
    const bad = await project.crewkit(["code", "-p", "hi", "--timeout", "soon", "--json"], env(project))
    assert.strictEqual(bad.code, 2)
    assert.strictEqual(documentOf(bad).error?.message, "--timeout soon is no duration")
  })

  const needs = skipUnless([claude])
  it.skipIf(needs.skip)(`runs the real Claude Code${needs.suffix}`, async () => {
    using project = await withStandIn()
    const run = await project.crewkit(["code", "--", "--version"], { CLAUDE_PATH: claude.path ?? "" })
    assert.strictEqual(run.code, 0)
    assert.match(run.stdout, /^\d+\.\d+\.\d+ \(Claude Code\)\n$/)
  })
})
