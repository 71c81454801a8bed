/**
 * Puts into package-lock.json the packages of other platforms that npm leaves out when the registry at hand does not
 * hold them: `npm ci` refuses a lock without them, though it would not install them. Run it after `npm install`.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

interface Entry {
  readonly version?: string
  readonly dev?: boolean
  readonly optionalDependencies?: Record<string, string>
}

const file = join(dirname(import.meta.dirname), "package-lock.json")
const lock: { packages: Record<string, Entry> } = JSON.parse(readFileSync(file, "utf8"))

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"]
const processors = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64", "wasm32"]

/** What a platform package's name says: `@scope/binding-linux-arm64-gnu`. */
const platformOf = (name: string) => {
  const os = systems.find((system) => name.includes(`-${system}`))
  const cpu = processors.find((processor) => new RegExp(`-${processor}(?:-|$)`).test(name))
  return { ...(cpu === undefined ? {} : { cpu: [cpu] }), ...(os === undefined ? {} : { os: [os] }) }
}

const added: Record<string, Entry> = {}
for (const [path, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (!/^\d/.test(version)) continue
    // At the top, or beside its parent where another version has the place.
    const places = [`node_modules/${name}`, `${path}/node_modules/${name}`]
    const versionAt = (key: string) => (lock.packages[key] ?? added[key])?.version
    if (places.some((key) => versionAt(key) === version)) continue
    const key = places.find((each) => versionAt(each) === undefined)
    if (key === undefined) throw new Error(`no place for ${name} ${version}`)
    added[key] = {
      version,
      ...platformOf(name),
      ...(parent.dev === true ? { dev: true } : {}),
      optional: true
    } as Entry
  }
}
const packages = Object.entries({ ...lock.packages, ...added }).sort(([a], [b]) => (a < b ? -1 : 1))
writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, undefined, 2)}\n`)
console.log(`${Object.keys(added).length} packages of other platforms added`)
