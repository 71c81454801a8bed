import { Effect, Layer, Option } from "effect"
import { dirname } from "node:path"
import { Git } from "../services/Git.ts"
import { Invocation } from "../services/Invocation.ts"
import { emailFromFiles } from "./gitConfigFiles.ts"

/** Standard output of git, or nothing where it fails or is not installed. Five seconds at most. */
const git = (cwd: string, args: ReadonlyArray<string>): Effect.Effect<Option.Option<string>> =>
  Effect.callback((resume) => {
    const { execFile } = process.getBuiltinModule("node:child_process")
    const child = execFile("git", args, { cwd, timeout: 5000, windowsHide: true }, (error, stdout) =>
      resume(Effect.succeed(error === null ? Option.some(stdout) : Option.none()))
    )
    return Effect.sync(() => child.kill())
  })

export const layer = Layer.effect(
  Git,
  Effect.gen(function* () {
    const { cwd } = yield* Invocation
    const asked = git(cwd, ["config", "--get", "user.email"]).pipe(
      Effect.map(Option.map((text) => text.trim())),
      Effect.map(Option.filter((text) => text !== ""))
    )
    return Git.of({
      // Starting git costs as much as half of a sync with nothing to do; its files mostly say it plainly.
      email: Effect.suspend(() => {
        const email = emailFromFiles(cwd)
        return email === undefined ? asked : Effect.succeedSome(email)
      }),
      state: git(cwd, ["status", "--porcelain=v2", "--branch", "--untracked-files=no"]).pipe(
        Effect.timeoutOption("500 millis"),
        Effect.map((text) =>
          Option.flatMap(Option.flatten(text), (status) => {
            const commit = /^# branch\.oid ([0-9a-f]{40,64})$/m.exec(status)?.[1]
            return Option.map(Option.fromNullishOr(commit), (oid) => ({ commit: oid, dirty: /^[12u] /m.test(status) }))
          })
        )
      ),
      tracks: (path) => Effect.map(git(dirname(path), ["ls-files", "--error-unmatch", "--", path]), Option.isSome),
      remotes: git(cwd, ["remote", "-v"]).pipe(
        Effect.map((text) => {
          const remotes = new Map<string, string>()
          for (const line of Option.getOrElse(text, () => "").split("\n")) {
            const match = /^(\S+)\t(\S+) \(fetch\)$/.exec(line)
            if (match?.[1] !== undefined && match[2] !== undefined) remotes.set(match[1], match[2])
          }
          return remotes
        })
      )
    })
  })
)
