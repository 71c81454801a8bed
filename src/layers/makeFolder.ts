/** For the launcher, which has to start without anything of Effect. */
import { existsSync, mkdirSync } from "node:fs"
import { dirname } from "node:path"

/** Folder by folder: Node's own recursion never ends below `/proc`, and a cache folder may be set to anything. */
export const makeFolder = (path: string): void => {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}
