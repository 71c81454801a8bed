/** What leaves the machine when the built program crashes: nothing, or one envelope with nothing private in it. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { hostname, userInfo } from "node:os"
import { join } from "node:path"
import { brokenCopy, handlers, throwing } from "../support/brokenProgram.ts"
import { skipUnless, tmux } from "../support/needs.ts"
import {
  agentText,
  documentOf,
  launcher,
  node,
  type Run,
  runProgram,
  scratch,
  type Scratch
} from "../support/program.ts"
import { type SentryReceiver, startReceiver } from "../support/sentryReceiver.ts"
import { openTerminal } from "../support/terminal.ts"

const canary = (what: string): string => `canary${what}7f3a`

const token = `ghp_${canary("token")}${"a1B2".repeat(6)}`

/** Every call, with something private in each argument that may be anything. */
const calls: ReadonlyArray<ReadonlyArray<string>> = [
  [],
  ["init", canary("org"), canary("project")],
  ["sync", "--role", canary("role")],
  ["code", "--timeout", canary("duration"), "--", "-p", canary("prompt"), `--${canary("flag")}`],
  ["agents", "list"],
  ["agents", "show", canary("agent")],
  ["agents", "explain", canary("agent")],
  ["agents", "diff", canary("agent")],
  ["backups", "list", canary("agent")],
  ["backups", "show", canary("agent")],
  ["backups", "restore", canary("agent")],
  ["backups", "diff", canary("agent"), canary("time")],
  ["backups", "prune", canary("agent"), "--older-than", canary("span")],
  ["sessions", "list"],
  ["sessions", "show", canary("session")],
  ["sessions", "verify"],
  ["sessions", "report"],
  ["sessions", "export"],
  ["sessions", "prune"],
  ["sessions", "anchor"],
  ["sessions", "push"],
  ["auth", "login", "--account", canary("account")],
  ["auth", "logout", "--account", canary("account")],
  ["whoami"],
  ["keys", "set", canary("key")],
  ["keys", "list"],
  ["keys", "rotate", canary("key")],
  ["keys", "remove", canary("key")],
  ["keys", "run", "--", canary("program")],
  ["config", "show", "--registry", canary("registry")],
  ["config", "validate"],
  ["config", "get", canary("key")],
  ["config", "set", canary("key"), canary("value")],
  ["registry", "serve", "--root", canary("folder")],
  ["registry", "user", "add", canary("user"), "--org", canary("org"), "--root", canary("folder")],
  ["telemetry", "status"],
  ["telemetry", "preview"],
  ["telemetry", "enable"],
  ["telemetry", "disable"],
  ["update"],
  ["feedback"]
]

/** An error that is as talkative as can be, down to lines that look like its stack. */
const talkative = `Object.assign(new RangeError(${JSON.stringify(canary("message"))}+"\\n    at ${canary("frame")} ("+__dirname+"/main.cjs:1:1)"),{code:${JSON.stringify(canary("code"))},path:__dirname,cause:new Error(${JSON.stringify(canary("cause"))})})`

/** A project, a home and a copy of the program, all in folders with a name that must not get out. */
const crashing = (project: Scratch, expression = talkative) => {
  const folder = project.beside(canary("place"))
  fs.mkdirSync(folder)
  const broken = brokenCopy(folder, handlers, throwing(expression))
  const cwd = project.beside(canary("cwd"))
  fs.mkdirSync(join(cwd, ".agent"), { recursive: true })
  fs.mkdirSync(join(cwd, ".claude", "agents"), { recursive: true })
  fs.writeFileSync(join(cwd, ".agent", "config.yml"), `org: ${canary("org")}\nproject: ${canary("project")}\n`)
  fs.writeFileSync(join(cwd, ".claude", "agents", "a.md"), agentText("a", canary("text")))
  const home = project.beside(canary("home"))
  fs.mkdirSync(home)
  const env: Record<string, string> = {
    ...project.env,
    HOME: home,
    XDG_CONFIG_HOME: join(home, ".config"),
    XDG_CACHE_HOME: join(home, ".cache"),
    CREWKIT_TOKEN: token,
    SOMETHING: canary("env")
  }
  const run = (program: string, args: ReadonlyArray<string>, more: Record<string, string> = {}): Promise<Run> =>
    runProgram(node, [program, ...args], { cwd, env: { ...env, ...more } })
  return {
    cwd,
    env,
    broken,
    /** The program with the fault. */
    crash: (args: ReadonlyArray<string>, more?: Record<string, string>) => run(broken, args, more),
    /** The program as it is. */
    crewkit: (args: ReadonlyArray<string>, more?: Record<string, string>) => run(launcher, args, more)
  }
}

