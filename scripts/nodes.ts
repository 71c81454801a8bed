/**
 * Other versions of Node, each from the package `node-<system>-<processor>` of npm that the package `node` would
 * install by a script of its own; this one has none to run. They stay in `.cache/node`.
 */
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync } from "node:fs"
import { dirname, join } from "node:path"

const root = dirname(import.meta.dirname)

/** The oldest that `engines` allows, then the newest of each line when this was written. */
export const nodes = {
  tested: ["20.19.0", "22.23.3", "24.21.0", "26.10.0"],
  /** Has to know `--build-sea` (25.5). */
  executable: "26.10.0"
} as const

/** Where that version's program is. */
export const installNode = (version: string): string => {
  const system = process.platform === "win32" ? "win" : process.platform
  const name = `node-${system}-${process.arch}`
  const prefix = join(root, ".cache", "node", version)
  const program = join(prefix, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node")
  if (existsSync(program)) return program
  mkdirSync(prefix, { recursive: true })
  const quiet = ["--ignore-scripts", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
  execFileSync("npm", ["install", "--prefix", prefix, ...quiet, `${name}@${version}`], {
    cwd: prefix,
    stdio: ["ignore", "ignore", "inherit"]
  })
  return program
}
