/**
 * The program's own files inside the single-file executable, which Node keeps as assets: their text, and what they
 * require that is not one of them. Only the launcher of the executable has this in its bundle.
 */
import { loadNative } from "./embeddedNative.ts"

const sea = () => process.getBuiltinModule("node:sea")

export const embeddedText = (name: string): string | undefined =>
  sea().getAssetKeys().includes(name) ? sea().getAsset(name, "utf8") : undefined

/** The native modules that are inside, by what the bundles require. */
const natives: Record<string, string> = {
  "./native/linux-x64.node": "fs-native-extensions.node",
  "@napi-rs/keyring-linux-x64-gnu": "keyring.node",
  "@napi-rs/keyring": "keyring.node"
}

class NotInside extends Error {
  readonly code = "MODULE_NOT_FOUND"
}

/** Modules of Node, and native modules out of `cacheFolder`. */
export const embeddedModules = (cacheFolder: string): ((name: string, require: unknown) => unknown) => {
  const loaded = new Map<string, unknown>()
  return (name, require) => {
    const native = natives[name]
    if (native !== undefined) {
      if (!loaded.has(native))
        loaded.set(native, loadNative(native, Buffer.from(sea().getRawAsset(native)), cacheFolder))
      return loaded.get(native)
    }
    const builtin: unknown = process.getBuiltinModule(name)
    if (builtin === undefined) throw new NotInside(`Cannot find module '${name}': the executable does not have it`)
    if (name !== "node:module") return builtin
    // What makes a `require` of its own is to find the same files.
    const inside: unknown = Object.create(process.getBuiltinModule("node:module"), {
      createRequire: { value: () => require }
    })
    return inside
  }
}