const consented = async (project: Scratch, receiver: SentryReceiver, expression?: string) => {
  const machine = crashing(project, expression)
  machine.env["CREWKIT_SENTRY_DSN"] = receiver.dsn
  await machine.crewkit(["telemetry", "preview"])
  const enabled = await machine.crewkit(["telemetry", "enable"])
  assert.strictEqual(enabled.code, 0, enabled.stderr)
  return machine
}

const privateTexts = ["canary", "a1B2", hostname(), `/${userInfo().username}`, "/tmp", "node_modules"]

describe("a crash of the built program", () => {
  it("sends nothing without consent, whichever command it was", { timeout: 120_000 }, async () => {
    using project = scratch()
    await using receiver = await startReceiver()
    const machine = crashing(project)
    for (const args of calls) {
      const run = await machine.crash(args, { CREWKIT_SENTRY_DSN: receiver.dsn })
      assert.strictEqual(run.code, 1, args.join(" "))
      assert.include(run.stderr, "error: crewkit made a mistake", args.join(" "))
    }
    assert.strictEqual(receiver.connections(), 0)
  })

  it("sends one envelope with consent, and nothing private in it", { timeout: 120_000 }, async () => {
    using project = scratch()
    await using receiver = await startReceiver()
    const machine = await consented(project, receiver)
    for (const [index, args] of calls.entries()) {
      const run = await machine.crash(args)
      assert.strictEqual(run.code, 1, args.join(" "))
      assert.strictEqual(receiver.envelopes.length, index + 1, args.join(" "))
    }
    for (const { headers, text, url } of receiver.envelopes) {
      assert.match(url, /^\/api\/42\/envelope\/\?sentry_version=7&sentry_key=publickey$/)
      for (const each of privateTexts) assert.notInclude(`${JSON.stringify(headers)}${text}`, each)
      assert.include(text, `"type":"RangeError"`)
      assert.match(text, /"filename":"[\w.]+\.run-[\w-]+\.cjs"/)
    }
    const commands = receiver.envelopes.map(({ text }) => /"command":"([^"]*)"/.exec(text)?.[1])
    const words = (args: ReadonlyArray<string>) => args.filter((arg) => /^[a-z]+$/.test(arg))
    assert.deepStrictEqual(
      commands,
      calls.map((args) => ["crewkit", ...words(args)].join(" "))
    )
    assert.include(receiver.envelopes[2]?.text, `"flags":"--role"`)
  })

  it("ends as it does without a report: the same output, the same exit code", async () => {
    using project = scratch()
    await using receiver = await startReceiver()
    const machine = await consented(project, receiver)
    for (const args of [["sync"], ["sync", "--json"]]) {
      const told = await machine.crash(args)
      const silent = await machine.crash(args, { DO_NOT_TRACK: "1" })
      assert.deepStrictEqual(told, silent)
      assert.strictEqual(told.code, 1)
    }
    assert.strictEqual(documentOf(await machine.crash(["sync", "--json"])).error?.code, "Bug")
    assert.strictEqual(receiver.envelopes.length, 3)
  })

  for (const veto of ["DO_NOT_TRACK", "CREWKIT_NO_TELEMETRY"]) {
    it(`sends nothing with ${veto}, whatever was allowed`, async () => {
      using project = scratch()
      await using receiver = await startReceiver()
      const machine = await consented(project, receiver)
      await machine.crash(["sync"], { [veto]: "1" })
      assert.strictEqual(receiver.connections(), 0)
      const status = await machine.crewkit(["telemetry", "status", "--json"], { [veto]: "1" })
      assert.deepInclude(documentOf(status).data, { forbiddenBy: veto, withoutTerminal: false })
    })
  }

  it("sends nothing once consent is taken back, nor where the event had not been shown before", async () => {
    using project = scratch()
    await using receiver = await startReceiver()
    const machine = await consented(project, receiver)
    await machine.crewkit(["telemetry", "disable"])
    await machine.crash(["sync"])
    fs.rmSync(join(machine.env["XDG_CONFIG_HOME"] ?? "", "crewkit", "telemetry.json"))
    await machine.crewkit(["telemetry", "enable"])
    await machine.crash(["sync"])
    fs.writeFileSync(join(machine.env["XDG_CONFIG_HOME"] ?? "", "crewkit", "telemetry.json"), "torn {")
    await machine.crash(["sync"])
    assert.strictEqual(receiver.connections(), 0)
  })

  it("sends nothing for a failure that crewkit explains", async () => {
    using project = scratch()
    await using receiver = await startReceiver()
    const machine = await consented(project, receiver)
    const failed = await machine.crewkit(["sync", "--registry", join(machine.cwd, "nowhere")])
    assert.notStrictEqual(failed.code, 0)
    assert.strictEqual((await machine.crewkit(["sinc"])).code, 2)
    assert.strictEqual(receiver.connections(), 0)
  })

  // The limit of any other request is 30 s.
  it("ends all the same where the receiver never answers", { timeout: 20_000 }, async () => {
    using project = scratch()
    await using receiver = await startReceiver()
    const machine = await consented(project, receiver)
    receiver.frozen = true
    const run = await machine.crash(["sync"])
    assert.strictEqual(run.code, 1)
    await receiver.hungUp
    assert.strictEqual(receiver.envelopes.length, 1)
  })

  it("ends all the same where nobody listens", async () => {
    using project = scratch()
    await using receiver = await startReceiver()
    const machine = await consented(project, receiver)
    const run = await machine.crash(["sync"], { CREWKIT_SENTRY_DSN: "http://key@127.0.0.1:1/1" })
    assert.strictEqual(run.code, 1)
  })

  it("counts what nobody catches as one, and prints it without its stack", async () => {
    await using receiver = await startReceiver()
    for (const [how, mechanism] of [
      [`queueMicrotask(()=>{throw ${talkative}})`, "uncaughtException"],
      [`Promise.reject(${talkative})`, "unhandledRejection"]
    ] as const) {
      using project = scratch()
      const machine = await consented(project, receiver)
      const folder = project.beside("another")
      fs.mkdirSync(folder)
      const program = brokenCopy(
        folder,
        /^sync\.run-/,
        (text) => `${text}\n;const old=exports.run;exports.run=(i)=>{${how};return old(i)};\n`
      )
      const run = await runProgram(node, [program, "sync", "--json"], { cwd: machine.cwd, env: machine.env })
      assert.strictEqual(run.code, 1)
      assert.strictEqual(documentOf(run).error?.code, "Bug")
      assert.notInclude(run.stderr, "    at ")
      const { text = "" } = receiver.envelopes.at(-1) ?? {}
      assert.include(text, `"mechanism":{"type":"${mechanism}"`)
      for (const each of privateTexts) assert.notInclude(text, each)
    }
    assert.strictEqual(receiver.envelopes.length, 2)
  })

  it("takes a reader that has gone for no mistake", async () => {
    using project = scratch()
    await using receiver = await startReceiver()
    const machine = await consented(project, receiver)
    const folder = project.beside("another")
    fs.mkdirSync(folder)
    const gone = `queueMicrotask(()=>{throw Object.assign(new Error("write EPIPE"),{code:"EPIPE"})})`
    const program = brokenCopy(
      folder,
      /^sync\.run-/,
      (text) => `${text}\n;const old=exports.run;exports.run=(i)=>{${gone};return old(i)};\n`
    )
    const run = await runProgram(node, [program, "sync"], { cwd: machine.cwd, env: machine.env })
    assert.deepStrictEqual([run.code, run.stdout, run.stderr], [1, "", ""])
    assert.strictEqual(receiver.connections(), 0)
  })

  it("says so where a file of the program is torn, which no command is there to print", async () => {
    using project = scratch()
    await using receiver = await startReceiver()
    const machine = await consented(project, receiver)
    const folder = project.beside("torn")
    fs.mkdirSync(folder)
    const program = brokenCopy(folder, /^sync-/, (text) => text.slice(0, text.length / 2))
    const run = await runProgram(node, [program, "sync"], { cwd: machine.cwd, env: machine.env })
    assert.strictEqual(run.code, 1)
    assert.match(run.stderr, /^error: crewkit made a mistake: .*\n {2}try: /)
    assert.include(receiver.envelopes[0]?.text, `"type":"SyntaxError"`)
  })

  it("does not load what sends unless there is consent", async () => {
    using project = scratch()
    await using receiver = await startReceiver()
    const machine = crashing(project)
    machine.env["CREWKIT_SENTRY_DSN"] = receiver.dsn
    // A sender that tells when it is loaded.
    const dist = join(machine.broken, "..")
    const sender = fs.readdirSync(dist).find((name) => name.startsWith("CrashReportsSentry-")) ?? ""
    const mark = project.beside("loaded")
    fs.appendFileSync(join(dist, sender), `\n;require("node:fs").writeFileSync(${JSON.stringify(mark)},"");\n`)
    await machine.crash(["sync"])
    assert.isFalse(fs.existsSync(mark))
    await machine.crewkit(["telemetry", "preview"])
    await machine.crewkit(["telemetry", "enable"])
    await machine.crash(["sync"])
    assert.isTrue(fs.existsSync(mark))
  })
})

