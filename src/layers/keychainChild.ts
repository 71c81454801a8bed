/**
 * Starts the helper process of the keychain. The launcher uses this file too, before the program is loaded, so it
 * stands on Node alone; the two bundles meet in a slot of `globalThis`.
 */
import type { ChildProcess } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const slot: unique symbol = Symbol.for("@crewkit/cli/keychain")

interface Early {
  /** Until somebody takes it. */
  child: ChildProcess | undefined
  /** Holds the name of the item that was read last: no secret, and no harm where it is wrong. */
  readonly file: string
  readonly hint: string
}

interface Slot {
  [slot]?: Early
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

/** It has nothing for V8 to do in the background, and the program that loads meanwhile has. */
const fewThreads = "--v8-pool-size=0"

/** The first argument by which the single-file executable is told to be the helper: it has no file that could be run. */
export const helperWord = "--keychain-helper"

const start = (hint = ""): ChildProcess => {
  const { spawn } = process.getBuiltinModule("node:child_process")
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !withheld.has(name)))
  const alone = process.getBuiltinModule("node:sea").isSea()
  const program = alone ? [helperWord] : [fewThreads, helper()]
  const child = spawn(process.execPath, [...program, ...(hint === "" ? [] : [hint])], {
    env: alone ? { ...env, NODE_OPTIONS: fewThreads } : env,
    stdio: ["pipe", "pipe", "ignore"],
    windowsHide: true
  })
  // Whoever asks finds out; until then nobody may be listening.
  child.on("error", () => undefined)
  child.stdin?.on("error", () => undefined)
  return child
}

/**
 * For the launcher: Node and the keychain's library start while the program is loaded, and the way to the item that was
 * read last is made ready, which takes as long as all the rest of a reading.
 */
export const startEarly = (cacheFolder: string): void => {
  const file = join(cacheFolder, "last-item")
  const hint = existsSync(file) ? readFileSync(file, "utf8") : ""
  shared[slot] = { child: start(hint), file, hint }
}

/** The helper that was started early, or a new one. */
export const takeHelper = (): ChildProcess => {
  const child = shared[slot]?.child
  if (shared[slot] !== undefined) shared[slot].child = undefined
  return child ?? start()
}

/** For the next early start. */
export const noteItem = (username: string): void => {
  const early = shared[slot]
  if (early === undefined || early.hint === username) return
  try {
    writeFileSync(early.file, username, { mode: 0o600 })
  } catch {
    // Then the next one is a little slower.
  }
}
