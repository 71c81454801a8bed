/**
 * Starts the helper process of the keychain. The launcher uses this file too, before the program is loaded, so it
 * stands on Node alone; the two bundles meet in a slot of `globalThis`.
 */
import type { ChildProcess } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"

const slot: unique symbol = Symbol.for("@crewkit/cli/keychain")

interface Slot {
  [slot]?: ChildProcess | undefined
}

// Boundary: the one place that both bundles can see.
const shared = globalThis as Slot

/** The built one; from the sources, as tests run them, the source. */
const helper = (): string => {
  const built = join(import.meta.dirname, "keychain.cjs")
  return existsSync(built) ? built : join(import.meta.dirname, "keychainHelper.ts")
}

/** What the helper need not know, and what would change how its Node runs: Node 20 reads extra certificates for 60 ms. */
const withheld = new Set(["CREWKIT_TOKEN", "NODE_OPTIONS", "NODE_EXTRA_CA_CERTS"])

const start = (): ChildProcess => {
  const { spawn } = process.getBuiltinModule("node:child_process")
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !withheld.has(name)))
  const child = spawn(process.execPath, [helper()], { env, stdio: ["pipe", "pipe", "ignore"], windowsHide: true })
  // Whoever asks finds out; until then nobody may be listening.
  child.on("error", () => undefined)
  child.stdin?.on("error", () => undefined)
  return child
}

/** For the launcher: Node and the keychain's library start while the program is loaded. */
export const startEarly = (): void => {
  shared[slot] = start()
}

/** The helper that was started early, or a new one. */
export const takeHelper = (): ChildProcess => {
  const early = shared[slot]
  shared[slot] = undefined
  return early ?? start()
}
