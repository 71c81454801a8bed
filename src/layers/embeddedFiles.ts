/**
 * The program's own files inside the single-file executable, which Node keeps as assets: their text, and a `require`
 * that finds them there. Only the launcher of the executable has this in its bundle.
 */
import type { Script } from "node:vm"
import { loadNative } from "./embeddedNative.ts"

const sea = () => process.getBuiltinModule("node:sea")

export const embeddedText = (name: string): string | undefined =>
  sea().getAssetKeys().includes(name) ? sea().getAsset(name, "utf8") : undefined

/** The native modules that are inside, by what the bundles require. */
const natives: Record<string, string> = {
  "./native/linux-x64.node": "./fs-native-extensions.node",
  "@napi-rs/keyring-linux-x64-gnu": "./keyring.node",
  "@napi-rs/keyring": "./keyring.node"
}

type Require = (name: string) => unknown

class NotInside extends Error {
  readonly code = "MODULE_NOT_FOUND"
}

/** Runs one of the files, and what it requires; `compile` gives the script of a wrapped source. */
export const loadEmbedded = (
  entry: string,
  compile: (file: string, source: string) => Script,
  cacheFolder: string
): void => {
  const loaded = new Map<string, { exports: unknown }>()
  const load = (file: string): unknown => {
    const before = loaded.get(file)
    if (before !== undefined) return before.exports
    const module: { exports: unknown } = { exports: {} }
    if (file.endsWith(".node")) {
      module.exports = loadNative(file, Buffer.from(sea().getRawAsset(file)), cacheFolder)
      loaded.set(file, module)
      return module.exports
    }
    loaded.set(file, module)
    const source = embeddedText(file)
    if (source === undefined) throw new NotInside(`${file} is not in the executable`)
    const run: (...args: ReadonlyArray<unknown>) => unknown = compile(file, source).runInThisContext()
    run.call(module.exports, module.exports, require, module, file, "")
    return module.exports
  }
  const require: Require = (name) => {
    const file = natives[name] ?? name
    if (file.startsWith("./")) return load(file.slice(2))
    const builtin: unknown = process.getBuiltinModule(file)
    if (builtin === undefined) throw new NotInside(`Cannot find module '${name}': the executable does not have it`)
    if (file !== "node:module") return builtin
    // What makes a `require` of its own is to find the same files.
    const inside: unknown = Object.create(process.getBuiltinModule("node:module"), {
      createRequire: { value: () => require }
    })
    return inside
  }
  load(entry)
}
