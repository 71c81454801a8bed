/** What git would take along of a project: this machine's own files are to stay out of it. */
import { Effect } from "effect"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { failing, pass, skipped, together, warning } from "../../domain/doctor.ts"
import { counted } from "../../domain/text.ts"
import { addIgnoreLines, ignoreLines, missingIgnoreLines } from "../ignoreLines.ts"
import { outside } from "./projectChecks.ts"

interface Answer {
  /** 0 and 1 are answers of git's; none where it could not be run. */
  readonly code: number | undefined
  readonly stdout: string
}

const git = (cwd: string, args: ReadonlyArray<string>): Effect.Effect<Answer> =>
  Effect.callback((resume) => {
    const { execFile } = process.getBuiltinModule("node:child_process")
    // A token of the registry is no business of git's.
    const { CREWKIT_TOKEN: _, ...rest } = process.env
    const env = { ...rest, GIT_OPTIONAL_LOCKS: "0" }
    const child = execFile("git", args, { cwd, env, timeout: 4000, windowsHide: true }, (error, stdout) =>
      resume(
        Effect.succeed({ code: error === null ? 0 : typeof error.code === "number" ? error.code : undefined, stdout })
      )
    )
    return Effect.sync(() => child.kill())
  })

/** In a repository: here or above there is something called `.git`. */
const isRepository = (folder: string): boolean =>
  fs.existsSync(join(folder, ".git")) || (dirname(folder) !== folder && isRepository(dirname(folder)))

/** Any path below each of the lines: git says whether it ignores it, by whatever file. */
const sample = (line: string): string => `${line}sample`

const notIgnored = Effect.fnUntraced(function* (root: string) {
  const missing = yield* missingIgnoreLines(root)
  // What init writes is enough, and starting git takes its time.
  if (missing.length === 0) return missing
  const { code, stdout } = yield* git(root, ["check-ignore", "--no-index", "-z", "--", ...ignoreLines.map(sample)])
  // Without git itself, what init writes is looked for.
  if (code !== 0 && code !== 1) return missing
  const ignored = new Set(stdout.split("\0"))
  return ignoreLines.filter((line) => !ignored.has(sample(line)))
})

export const repository = Effect.fnUntraced(function* (root: string | undefined) {
  if (root === undefined) return outside
  if (!isRepository(root)) return skipped("not a git repository")
  const [open, { stdout }] = yield* Effect.all(
    [notIgnored(root), git(root, ["ls-files", "-z", "--", ...ignoreLines])],
    { concurrency: "unbounded" }
  )
  const tracked = stdout.split("\0").filter((path) => path !== "")
  const places = ignoreLines.filter((line) => tracked.some((path) => path.startsWith(line)))
  return together(
    [
      ...(tracked.length === 0
        ? []
        : [
            failing(
              `git tracks ${counted(tracked.length, "file")} of this machine alone: ${tracked.slice(0, 3).join(", ")}`,
              {
                next: `git rm -r --cached ${places.join(" ")}`
              }
            )
          ]),
      ...(open.length === 0
        ? []
        : [warning(`git does not ignore ${open.join(", ")}`, { next: "crewkit doctor --fix", fixable: true })])
    ],
    pass(`${counted(ignoreLines.length, "ignore line")} in force`)
  )
})

/** Adds the ignore lines where git does not ignore what they name. */
export const mendIgnores = Effect.fnUntraced(function* (root: string | undefined) {
  if (root === undefined || !isRepository(root) || (yield* notIgnored(root)).length === 0) return []
  const added = yield* addIgnoreLines(root)
  return added.length === 0 ? [] : [`added to .gitignore: ${added.join(", ")}`]
})
