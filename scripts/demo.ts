/**
 * `npm run demo`: a scratch project over the example registry, from nothing to a restored backup. Every line under a
 * `$` is the output of the real command; the folder `demo/` stays for a look around.
 */
import { spawnSync } from "node:child_process"
import { appendFileSync, cpSync, mkdirSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"

const root = dirname(import.meta.dirname)
const demo = join(root, "demo")
const project = join(demo, "web-shop")

/** What a person would type. A failing step stops the demo with its exit code. */
const type = (command: string, expected = 0): void => {
  const bold = process.stdout.isTTY ? ["\u001b[1m", "\u001b[0m"] : ["", ""]
  console.log(`\n${bold[0]}$ ${command}${bold[1]}`)
  const crewkit = `crewkit() { "${process.execPath}" "${join(root, "dist", "launcher.cjs")}" "$@"; }; `
  const { status } = spawnSync("bash", ["-c", crewkit + command], { cwd: project, stdio: "inherit" })
  if (status !== expected) process.exit(status ?? 1)
}

rmSync(demo, { recursive: true, force: true })
mkdirSync(project, { recursive: true })
cpSync(join(root, "examples", "registry"), join(demo, "agents-registry"), { recursive: true })
const git = (...args: ReadonlyArray<string>) => spawnSync("git", args, { cwd: project })
git("init", "--quiet")
git("remote", "add", "origin", "git@github.com:acme/web-shop.git")
git("config", "user.email", "ada@acme.example")

type("crewkit init --registry ../agents-registry")
type("crewkit sync")
type("crewkit agents explain release-notes | head -n 12")
type("ls .claude/agents")

appendFileSync(join(project, ".claude", "agents", "debugger.md"), "\nAlways blame the cache.\n")
type("tail -n 1 .claude/agents/debugger.md")
type("crewkit sync --check", 6)
type("crewkit sync")
type("tail -n 1 .claude/agents/debugger.md")
type("crewkit backups list")
type("crewkit backups restore debugger")
type("tail -n 1 .claude/agents/debugger.md")
type("crewkit sync --keep-local")
type("crewkit sessions list")
type("crewkit sessions show last --diff")
type("crewkit sessions verify --all")
type("crewkit")
console.log(`\nLook around: ${demo}`)
