/**
 * Loads the files of the bundle, which require one another by `./name.cjs` and nothing else of ours. Node's own loader
 * would look each one up on the disk, ask what kind of package it belongs to, and decode it as UTF-8.
 */
import { join } from "node:path"
import type { Script } from "node:vm"

type Require = (name: string) => unknown

export interface OwnFiles {
  /** The source of a file, or `undefined` where there is none. */
  readonly text: (file: string) => string | undefined
  /** Compiles the source of the file at a path; the script's value is a function of what a CommonJS module sees. */
  readonly compile: (path: string, source: string) => Script
  /** What is not a file of ours: modules of Node, native modules. */
  readonly other: (name: string, require: Require) => unknown
  /** Of the files; empty where they are in none. */
  readonly folder: string
}

/** Runs `entry`, and whatever it requires, each file once. */
export const loadOwn = (entry: string, { text, compile, other, folder }: OwnFiles): void => {
  const loaded = new Map<string, unknown>()
  const load = (file: string): unknown => {
    const source = text(file)
    if (source === undefined) throw new Error(`crewkit is not whole: ${file} is missing; install it again`)
    // A bundle exports hundreds of names: V8 gives an object with a prototype a new shape for each, 4 ms together.
    const module: { exports: unknown } = { exports: Object.create(null) }
    loaded.set(file, module.exports)
    const path = join(folder, file)
    const run: (...args: ReadonlyArray<unknown>) => unknown = compile(path, source).runInThisContext()
    run.call(module.exports, module.exports, require, module, path, folder)
    loaded.set(file, module.exports)
    return module.exports
  }
  const require: Require = (name) => {
    if (!/^\.\/[^/]+\.cjs$/.test(name)) return other(name, require)
    const file = name.slice(2)
    return loaded.has(file) ? loaded.get(file) : load(file)
  }
  load(entry)
}
