/**
 * Secrets that can be told from anything else go through every command, in every way of printing, while servers,
 * keychains and the program itself fail. Then they are looked for, plain and encoded: in what was printed, in the
 * arguments and environments of every process that the program started, in every file that is left. FAULTS=all runs
 * every command in every way; else they take turns.
 */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { homedir } from "node:os"
import { dirname, join } from "node:path"
import { type Asked, type FakeRegistry, type Reply, startFakeRegistry } from "../support/fakeRegistry.ts"
import { type Keychain, keychainNeeds, startKeychain } from "../support/keychain.ts"
import { loginAt, writeLogin } from "../support/keychainItem.ts"
import { skipUnless } from "../support/needs.ts"
import { launcher, node, type Run, scratch, type Scratch } from "../support/program.ts"

const { skip, suffix } = skipUnless(keychainNeeds)
const all = process.env["FAULTS"] === "all"

/** What makes a canary one of a kind; found in any text that holds the whole, escaped or not. */
const cores: Array<string> = []
/** Characters that an encoding would change stand around it. */
const canary = (kind: string): string => {
  const core = randomBytes(12).toString("hex")
  cores.push(core)
  return `${kind}/+${core}=~`
}

const secrets = {
  access: canary("access"),
  refresh: canary("refresh"),
  nextAccess: canary("next-access"),
  nextRefresh: canary("next-refresh"),
  device: canary("device"),
  environment: canary("environment"),
  typed: canary("typed"),
  apiKey: canary("api-key"),
  nextApiKey: canary("next-api-key"),
  passphrase: canary("passphrase"),
  wrong: canary("wrong-passphrase")
}

/** The core in plain (which URL-encoding leaves alone), in hex, in UTF-16, and in base64 at each of its three places. */
const formsOf = (core: string): ReadonlyArray<string> => {
  const hex = Buffer.from(core).toString("hex")
  const base64 = [0, 1, 2].map((before) => {
    const text = Buffer.from("x".repeat(before) + core).toString("base64")
    // What stands before and after would change the ends.
    return text.slice(before === 0 ? 0 : 4, -4)
  })
  return [core, hex, hex.toUpperCase(), Buffer.from(core, "utf16le").toString("latin1"), ...base64]
}
const needles = cores.flatMap(formsOf)

const total = { runs: 0, bytes: 0, files: 0, processes: 0, codes: new Map<string, number>() }

const hitsIn = (data: Buffer | string): ReadonlyArray<string> => {
  const text = typeof data === "string" ? data : data.toString("latin1")
  total.bytes += text.length
  return needles.filter((needle) => text.includes(needle))
}

const filesBelow = (folder: string): ReadonlyArray<string> =>
  fs.existsSync(folder)
    ? fs
        .readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() || entry.isSymbolicLink())
        .map((entry) => join(entry.parentPath, entry.name))
    : []

const childrenOf = (pid: number): ReadonlyArray<number> => {
  try {
    return fs.readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      fs
        .readFileSync(`/proc/${pid}/task/${task}/children`, "utf8")
        .split(" ")
        .flatMap((each) => (each === "" ? [] : [Number(each), ...childrenOf(Number(each))]))
    )
  } catch {
    return []
  }
}

const ofProcess = (pid: number, file: "cmdline" | "environ"): string => {
  try {
    return fs.readFileSync(`/proc/${pid}/${file}`, "latin1")
  } catch {
    return ""
  }
}

interface Options {
  readonly env?: Record<string, string>
  readonly input?: string
  readonly passphrase?: string
}

