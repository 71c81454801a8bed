/**
 * `user.email` read straight from git's configuration files, for the plain case: no environment that changes where git
 * looks, no includes, no worktree, no quoting. Whatever is not plain is left to git itself (undefined).
 */
import * as fs from "node:fs"
import { homedir } from "node:os"
import { dirname, join } from "node:path"

const read = (path: string): string | undefined => {
  try {
    return fs.readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}

/** The last `email` under `[user]`; undefined where the file says nothing, null where it is not plain. */
const emailIn = (text: string): string | undefined | null => {
  if (/^\s*\[\s*include|worktreeconfig/im.test(text)) return null
  let section = ""
  let email: string | undefined
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[([^\]]*)\]\s*(.*)$/.exec(line)
    if (header !== null) {
      section = (header[1] ?? "").trim().toLowerCase()
      if (header[2] !== "" && section === "user") return null
      continue
    }
    const value = section === "user" ? /^\s*email\s*=\s*(.*?)\s*$/i.exec(line)?.[1] : undefined
    if (value === undefined) continue
    if (!/^[^\s"\\;#]+$/.test(value)) return null
    email = value
  }
  return email
}

/** The repository's own configuration: a path, undefined outside of a repository, null where git must find it. */
const repositoryConfig = (cwd: string): string | undefined | null => {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const stat = fs.statSync(join(folder, ".git"), { throwIfNoEntry: false })
    if (stat !== undefined) return stat.isDirectory() ? join(folder, ".git", "config") : null
    if (dirname(folder) === folder) return undefined
  }
}

export const emailFromFiles = (cwd: string): string | undefined => {
  if (Object.keys(process.env).some((name) => /^GIT_(CONFIG|DIR|COMMON_DIR|WORK_TREE|CEILING)/.test(name)))
    return undefined
  const own = repositoryConfig(cwd)
  if (own === null) return undefined
  const xdg = process.env["XDG_CONFIG_HOME"]
  const global = xdg === undefined || xdg === "" ? join(homedir(), ".config") : xdg
  // Weakest first; git's system-wide file is weaker than all of these, so any of them decides.
  let email: string | undefined
  for (const path of [
    join(global, "git", "config"),
    join(homedir(), ".gitconfig"),
    ...(own === undefined ? [] : [own])
  ]) {
    const text = read(path)
    const found = text === undefined ? undefined : emailIn(text)
    if (found === null) return undefined
    email = found ?? email
  }
  return email
}
