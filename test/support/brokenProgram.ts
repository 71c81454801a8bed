/** A copy of the built program with a fault in it, as a torn file or a bad release would have. */
import * as fs from "node:fs"
import { dirname, join } from "node:path"

const root = dirname(dirname(import.meta.dirname))

/** The launcher of a copy in this folder, in which each of these files was changed. */
export const brokenCopy = (folder: string, files: RegExp, change: (text: string, file: string) => string): string => {
  const dist = join(folder, "dist")
  fs.cpSync(join(root, "dist"), dist, { recursive: true })
  fs.symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
  const names = fs.readdirSync(dist).filter((name) => files.test(name))
  if (names.length === 0) throw new Error(`no file of the program is called like ${String(files)}`)
  for (const name of names) {
    const path = join(dist, name)
    fs.writeFileSync(path, change(fs.readFileSync(path, "utf8"), name))
  }
  return join(dist, "launcher.cjs")
}

/** The files of handlers. */
export const handlers = /\.run-[\w-]+\.cjs$/

/** Every handler throws what this expression gives. */
export const throwing =
  (expression: string) =>
  (text: string): string =>
    `${text}\n;exports.run=()=>{throw ${expression}};\n`
