/** What of a project is this machine's alone, and stays out of git. */
import { Effect, Option } from "effect"
import { join } from "node:path"
import { insideProject, readIfThere, writeDurably } from "./nodeFs.ts"

export const ignoreLines = [".crewkit/", ".agent/local/", ".claude/.backups/"]

const textOf = (path: string) =>
  Effect.map(readIfThere(path), Option.match({ onNone: () => "", onSome: (data) => data.toString("utf8") }))

const missingIn = (text: string): ReadonlyArray<string> => {
  const there = new Set(text.split(/\r?\n/).map((line) => line.trim().replace(/^\//, "")))
  return ignoreLines.filter((line) => !there.has(line) && !there.has(line.replace(/\/$/, "")))
}

/** The lines that this folder's `.gitignore` does not have. */
export const missingIgnoreLines = (folder: string) => Effect.map(textOf(join(folder, ".gitignore")), missingIn)

/** Adds them, and says which. */
export const addIgnoreLines = Effect.fnUntraced(function* (folder: string) {
  const path = join(folder, ".gitignore")
  const before = yield* textOf(path)
  const added = missingIn(before)
  if (added.length === 0) return added
  yield* insideProject(folder, path, "no link")
  const gap = before === "" ? "" : before.endsWith("\n") ? "\n" : "\n\n"
  yield* writeDurably(path, `${before}${gap}# crewkit: this machine only\n${added.join("\n")}\n`)
  return added
})
