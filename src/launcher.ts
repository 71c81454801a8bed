/**
 * The first file that Node runs. `--version` and plain `--help` are answered from what the build wrote, without loading
 * the program; everything else loads it, with Node's compile cache where there is one.
 */
import { existsSync, readFileSync } from "node:fs"
import module from "node:module"
import { homedir } from "node:os"
import { join } from "node:path"

declare const CREWKIT_VERSION: string

const args = process.argv.slice(2)

/** The help of `crewkit a b --help`, in colour where a terminal wants it. */
const staticHelp = (): string | undefined => {
  const last = args.at(-1)
  if (last !== "--help" && last !== "-h") return undefined
  const path = args.slice(0, -1)
  if (path.some((word) => !/^[a-z]+$/.test(word))) return undefined
  const { NO_COLOR, TERM } = process.env
  const color = process.stdout.isTTY && (NO_COLOR ?? "") === "" && TERM !== "dumb"
  const file = join(import.meta.dirname, "help", `${["crewkit", ...path].join("-")}.${color ? "ansi" : "txt"}`)
  return existsSync(file) ? readFileSync(file, "utf8") : undefined
}

/** In the person's own cache folder: a shared temporary folder could hold somebody else's code. */
const cacheFolder = (): string => {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env
  if (XDG_CACHE_HOME !== undefined && XDG_CACHE_HOME !== "") return join(XDG_CACHE_HOME, "crewkit")
  if (process.platform === "win32" && LOCALAPPDATA !== undefined) return join(LOCALAPPDATA, "crewkit", "cache")
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "crewkit")
  return join(homedir(), ".cache", "crewkit")
}

const start = (): void => {
  // Node has it from 22.1 on.
  if (typeof module.enableCompileCache === "function") module.enableCompileCache(join(cacheFolder(), "compile"))
  module.createRequire(import.meta.filename)("./main.cjs")
}

if (args.length === 1 && (args[0] === "--version" || args[0] === "-v")) {
  process.stdout.write(`@crewkit/cli/${CREWKIT_VERSION} ${process.platform}-${process.arch} node-${process.version}\n`)
} else {
  const help = staticHelp()
  if (help === undefined) start()
  else process.stdout.write(help)
}
