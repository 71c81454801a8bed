/**
 * A native module inside the single-file executable. The system loads one from a file only, so it is written into the
 * person's own cache folder, and compared byte for byte with the one inside before it is loaded.
 */
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { makeFolder } from "./makeFolder.ts"

/** SHA-256 of each, in hexadecimal, from the build. */
declare const CREWKIT_NATIVES: Record<string, string>

/** Milliseconds after which the modules of other versions are dropped. */
const week = 7 * 24 * 3600 * 1000

/** A file of ours that nobody else may write, with these very bytes. */
const isSame = (file: string, bytes: Buffer): boolean => {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false })
  if (stat === undefined || !stat.isFile() || (stat.mode & 0o022) !== 0) return false
  if (stat.uid !== process.geteuid?.() || stat.size !== bytes.length) return false
  return bytes.equals(fs.readFileSync(file))
}

const write = (folder: string, file: string, bytes: Buffer): void => {
  const temporary = `${file}.${process.pid}`
  fs.rmSync(temporary, { force: true })
  fs.writeFileSync(temporary, bytes, { flag: "wx", mode: 0o600 })
  fs.renameSync(temporary, file)
  for (const name of fs.readdirSync(folder)) {
    const other = join(folder, name)
    if (other !== file && Date.now() - fs.statSync(other).mtimeMs > week) fs.rmSync(other, { force: true })
  }
}

/** The folder is to be ours alone: who may write to it could replace the file after it was compared. */
const prepare = (folder: string): void => {
  makeFolder(folder)
  const stat = fs.lstatSync(folder)
  if (!stat.isDirectory() || stat.uid !== process.geteuid?.()) throw new Error(`${folder} is not a folder of yours`)
  if ((stat.mode & 0o077) !== 0) fs.chmodSync(folder, 0o700)
}

const open = (file: string): unknown => {
  const module: { exports: unknown } = { exports: {} }
  process.dlopen(module, file)
  return module.exports
}

/** Where the cache folder cannot be written: a folder for this one loading. */
const openOnce = (name: string, bytes: Buffer): unknown => {
  const folder = fs.mkdtempSync(join(tmpdir(), "crewkit-native-"))
  try {
    const file = join(folder, name)
    fs.writeFileSync(file, bytes, { flag: "wx", mode: 0o600 })
    return open(file)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

export const loadNative = (name: string, bytes: Buffer, cacheFolder: string): unknown => {
  const folder = join(cacheFolder, "native")
  const file = join(folder, `${CREWKIT_NATIVES[name]?.slice(0, 16)}-${name}`)
  try {
    prepare(folder)
    if (!isSame(file, bytes)) write(folder, file, bytes)
  } catch {
    return openOnce(name, bytes)
  }
  return open(file)
}
