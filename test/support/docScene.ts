/** Where the commands of a page are run: Ada's home, her project, the example registry, and what the page asks for. */
import { execFileSync, spawn } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { type Keychain, startKeychain } from "./keychain.ts"
import { agentText, examples, launcher, node, registryWith } from "./program.ts"
import { type RegistryServer, serveRegistry } from "./registryServer.ts"

/** Of the machine on the page. */
const shownHome = "/home/ada"
const shownServers = ["http://127.0.0.1:8787", "https://agents.example.com"]

export interface Printed {
  readonly code: number
  /** Standard output and standard error as a terminal mixes them, with the page's own names for places. */
  readonly text: string
}

export interface Scene extends AsyncDisposable {
  readonly run: (command: string) => Promise<Printed>
  /** Runs until so many lines were printed, then stops. */
  readonly serve: (command: string, lines: number) => Promise<Printed>
}

/**
 * What a scene can have beside Ada's project `web-shop` and the folder `agents-registry` next to it, which are always
 * there: `set up` (init is done), `synced`, `keychain`, `served` (that registry behind an address), `login` (Ada is
 * logged in there), `plain` (no git remote), `bare` (no registry yet), `one agent` (a small registry, synced).
 */
export const openScene = async (wishes: ReadonlyArray<string>): Promise<Scene> => {
  const base = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "crewkit-doc-"))
  const home = join(base, shownHome)
  const project = join(home, "web-shop")
  const registry = join(home, "agents-registry")
  const bin = join(home, "bin")
  for (const folder of [project, bin]) fs.mkdirSync(folder, { recursive: true })
  if (wishes.includes("one agent")) {
    registryWith(registry, { "agents/reviewer.md": agentText("reviewer", "Read the whole change first.") })
    if (wishes.includes("served")) fs.cpSync(join(examples, "orgs/acme/org.yml"), join(registry, "orgs/acme/org.yml"))
  } else if (!wishes.includes("bare")) fs.cpSync(examples, registry, { recursive: true })
  const program = (name: string, text: string) =>
    fs.writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`, { mode: 0o755 })
  program("crewkit", `exec "${node}" "${launcher}" "$@"`)
  // Claude Code as far as these pages go: it says its version, and does what the page has it do.
  program(
    "claude",
    `[ "$1" = --version ] && { echo "2.1.330 (Claude Code)"; exit; }\nif [ -e "$HOME/claude-does" ]; then . "$HOME/claude-does"; fi`
  )
  let keychain: Keychain | undefined
  let server: RegistryServer | undefined
  if (wishes.includes("keychain")) keychain = await startKeychain()
  if (wishes.includes("served")) server = await serveRegistry({ root: registry })
  const env: Record<string, string> = {
    PATH: [bin, dirname(process.execPath), process.env["PATH"]].join(delimiter),
    HOME: home,
    XDG_CONFIG_HOME: join(home, ".config"),
    XDG_CACHE_HOME: join(home, ".cache"),
    XDG_DATA_HOME: join(home, ".local", "share"),
    NO_COLOR: "1",
    BROWSER: "true",
    GIT_CONFIG_GLOBAL: join(home, ".gitconfig"),
    ...keychain?.env
  }
  const git = (...args: ReadonlyArray<string>) => execFileSync("git", args, { cwd: project, env })
  git("init", "--quiet")
  git("config", "user.email", "ada@acme.example")
  git("config", "user.name", "Ada Park")
  if (!wishes.includes("plain")) git("remote", "add", "origin", "git@github.com:acme/web-shop.git")

  const real = (text: string): string => {
    const there = text.replaceAll("/home/ada", home).replaceAll("/srv/agents", registry)
    return server === undefined ? there : shownServers.reduce((now, one) => now.replaceAll(one, server.url), there)
  }
  /** The name by which the page's last command called the server. */
  let called = shownServers[0] ?? ""
  const shown = (text: string): string =>
    (server === undefined ? text : text.replaceAll(server.url, called)).replaceAll(base, "")

  const place = join(base, "place")
  fs.writeFileSync(place, project)
  /** Somebody who approves each login that is asked for while the command runs. */
  const start = (command: string) => {
    called = shownServers.find((one) => command.includes(one)) ?? called
    const script = `cd "$(cat "$PLACE")"\n${real(command)}\ncode=$?\npwd >"$PLACE"\nexit $code`
    const child = spawn("bash", ["-c", `exec 2>&1\n${script}`], { env: { ...env, PLACE: place }, detached: true })
    let text = ""
    let approved = false
    const seen: Array<() => void> = []
    child.stdout.on("data", (data: Buffer) => {
      text += data.toString("utf8")
      seen.forEach((each) => each())
      const code = /\bcode\s+([A-Z]{4}-[A-Z]{4})\b/.exec(text)?.[1]
      if (server !== undefined && code !== undefined && !approved) {
        approved = true
        void server.approve(code)
      }
    })
    child.stdin.end()
    const ended = new Promise<Printed>((resolve, reject) => {
      child.once("error", reject)
      child.once("close", (code) => resolve({ code: code ?? 128, text: shown(text) }))
    })
    const printed = (lines: number) =>
      new Promise<void>((resolve) => {
        const look = () => (text.split("\n").length > lines ? resolve() : undefined)
        seen.push(look)
        void ended.then(() => resolve())
        look()
      })
    return { child, ended, printed }
  }
  const run = (command: string) => start(command).ended
  const must = async (command: string) => {
    const { code, text } = await run(command)
    if (code !== 0) throw new Error(`the scene cannot be set: ${command}\n${text}`)
  }
  if (wishes.includes("login") && server !== undefined) await must(`crewkit auth login --registry ${server.url}`)
  const from = server === undefined ? "../agents-registry" : server.url
  if (wishes.includes("one agent"))
    await must("crewkit init acme web-shop --registry ../agents-registry && crewkit sync")
  if (wishes.includes("set up") || wishes.includes("synced"))
    await must(`crewkit init acme web-shop --registry ${from}`)
  if (wishes.includes("synced")) await must("crewkit sync --yes --quiet")
  return {
    run,
    serve: async (command, lines) => {
      // On a port that is free, which the page does not know.
      const { child, ended, printed } = start(`${command} --listen 127.0.0.1:0`)
      await printed(lines)
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGTERM")
      return { code: 0, text: (await ended).text.replace(/http:\/\/127\.0\.0\.1:\d+/g, shownServers[0] ?? "") }
    },
    [Symbol.asyncDispose]: async () => {
      await server?.[Symbol.asyncDispose]()
      await keychain?.stop()
      fs.rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    }
  }
}
