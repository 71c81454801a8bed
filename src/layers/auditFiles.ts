/** Finding the files of an audit. */
import * as fs from "node:fs"
import { isAbsolute, join, relative, resolve, sep } from "node:path"

/** Larger than anything that a client loads; of what is larger still, so much is looked at. Bytes. */
const mostRead = 8 * 1024 * 1024

export const readBounded = (file: string): Uint8Array => {
  const { size } = fs.statSync(file)
  if (size <= mostRead) return fs.readFileSync(file)
  const fd = fs.openSync(file, "r")
  try {
    const data = Buffer.alloc(mostRead)
    return data.subarray(0, fs.readSync(fd, data, 0, mostRead, 0))
  } finally {
    fs.closeSync(fd)
  }
}

/** Nobody keeps agents there, and there are many files. */
const skipped = new Set([".git", "node_modules"])

/** Every `*.md` below a folder, as Claude Code would find it: hidden folders and links included, each folder once. */
export const agentsBelow = (folder: string): ReadonlyArray<string> => {
  const files: Array<string> = []
  const seen = new Set<string>()
  const walk = (at: string): void => {
    const real = fs.realpathSync(at)
    if (seen.has(real)) return
    seen.add(real)
    for (const name of fs.readdirSync(at).sort()) {
      const path = join(at, name)
      const stat = fs.statSync(path, { throwIfNoEntry: false })
      if (stat?.isDirectory() === true && !skipped.has(name)) walk(path)
      else if (stat?.isFile() === true && name.endsWith(".md")) files.push(path)
    }
  }
  walk(folder)
  return files
}

/** Below the root where the file is below it; else as it stands on this machine. */
export const shownPath = (root: string, file: string): string => {
  const way = relative(root, file)
  const outside = way === "" || way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way)
  return (outside ? resolve(file) : way).split(sep).join("/")
}

/** All of standard input, as far as it would be looked at. */
export const readStdin = (): Uint8Array => {
  const parts: Array<Buffer> = []
  let length = 0
  const part = Buffer.alloc(65_536)
  while (length < mostRead) {
    let read: number
    try {
      read = fs.readSync(0, part, 0, part.length, null)
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? cause.code : undefined
      if (code === "EAGAIN") continue
      if (code === "EOF") break
      throw cause
    }
    if (read === 0) break
    parts.push(Buffer.from(part.subarray(0, read)))
    length += read
  }
  return Buffer.concat(parts)
}
