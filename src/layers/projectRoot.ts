/** Which folder is the project. */
import * as fs from "node:fs"
import { dirname, join } from "node:path"

export const configPath = join(".agent", "config.yml")

/** The folder that holds `.agent/config.yml`: here or above, up to the root of the git repository. */
export const findRoot = (cwd: string): string | undefined => {
  const candidates: Array<string> = []
  let folder = cwd
  for (;;) {
    candidates.push(folder)
    if (fs.existsSync(join(folder, ".git"))) break
    const parent = dirname(folder)
    // Outside of a repository nothing above counts: somebody else may own it.
    if (parent === folder) return fs.existsSync(join(cwd, configPath)) ? cwd : undefined
    folder = parent
  }
  return candidates.find((each) => fs.existsSync(join(each, configPath)))
}
