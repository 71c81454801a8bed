/**
 * `npm run release`: from a clean tree whose packages are those of the lock, `.cache/release/` with the tarball for npm,
 * the executable for Linux x64, an SBOM of each and their checksums. All is built twice, the second time in another
 * folder, and refused if a byte differs. It publishes nothing; `docs/release.md` says how that is done.
 */
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { nodes } from "./nodes.ts"
import { installedWith, nodeComponent, sbom } from "./sbom.ts"

const root = dirname(import.meta.dirname)
const out = join(root, ".cache", "release")
const again = join(root, ".cache", "again")

const git = (...args: ReadonlyArray<string>): string =>
  execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim()
const sha256 = (file: string): string => createHash("sha256").update(fs.readFileSync(file)).digest("hex")

interface Lock {
  readonly packages: Record<string, { readonly version?: string; readonly integrity?: string }>
}

const lockAt = (path: string): Lock => JSON.parse(fs.readFileSync(join(root, path), "utf8"))

const changed = git("status", "--porcelain")
if (changed !== "") throw new Error(`the tree is not clean; commit or drop what is changed:\n${changed}`)
const locked = lockAt("package-lock.json").packages
for (const [path, { integrity, version }] of Object.entries(lockAt("node_modules/.package-lock.json").packages)) {
  const entry = locked[path]
  if (entry?.version !== version || (entry?.integrity !== undefined && entry.integrity !== integrity))
    throw new Error(`${path} is not what package-lock.json names: run npm ci`)
}

const pack = (tree: string, folder: string): string => {
  const args = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder]
  return join(folder, execFileSync("npm", args, { cwd: tree, encoding: "utf8" }).trim())
}

for (const folder of [out, again]) fs.rmSync(folder, { recursive: true, force: true })
fs.mkdirSync(out, { recursive: true })
const { bundledPackages } = await import("./build.ts")
const { nativePackages, output, thirdParty } = await import("./executable.ts")
const tarball = pack(root, out)

// What git has, and nothing that lies about here; the packages are hard links.
fs.mkdirSync(join(again, "tree", ".cache", "node"), { recursive: true })
const archive = execFileSync("git", ["archive", "HEAD"], { cwd: root, maxBuffer: 2 ** 30 })
execFileSync("tar", ["-x", "-C", join(again, "tree")], { input: archive })
execFileSync("cp", ["-al", join(root, "node_modules"), join(again, "tree", "node_modules")])
const node = join(".cache", "node", nodes.executable)
execFileSync("cp", ["-al", join(root, node), join(again, "tree", node)])
execFileSync(process.execPath, [join(again, "tree", "scripts", "executable.ts")], {
  stdio: ["ignore", "ignore", "inherit"]
})
const pairs = [
  [tarball, pack(join(again, "tree"), again)],
  [output, join(again, "tree", ".cache", "executable", "crewkit")]
] as const
for (const [one, other] of pairs) {
  if (sha256(one) !== sha256(other)) throw new Error(`${one} and ${other} were built from the same tree and differ`)
}
fs.rmSync(again, { recursive: true, force: true })

const { name, version }: { readonly name: string; readonly version: string } = JSON.parse(
  fs.readFileSync(join(root, "package.json"), "utf8")
)
const subject = { name, version, root, time: new Date(git("show", "-s", "--format=%cI", "HEAD")).toISOString() }
const executable = `crewkit-${version}-linux-x64`
fs.copyFileSync(output, join(out, executable))
fs.copyFileSync(thirdParty, join(out, `${executable}.THIRD-PARTY.txt`))
fs.writeFileSync(
  `${tarball.slice(0, -4)}.cdx.json`,
  sbom(subject, bundledPackages, installedWith(root), "in the bundle")
)
const withNode = { components: [nodeComponent(nodes.executable)], dependencies: [] }
const inside = [...bundledPackages, ...nativePackages]
fs.writeFileSync(join(out, `${executable}.cdx.json`), sbom(subject, inside, withNode, "in the executable"))
const files = fs.readdirSync(out).sort()
const sums = files.map((file) => `${sha256(join(out, file))}  ${file}\n`).join("")
fs.writeFileSync(join(out, "SHA256SUMS"), sums)
console.log(`${git("rev-parse", "HEAD")}, built twice with the same bytes:\n${sums}in ${out}`)
