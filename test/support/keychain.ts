/**
 * A real keychain of its own: a D-Bus and a gnome-keyring in scratch folders, unlocked unless said otherwise. Nothing
 * is started by D-Bus itself, so what `stop` ends is all that there was.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { promisify } from "node:util"
import type { Need } from "./needs.ts"

export const onPath = (program: string): string | undefined =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => fs.existsSync(path))

/** For `skipUnless`. */
export const keychainNeeds: ReadonlyArray<Need> = [
  "gnome-keyring-daemon",
  "dbus-daemon",
  "dbus-send",
  "secret-tool"
].map((name) => ({ name, path: onPath(name), installed: true }))

const busConfig = (address: string): string => `<!DOCTYPE busconfig PUBLIC
 "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

export interface Keychain extends AsyncDisposable {
  /** What a program needs to find it. */
  readonly env: { readonly DBUS_SESSION_BUS_ADDRESS: string }
  /** Runs `secret-tool`; what it printed. */
  readonly secretTool: (args: ReadonlyArray<string>, input?: string | Uint8Array) => string
  /** Starts the daemon anew without the password: every item is there and locked. */
  readonly lock: () => Promise<void>
  /** Stops the daemon in its tracks (SIGSTOP), and lets it go on. */
  readonly freeze: () => void
  readonly thaw: () => void
  /** Ends the daemon; the bus stays. */
  readonly quit: () => Promise<void>
  readonly stop: () => Promise<void>
}

const endOf = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, "exit")
  child.kill("SIGKILL")
  await exit
}

export const startKeychain = async ({ unlocked = true } = {}): Promise<Keychain> => {
  const base = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "crewkit-keychain-"))
  const folder = (name: string): string => {
    fs.mkdirSync(join(base, name), { mode: 0o700 })
    return join(base, name)
  }
  const socket = join(base, "bus")
  const address = `unix:path=${socket}`
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder("home"),
    XDG_RUNTIME_DIR: folder("runtime"),
    XDG_DATA_HOME: folder("data"),
    XDG_CONFIG_HOME: folder("config"),
    XDG_CACHE_HOME: folder("cache"),
    DBUS_SESSION_BUS_ADDRESS: address
  }
  const config = join(base, "bus.conf")
  fs.writeFileSync(config, busConfig(socket))
  const bus = spawn("dbus-daemon", [`--config-file=${config}`, "--nofork", "--nopidfile", "--print-address=1"], {
    env,
    stdio: ["ignore", "pipe", "ignore"]
  })
  await once(bus.stdout, "data")

  const isThere = async (): Promise<boolean> => {
    const owner = ["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]
    const asked = ["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus", ...owner]
    const { stdout } = await promisify(execFile)("dbus-send", asked, { env })
    return stdout.includes("boolean true")
  }

  const startDaemon = async (open: boolean): Promise<ChildProcess> => {
    const args = ["--foreground", "--components=secrets", ...(open ? ["--unlock"] : [])]
    const child = spawn("gnome-keyring-daemon", args, { env, stdio: ["pipe", "ignore", "pipe"] })
    let words = ""
    child.stderr.on("data", (data: Buffer) => (words = (words + data.toString("utf8")).slice(-2000)))
    // It has been seen to end by itself after hundreds of clients; a test that fails then has to say why.
    child.once("close", (_, signal) => {
      if (signal !== "SIGKILL")
        process.stderr.write(`gnome-keyring ended by itself (${signal ?? "no signal"}): ${words}\n`)
    })
    child.stdin.end(open ? "password of the test" : "")
    const limit = performance.now() + 10_000
    while (!(await isThere())) {
      if (performance.now() > limit || child.exitCode !== null) throw new Error("gnome-keyring does not start")
    }
    return child
  }

  // A locked keychain is one that was there before.
  let daemon = await startDaemon(true)
  const keychain: Keychain = {
    env: { DBUS_SESSION_BUS_ADDRESS: address },
    secretTool: (args, input = "") => execFileSync("secret-tool", args, { env, input, encoding: "utf8" }),
    lock: async () => {
      await endOf(daemon)
      daemon = await startDaemon(false)
    },
    freeze: () => void daemon.kill("SIGSTOP"),
    thaw: () => void daemon.kill("SIGCONT"),
    quit: () => endOf(daemon),
    stop: async () => {
      await endOf(daemon)
      await endOf(bus)
      fs.rmSync(base, { recursive: true, force: true })
    },
    [Symbol.asyncDispose]: () => keychain.stop()
  }
  if (!unlocked) await keychain.lock()
  return keychain
}