/** Runs the program and looks at it and at what it starts, as long as it runs. */
const watched = (project: Scratch, args: ReadonlyArray<string>, options: Options): Promise<Run> =>
  new Promise((resolve, reject) => {
    const env = { ...project.env, TMPDIR: project.beside("tmp"), ...options.env }
    const child = spawn(node, [launcher, ...args], {
      cwd: project.project,
      env,
      stdio: ["pipe", "pipe", "pipe", "pipe"]
    })
    total.runs++
    const found = new Set<string>()
    const seen = new Set<number>()
    const look = (): void => {
      const pid = child.pid
      if (pid === undefined) return
      for (const hit of hitsIn(ofProcess(pid, "cmdline"))) found.add(`the program's arguments: ${hit}`)
      for (const each of childrenOf(pid)) {
        seen.add(each)
        const cmdline = ofProcess(each, "cmdline")
        for (const hit of hitsIn(cmdline)) found.add(`arguments of ${cmdline}: ${hit}`)
        // What the person's own environment has may go on, but their token not to the keychain's helper.
        const withheld = cmdline.includes("keychain.cjs") ? ["CREWKIT_TOKEN"] : []
        const rest = Object.entries(env)
          .filter(([name]) => !withheld.includes(name))
          .reduce((text, [name, value]) => text.replace(`${name}=${value}`, ""), ofProcess(each, "environ"))
        // That is what `keys run` is for: the one program that it starts has them.
        if (args[1] === "run" && cmdline.startsWith("/bin/true")) continue
        for (const hit of hitsIn(rest)) found.add(`environment of ${cmdline}: ${hit}`)
      }
    }
    const timer = setInterval(look, 4)
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString("latin1")))
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString("latin1")))
    const passphrase = child.stdio[3]
    if (passphrase !== null && passphrase !== undefined && "end" in passphrase) {
      passphrase.on("error", () => undefined)
      passphrase.end(options.passphrase === undefined ? "" : `${options.passphrase}\n`)
    }
    child.stdin.on("error", () => undefined)
    child.stdin.end(options.input ?? "")
    child.once("error", reject)
    child.once("close", (code, signal) => {
      clearInterval(timer)
      total.processes += seen.size
      const ended = `${signal ?? code}`
      total.codes.set(ended, (total.codes.get(ended) ?? 0) + 1)
      for (const hit of hitsIn(stdout)) found.add(`standard output: ${hit}`)
      for (const hit of hitsIn(stderr)) found.add(`standard error: ${hit}`)
      const said = `${args.join(" ")} (exit ${code})\n${stdout}${stderr}`
      if (found.size > 0) reject(new Error(`${[...found].join("\n")}\n${said}`))
      else resolve({ code, signal, stdout, stderr })
    })
  })

/** The secrets of a request, as the server got them. */
const sentIn = ({ body, headers }: Asked): string =>
  [headers.authorization?.replace(/^Bearer /, "") ?? "", ...new URLSearchParams(body).values()]
    .filter((text) => cores.some((core) => text.includes(core)))
    .join(" ")

const answer = (status: number, body: unknown): Reply => ({
  status,
  body: typeof body === "string" ? body : JSON.stringify(body),
  headers: { "content-type": "application/json" }
})

/** Each repeats what it was told, and tells what it should keep to itself. */
const servers: Record<string, (asked: Asked) => Reply | undefined> = {
  "answers right": () => undefined,
  "is broken (500)": (asked) => answer(500, { error: sentIn(asked), trace: Object.values(secrets) }),
  "answers what is no JSON": (asked) =>
    asked.endpoint === "metadata" || asked.endpoint === "openid"
      ? undefined
      : answer(
          200,
          `{"access_token":"${secrets.nextAccess}","refresh_token":"${secrets.nextRefresh}","x":${sentIn(asked)}`
        ),
  "answers the wrong types": (asked) =>
    asked.endpoint === "metadata" || asked.endpoint === "openid"
      ? undefined
      : answer(200, {
          access_token: [secrets.nextAccess],
          refresh_token: { [secrets.nextRefresh]: true },
          device_code: 7,
          user_code: secrets.device,
          user: secrets.access,
          agents: { [secrets.access]: secrets.refresh },
          issuer: secrets.access
        }),
  "says why, with the token (error_description)": (asked) =>
    asked.endpoint === "metadata" || asked.endpoint === "openid"
      ? undefined
      : answer(400, { error: "invalid_request", error_description: `no good: ${sentIn(asked)}` }),
  "says why, with the token (error)": (asked) =>
    asked.endpoint === "metadata" || asked.endpoint === "openid" ? undefined : answer(403, { error: sentIn(asked) }),
  "says why, with the token (message, base64)": (asked) =>
    asked.endpoint === "metadata" || asked.endpoint === "openid"
      ? undefined
      : answer(422, {
          error: {
            code: encodeURIComponent(sentIn(asked)),
            message: `${Buffer.from(sentIn(asked)).toString("base64")} ${sentIn(asked)}`
          }
        })
}

const ways = [[], ["--json"], ["--debug"], ["--quiet"]]

interface Called extends Options {
  readonly args: ReadonlyArray<string>
}

const commands: ReadonlyArray<Called> = [
  { args: ["auth", "login", "--no-browser"] },
  { args: ["auth", "login", "--with-token"], input: `${secrets.typed}\n` },
  { args: ["auth", "status"] },
  { args: ["whoami"] },
  { args: ["whoami"], env: { CREWKIT_TOKEN: secrets.environment } },
  { args: [] },
  { args: ["sync"] },
  { args: ["sync", "--check"], env: { CREWKIT_TOKEN: secrets.environment } },
  { args: ["sync", "--dry-run"] },
  { args: ["sync", "--offline"] },
  { args: ["agents", "list"] },
  { args: ["agents", "show", "reviewer"] },
  { args: ["agents", "explain", "reviewer"] },
  { args: ["agents", "diff"] },
  { args: ["code", "--", "-p", "hello"] },
  { args: ["backups", "list"] },
  { args: ["config", "show"] },
  { args: ["config", "validate"] },
  { args: ["doctor"] },
  { args: ["doctor", "--fix"], env: { CREWKIT_TOKEN: secrets.environment } },
  { args: ["init", "acme", "web-shop", "--force"] },
  { args: ["keys", "list"] },
  { args: ["auth", "logout"] }
]