const { skip, suffix } = skipUnless([tmux])

describe.skipIf(skip)(`a crash at a terminal${suffix}`, () => {
  for (const [answer, sent, asksAgain] of [
    ["no", 0, true],
    ["yes", 1, true],
    ["always", 1, false]
  ] as const) {
    it(`shows the event whole and asks; ${answer} means ${answer}`, async () => {
      using project = scratch()
      await using receiver = await startReceiver()
      const machine = await consented(project, receiver)
      const options = { cwd: machine.cwd, env: machine.env, rows: 150 }
      {
        await using screen = await openTerminal(node, [machine.broken, "sync"], options)
        const shown = await screen.shows("Send it? yes, no, always (no):")
        assert.include(shown, "error: crewkit made a mistake")
        assert.include(shown, `for ${receiver.origin}:`)
        assert.strictEqual(receiver.connections(), 0)
        await screen.type(answer)
        await screen.press("Enter")
        assert.strictEqual(await screen.exit(), 1)
        assert.strictEqual(receiver.envelopes.length, sent)
        if (sent === 1) {
          // What was shown is what was sent, field by field.
          const text = (await screen.history()).replaceAll(/\s+/g, "")
          assert.include(text, JSON.stringify(receiver.envelopes[0]?.event).replaceAll(/\s+/g, ""))
        }
      }
      await using again = await openTerminal(node, [machine.broken, "sync"], options)
      if (asksAgain) {
        await again.shows("Send it?")
        await again.press("C-c")
      }
      assert.strictEqual(await again.exit(), 1)
      assert.strictEqual(receiver.envelopes.length, sent + (asksAgain ? 0 : 1))
    })
  }
})
