/**
 * What a login costs day by day: `auth status` as a multiple of `node -e 0`, and what the keychain adds to a call with a
 * token that is still good (the same call with the token in CREWKIT_TOKEN). A real keychain daemon, the served registry.
 *
 *     node bench/login.ts [--runs N] [--quick]
 */
import { execFileSync } from "node:child_process"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { startKeychain } from "../test/support/keychain.ts"
import { logIn } from "../test/support/login.ts"
import { scratch as makeScratch } from "../test/support/program.ts"
import { serveRegistry } from "../test/support/registryServer.ts"
import {
  floorArgs,
  interleave,
  machine,
  median,
  nodes,
  options,
  printTable,
  program,
  ratioRow,
  showMs,
  time,
  withScratch
} from "./support.ts"

const { quick, runs = quick ? 5 : 15 } = options()
const crewkit = program()
const statusTarget = 3
/** Milliseconds. */
const keychainTarget = 150

const keychain = await startKeychain()
const registry = await serveRegistry()
const project = makeScratch()
try {
  const env = { ...keychain.env, CREWKIT_REGISTRY: registry.url }
  const login = await logIn(project, { env, decide: (code) => registry.approve(code) })
  if (login.code !== 0) throw new Error(`no login: ${login.stderr}`)
  const item = keychain.secretTool(["lookup", "service", "crewkit", "username", `${registry.url} default`])
  const { accessToken }: { readonly accessToken: string } = JSON.parse(item)
  withScratch((scratch) => {
    Object.assign(scratch.env, env)
    console.log(`bench/login: ${machine(scratch)}`)
    const cwd = join(scratch.root, "project")
    mkdirSync(cwd)
    execFileSync("git", ["init", "--quiet"], { cwd })
    for (const node of nodes()) {
      const run = (...args: ReadonlyArray<string>): number => time({ node, args: [crewkit, ...args], cwd }, scratch)
      const withToken = (...args: ReadonlyArray<string>): number => {
        Object.assign(scratch.env, { CREWKIT_TOKEN: accessToken })
        const ms = run(...args)
        delete scratch.env["CREWKIT_TOKEN"]
        return ms
      }
      run("init", "acme", "web-shop", "--force")
      run("sync")
      run("auth", "status")
      withToken("sync")
      const times = interleave(runs, {
        floor: () => time({ node, args: floorArgs, cwd }, scratch),
        status: () => run("auth", "status"),
        keychain: () => run("sync"),
        token: () => withToken("sync")
      })
      const added = median(times.keychain) - median(times.token)
      printTable(`Logged in, on Node ${node.label}`, [
        ratioRow("crewkit auth status", times.status, "node -e 0", times.floor, statusTarget),
        ratioRow("crewkit sync, token from the keychain", times.keychain, "node -e 0", times.floor),
        ratioRow("crewkit sync, token from CREWKIT_TOKEN", times.token, "node -e 0", times.floor),
        {
          what: "added by the keychain",
          runs,
          value: showMs(added),
          against: `sync with CREWKIT_TOKEN ${showMs(median(times.token))}`,
          ratio: median(times.keychain) / median(times.token),
          target: `<= ${keychainTarget} ms`,
          met: added <= keychainTarget
        }
      ])
    }
  })
} finally {
  project[Symbol.dispose]()
  await registry[Symbol.asyncDispose]()
  await keychain.stop()
}
