/** Whether Claude Code's hooks are on, by the settings files that it reads. Verified with Claude Code 2.1.330. */
import { Effect } from "effect"
import * as fs from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { hooksVerdict, type SettingsFile } from "../../domain/doctorRules.ts"

const managedFolder = (): string => {
  const named = process.env["CLAUDE_CODE_MANAGED_SETTINGS_PATH"] ?? ""
  if (named !== "") return named
  if (process.platform === "darwin") return "/Library/Application Support/ClaudeCode"
  return process.platform === "win32" ? "C:\\Program Files\\ClaudeCode" : "/etc/claude-code"
}

/** The strongest first: of the files beside the main one, the last by name. */
const managedFiles = (): ReadonlyArray<string> => {
  const folder = managedFolder()
  const beside = join(folder, "managed-settings.d")
  const more = fs.existsSync(beside)
    ? fs.readdirSync(beside).filter((name) => name.endsWith(".json") && !name.startsWith("."))
    : []
  return [
    ...more
      .sort()
      .toReversed()
      .map((name) => join(beside, name)),
    join(folder, "managed-settings.json")
  ]
}

const read = (path: string, managed: boolean, file = path): ReadonlyArray<SettingsFile> => {
  try {
    return fs.statSync(path).isFile() ? [{ file, managed, text: fs.readFileSync(path, "utf8") }] : []
  } catch {
    // Not there, or not for us: then Claude Code does not read it either.
    return []
  }
}

export const hooks = (root: string | undefined) =>
  Effect.sync(() => {
    const own = process.env["CLAUDE_CONFIG_DIR"] || join(homedir(), ".claude")
    const project =
      root === undefined
        ? []
        : ["settings.local.json", "settings.json"].flatMap((name) =>
            read(join(root, ".claude", name), false, `.claude/${name}`)
          )
    return hooksVerdict([
      ...managedFiles().flatMap((file) => read(file, true)),
      ...project,
      ...read(join(own, "settings.json"), false)
    ])
  })
