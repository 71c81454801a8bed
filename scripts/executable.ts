/**
 * `npm run executable`: the single-file executable for Linux x64, `.cache/executable/crewkit`, made by Node's own
 * `--build-sea`. Inside are Node, `dist/`, and the two native modules as their packages ship them. Nobody needs Node to
 * run it; glibc has to be there.
 */
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { buildId, bundle, bundledPackages, notices, packageAt } from "./build.ts"
import { installNode, nodes } from "./nodes.ts"

const root = dirname(import.meta.dirname)
const folder = join(root, ".cache", "executable")
const modules = join(root, "node_modules")
const sha256 = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex")

/** By the name that the program loads them by. */
const natives = {
  "keyring.node": join(modules, "@napi-rs/keyring-linux-x64-gnu/keyring.linux-x64-gnu.node"),
  "fs-native-extensions.node": join(root, "dist/native/linux-x64.node")
}

/** Everything that the program reads: its chunks, the texts of `--help`, and what it has as packages elsewhere. */
const assets = (): Record<string, string> => {
  const dist = join(root, "dist")
  const files = readdirSync(dist).filter((name) => name.endsWith(".cjs") && name !== "launcher.cjs")
  const help = readdirSync(join(dist, "help")).map((name) => `help/${name}`)
  return {
    ...Object.fromEntries([...files, ...help].sort().map((name) => [name, join(dist, name)])),
    ...natives
  }
}

/** What is inside beside `dist/` and Node. The binary of the keychain has the version and the licence of its package. */
export const nativePackages = ["@napi-rs/keyring"].map(packageAt)

/** The licences of all that is inside. */
const licences = (node: string): string => {
  const nodeFolder = dirname(dirname(node))
  const keyring = join(modules, "@napi-rs/keyring-linux-x64-gnu/LICENSE.third-party.md")
  return [
    notices([...bundledPackages, ...nativePackages]),
    `Inside the native module of @napi-rs/keyring:\n\n${readFileSync(keyring, "utf8").trim()}\n`,
    `Node.js ${nodes.executable}\n\n${readFileSync(join(nodeFolder, "LICENSE"), "utf8").trim()}\n`
  ].join("\n----\n\n")
}

if (process.platform !== "linux" || process.arch !== "x64") throw new Error("the executable is built on Linux x64")
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const node = installNode(nodes.executable)
const hashes = Object.fromEntries(Object.entries(natives).map(([name, file]) => [name, sha256(file)]))
await bundle("launcher", [], { build: buildId, executable: { folder, natives: hashes } })
const base = join(folder, "node")
// Symbols are a fifth of Node and of no use here.
if (existsSync("/usr/bin/strip")) execFileSync("/usr/bin/strip", ["-o", base, node])
else throw new Error("/usr/bin/strip is not there: install binutils")
export const output = join(folder, "crewkit")
const config = join(folder, "sea.json")
writeFileSync(
  config,
  JSON.stringify({
    // As it is named here it is inside: a path of this machine would make every build another.
    main: "launcher.cjs",
    executable: base,
    output,
    disableExperimentalSEAWarning: true,
    assets: assets()
  })
)
execFileSync(node, ["--build-sea", config], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] })
rmSync(base)
export const thirdParty = join(folder, "THIRD-PARTY.txt")
writeFileSync(thirdParty, licences(node))
// The test asks whether what it has before it is of the build at hand.
writeFileSync(join(folder, "of"), sha256(join(root, "dist", "main.cjs")))
console.log(`${output}: ${statSync(output).size} bytes, SHA-256 ${sha256(output)}`)
