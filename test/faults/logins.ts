/** For the faults of staying logged in: a project that is logged in to a server behind a gate, and its processes. */
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { userInfo } from "node:os"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { type Gate, openGate } from "../support/gate.ts"
import type { Keychain } from "../support/keychain.ts"
import { logIn } from "../support/login.ts"
import { serveOidc } from "../support/oidcServer.ts"
import { launcher, node, type Run, scratch, type Scratch } from "../support/program.ts"
import { serveRegistry } from "../support/registryServer.ts"
import type { StoredLogins } from "../support/storedLogin.ts"

/** A process of the built program. */
export interface Running {
  readonly pid: number
  readonly ended: Promise<Run>
  /** Over, or killed. */
  readonly isOver: () => boolean
  readonly signal: (signal: NodeJS.Signals) => void
}

export interface World extends AsyncDisposable {
  readonly gate: Gate
  readonly project: Scratch
  readonly start: (...args: ReadonlyArray<string>) => Running
  readonly run: (...args: ReadonlyArray<string>) => Promise<Run>
  readonly logIn: (decision?: "approve" | "deny") => Promise<Run>
  /** Whether the process has the lock of this login open: it holds it, or waits for it. */
  readonly standsAtLock: (one: Running) => boolean
  /** Logins of which the server would still take a refresh token. */
  readonly alive: (refreshTokens: ReadonlyArray<string>) => Promise<number>
}

export const refreshGrant = "refresh_token"

/** Waits for a condition; false where it has not come about in time. */
export const until = async (condition: () => boolean, seconds = 20): Promise<boolean> => {
  const limit = performance.now() + seconds * 1000
  while (!condition()) {
    if (performance.now() > limit) return false
    await setTimeout(10)
  }
  return true
}

const linksOf = (folder: string): ReadonlyArray<string> => {
  try {
    return fs.readdirSync(folder).map((name) => fs.readlinkSync(join(folder, name)))
  } catch {
    // Over, or a descriptor that was closed meanwhile.
    return []
  }
}

/** The processes that this one has started and that are still there. */
export const childrenOf = ({ pid }: Running): ReadonlyArray<number> => {
  try {
    return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** Gone, or dead and not yet collected by anybody. */
export const isGone = (pid: number): boolean => {
  try {
    return /\) [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, "utf8"))
  } catch {
    return true
  }
}

const startIn = (project: Scratch, env: Record<string, string>, args: ReadonlyArray<string>): Running => {
  const child = spawn(node, [launcher, ...args], {
    cwd: project.project,
    env: { ...project.env, ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let stdout = ""
  let stderr = ""
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString("utf8")))
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString("utf8")))
  const ended = new Promise<Run>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  return {
    pid: child.pid ?? 0,
    ended,
    isOver: () => child.exitCode !== null || child.signalCode !== null,
    signal: (signal) => void child.kill(signal)
  }
}

interface Served extends AsyncDisposable {
  readonly url: string
  readonly approve: (userCode: string, decision: "approve" | "deny") => Promise<unknown>
  readonly alive: (refreshTokens: ReadonlyArray<string>) => Promise<number>
}

const registryBehind = async (gate: Gate, grace: number): Promise<Served> => {
  const registry = await serveRegistry({ front: gate.url, args: ["--grace", `${grace}`] })
  // Ours wants 5 s between two polls of one login; with the first held until the person has approved, there is one.
  gate.interval = 1
  return {
    url: registry.url,
    approve: (userCode, decision) => registry.approve(userCode, "ada@acme.example", decision),
    alive: async () => {
      const { DatabaseSync } = process.getBuiltinModule("node:sqlite")
      const state = new DatabaseSync(registry.state, { readOnly: true })
      const row = state.prepare("SELECT count(*) AS families FROM families WHERE revoked_at IS NULL").get()
      state.close()
      return Number(row?.["families"])
    },
    [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]()
  }
}

const oidcBehind = async (gate: Gate): Promise<Served> => {
  const server = await serveOidc(gate.url)
  return {
    url: server.url,
    approve: server.approve,
    alive: async (tokens) => (await Promise.all(tokens.map(server.isAlive))).filter(Boolean).length,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]()
  }
}

const succeeded = (run: Run, what: string): void => {
  if (run.code !== 0) throw new Error(`${what} ended with ${run.code ?? run.signal}: ${run.stdout}${run.stderr}`)
}

/** A server, and a project that is logged in to it and synced. */
export const makeWorld = async (
  keychain: Keychain,
  server: { readonly kind: "registry"; readonly grace: number } | { readonly kind: "oidc" }
): Promise<World> => {
  // Ended in the reverse order, here where it fails half-way, else with the world.
  await using made = new AsyncDisposableStack()
  const gate = made.use(await openGate())
  const served = made.use(
    server.kind === "registry" ? await registryBehind(gate, server.grace) : await oidcBehind(gate)
  )
  gate.open(served.url)
  const project = made.use(scratch("ada@acme.example"))
  const env = { ...keychain.env, CREWKIT_REGISTRY: gate.url }
  const name = createHash("sha256").update(`${gate.url} default`).digest("hex").slice(0, 32)
  const lock = join(userInfo().homedir, ".local", "state", "crewkit", "locks", `${name}.lock`)
  const run = (...args: ReadonlyArray<string>) => project.crewkit(args, env)
  made.defer(() => fs.rmSync(lock, { force: true }))
  const started: Array<Running> = []
  // A test that failed half-way leaves some, a stopped one perhaps.
  made.defer(async () => {
    for (const one of started.filter(({ isOver }) => !isOver())) one.signal("SIGKILL")
    await Promise.allSettled(started.map(({ ended }) => ended))
  })
  const world: Omit<World, typeof Symbol.asyncDispose> = {
    gate,
    project,
    start: (...args) => {
      const one = startIn(project, env, args)
      started.push(one)
      return one
    },
    run,
    logIn: async (decision = "approve") => {
      const decided = Promise.withResolvers<void>()
      gate.onRequest = ({ grant }) => (grant === refreshGrant ? undefined : decided.promise)
      const login = await logIn(project, {
        env,
        decide: (code) => served.approve(code, decision).finally(() => decided.resolve())
      })
      gate.onRequest = undefined
      return login
    },
    standsAtLock: ({ pid }) => linksOf(`/proc/${pid}/fd`).includes(lock),
    alive: served.alive
  }
  succeeded(await world.logIn(), "the login")
  succeeded(await run("init", "acme", "web-shop"), "init")
  succeeded(await run("sync"), "sync")
  const all = made.move()
  return { ...world, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

/** Makes the access token useless, either by our own clock or by the server's word. */
export const spoil = async (world: World, logins: StoredLogins, by: "clock" | "server") => {
  const { gate } = world
  gate.requests.length = 0
  gate.onRequest = gate.onAnswer = gate.onSent = undefined
  if (by === "clock") return logins.expire(gate.url)
  const stored = await logins.read(gate.url)
  if (stored === undefined) throw new Error(`nobody is logged in to ${gate.url}`)
  gate.refused.add(stored.accessToken)
  return stored
}