/** In this order; of a list that has the key already or no longer, the error is what is looked at. */
const keys: ReadonlyArray<Called> = [
  { args: ["keys", "set", "openai-api-key"], input: `${secrets.apiKey}\n` },
  { args: ["keys", "set", "openai-api-key"], input: secrets.nextApiKey },
  { args: ["keys", "set", "prod-key", "--env", "prod"], input: `${secrets.apiKey}\nsecond line\n` },
  { args: ["keys", "list"] },
  { args: ["keys", "rotate", "openai-api-key"], input: `${secrets.nextApiKey}\n` },
  { args: ["keys", "run", "--", "/bin/true"] },
  { args: ["keys", "run", "--", "/nowhere/at-all"] },
  { args: [] },
  { args: ["keys", "remove", "openai-api-key", "--yes"] },
  { args: ["keys", "remove", "openai-api-key"] }
]

/** What goes wrong inside of the program; loaded before it, but not into its helper. */
const crashes = {
  "a request throws": `require("node:http").request = () => { throw new Error("injected") }`,
  "a form cannot be written": `URLSearchParams.prototype.toString = () => { throw new Error("injected") }`,
  "the item cannot be written": `const old = JSON.stringify
    JSON.stringify = (value, ...rest) => {
      if (value && value.op === "set") throw new Error("injected")
      return old(value, ...rest)
    }`,
  "nobody catches it": `const { Socket } = require("node:net"), old = Socket.prototype.connect
    Socket.prototype.connect = function (...args) {
      process.nextTick(() => { throw new Error("injected") })
      return old.apply(this, args)
    }`,
  "a promise nobody waits for": `const { Socket } = require("node:net"), old = Socket.prototype.connect
    Socket.prototype.connect = function (...args) {
      void Promise.reject(new Error("injected"))
      return old.apply(this, args)
    }`
}

describe.skipIf(skip || process.platform !== "linux")(`canaries${suffix}`, () => {
  let keychain: Keychain
  let registry: FakeRegistry
  let project: Scratch
  beforeAll(async () => {
    keychain = await startKeychain()
    registry = await startFakeRegistry()
    project = scratch()
    fs.mkdirSync(project.beside("tmp"))
    project.write(".agent/config.yml", "org: acme\nproject: web-shop\n")
    fs.writeFileSync(project.beside("claude"), "#!/bin/sh\nexit 0\n", { mode: 0o755 })
  }, 60_000)
  afterAll(async () => {
    process.stderr.write(
      `canaries: ${total.runs} runs, ${total.processes} child processes seen, ${total.files} files; ` +
        `${(total.bytes / 1e6).toFixed(1)} MB searched for ${needles.length} forms of ${cores.length} secrets; ` +
        `exit codes ${[...total.codes].map(([code, count]) => `${code}: ${count}`).join(", ")}\n`
    )
    project[Symbol.dispose]()
    await registry[Symbol.asyncDispose]()
    await keychain.stop()
  })

  /** Every file of the scratch folders, of the keychain's own, and of the locks, which follow the OS user. */
  const searchFiles = (): void => {
    const keychainFolder = dirname(/path=(.*)/.exec(keychain.env.DBUS_SESSION_BUS_ADDRESS)?.[1] ?? "")
    const folders = [dirname(project.project), keychainFolder, join(homedir(), ".local", "state", "crewkit")]
    for (const file of folders.flatMap(filesBelow)) {
      total.files++
      assert.isEmpty(hitsIn(file), file)
      if (fs.existsSync(file)) assert.isEmpty(hitsIn(fs.readFileSync(file)), file)
    }
  }

  const environment = (): Record<string, string> => ({
    ...keychain.env,
    CREWKIT_REGISTRY: registry.origin,
    CLAUDE_PATH: project.beside("claude")
  })

  /** Stores a login whose access token is over, so that each use of it spends the refresh token. */
  const store = (): void =>
    writeLogin(keychain, registry.origin, loginAt(registry.origin, { ...secrets, expiresAt: 1 }))

  const issue = (): void => {
    registry.issued = {
      access: secrets.nextAccess,
      refresh: secrets.nextRefresh,
      device: secrets.device,
      lifetime: 30,
      codeLifetime: 2
    }
  }

  let turn = 0
  const waysNow = (): ReadonlyArray<ReadonlyArray<string>> => (all ? ways : [ways[turn++ % ways.length] ?? []])

  const eachWay = async (
    called: Called,
    before: () => void,
    more: Record<string, string> = {}
  ): Promise<ReadonlyArray<Run>> => {
    const runs: Array<Run> = []
    for (const way of waysNow()) {
      before()
      const at = called.args.includes("--") ? called.args.indexOf("--") : called.args.length
      const args = [...called.args.slice(0, at), ...way, ...called.args.slice(at)]
      runs.push(await watched(project, args, { ...called, env: { ...environment(), ...more, ...called.env } }))
    }
    return runs
  }

  for (const [name, override] of Object.entries(servers)) {
    it(`a registry that ${name}`, { timeout: 900_000 }, async () => {
      issue()
      registry.override = override
      const chosen = all ? commands : commands.filter((_, index) => (index + turn) % 2 === 0)
      for (const called of chosen) {
        for (const { code, stderr } of await eachWay(called, store)) {
          // Right answers lead to results, or to drift: else nothing was put to the test.
          if (name === "answers right") assert.include([0, 6], code, `${called.args.join(" ")}: ${stderr}`)
        }
      }
      registry.override = () => undefined
      searchFiles()
    })
  }

  for (const [name, script] of Object.entries(crashes)) {
    it(`a crash: ${name}`, { timeout: 300_000 }, async () => {
      issue()
      const file = project.beside("crash.cjs")
      fs.writeFileSync(file, script)
      const crashing = [["auth", "login", "--no-browser"], ["sync"], ["whoami"], ["auth", "logout"]]
      let crashed = 0
      for (const args of crashing) {
        const env = args[0] === "whoami" ? { CREWKIT_TOKEN: secrets.environment } : {}
        const runs = await eachWay({ args, env }, store, { NODE_OPTIONS: `--require ${JSON.stringify(file)}` })
        crashed += runs.filter(({ stderr, stdout }) => `${stdout}${stderr}`.includes("injected")).length
      }
      assert.isAbove(crashed, 0)
      fs.rmSync(file)
      searchFiles()
    })
  }

  const asking: ReadonlyArray<Called> = [
    { args: ["auth", "status"] },
    { args: ["sync"] },
    { args: ["auth", "login", "--with-token"], input: secrets.typed },
    { args: ["auth", "logout"] }
  ]

  it("a vault, with the right passphrase and a wrong one", { timeout: 600_000 }, async () => {
    issue()
    const vault = { CREWKIT_TOKEN_STORE: "vault", CREWKIT_VAULT_PASSPHRASE_FD: "3" }
    const login = { args: ["auth", "login", "--with-token"], input: secrets.typed, passphrase: secrets.passphrase }
    const codesOf = async (called: Called) =>
      (await eachWay(called, () => undefined, vault)).map(({ code, stderr }) => `${code}${code === 0 ? "" : stderr}`)
    for (const code of await codesOf(login)) assert.strictEqual(code, "0")
    for (const passphrase of [secrets.wrong, secrets.passphrase]) {
      for (const called of asking) {
        const right = passphrase === secrets.passphrase
        for (const code of await codesOf({ ...called, passphrase })) {
          // Logging out is the last, and the one that a second way finds done.
          if (right) assert.strictEqual(code, "0")
          else assert.match(code, /^1/)
        }
      }
    }
    // Somebody who takes the variable for the passphrase itself.
    const mistaken = { ...vault, CREWKIT_VAULT_PASSPHRASE_FD: secrets.passphrase, CREWKIT_TOKEN_STORE: secrets.typed }
    for (const called of asking) {
      await eachWay(called, () => undefined, { ...vault, CREWKIT_VAULT_PASSPHRASE_FD: secrets.passphrase })
      await eachWay(called, () => undefined, mistaken)
    }
    searchFiles()
  })

  it("API keys", { timeout: 600_000 }, async () => {
    for (const called of keys) await eachWay(called, () => undefined)
    const listed = await watched(project, ["keys", "set", "kept-key"], { env: environment(), input: secrets.apiKey })
    assert.strictEqual(listed.code, 0, listed.stderr)
    searchFiles()
  })

  it("a keychain that is frozen, locked, gone, and none at all", { timeout: 900_000 }, async () => {
    issue()
    store()
    const nothing = () => undefined
    // Where there is a vault, a keychain that is not there is no failure.
    fs.rmSync(join(project.beside("home"), ".local", "share", "crewkit", "vault"), { recursive: true, force: true })
    const failing = async (env: Record<string, string> = {}): Promise<void> => {
      for (const called of asking) {
        for (const { code } of await eachWay(called, nothing, env)) assert.notStrictEqual(code, 0)
      }
    }
    keychain.freeze()
    await failing()
    keychain.thaw()
    await keychain.lock()
    await failing()
    for (const called of keys) await eachWay(called, nothing)
    await keychain.quit()
    await failing()
    await failing({ DBUS_SESSION_BUS_ADDRESS: "" })
    searchFiles()
  })
})
