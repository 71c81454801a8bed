import { Effect, Layer, Option } from "effect"
import { GitFailed } from "../domain/logErrors.ts"
import { GitNotes, type Note } from "../services/GitNotes.ts"
import { Invocation } from "../services/Invocation.ts"

interface Ran {
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

/** Ten seconds at most. */
const git = (cwd: string, args: ReadonlyArray<string>, input = ""): Effect.Effect<Option.Option<Ran>> =>
  Effect.callback((resume) => {
    const { spawn } = process.getBuiltinModule("node:child_process")
    const child = spawn("git", args, { cwd, timeout: 10_000, windowsHide: true, stdio: "pipe" })
    const out: Array<Buffer> = []
    let stderr = ""
    child.stdout.on("data", (data: Buffer) => out.push(data))
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString("utf8")))
    child.stdin.on("error", () => undefined)
    child.once("error", () => resume(Effect.succeedNone))
    child.once("close", (code) => resume(Effect.succeedSome({ code, stdout: Buffer.concat(out), stderr })))
    child.stdin.end(input)
    return Effect.sync(() => child.kill())
  })

/** What `git cat-file --batch` printed: a line with the size, then so many bytes, for each. */
const batchIn = (bytes: Buffer, commits: ReadonlyArray<string>): ReadonlyArray<Note> => {
  const notes: Array<Note> = []
  let offset = 0
  for (const commit of commits) {
    const end = bytes.indexOf(0x0a, offset)
    const size = /^[0-9a-f]+ blob (\d+)$/.exec(bytes.toString("latin1", offset, end))?.[1]
    if (end < 0 || size === undefined) return notes
    notes.push({ commit, text: bytes.toString("utf8", end + 1, end + 1 + Number(size)) })
    offset = end + 1 + Number(size) + 1
  }
  return notes
}

const ref = "--ref=crewkit"

export const layer = Layer.effect(
  GitNotes,
  Effect.gen(function* () {
    const { cwd } = yield* Invocation
    const done = (args: ReadonlyArray<string>, input?: string) =>
      Effect.map(
        git(cwd, args, input),
        Option.filter(({ code }) => code === 0)
      )
    return GitNotes.of({
      all: Effect.gen(function* () {
        const listed = yield* done(["notes", ref, "list"])
        const rows = Option.match(listed, { onNone: () => "", onSome: ({ stdout }) => stdout.toString("latin1") })
          .split("\n")
          .flatMap((line) => {
            const [blob, commit] = line.split(" ")
            return blob === undefined || commit === undefined ? [] : [{ blob, commit }]
          })
        if (rows.length === 0) return []
        const read = yield* done(["cat-file", "--batch"], rows.map(({ blob }) => `${blob}\n`).join(""))
        return Option.match(read, {
          onNone: () => [],
          onSome: ({ stdout }) =>
            batchIn(
              stdout,
              rows.map(({ commit }) => commit)
            )
        })
      }),
      add: Effect.fnUntraced(function* (text: string) {
        const run = Effect.fnUntraced(function* (args: ReadonlyArray<string>, input?: string) {
          const ran = Option.getOrUndefined(yield* git(cwd, args, input))
          if (ran === undefined) return yield* new GitFailed({ reason: "git could not be started" })
          const { code, stderr, stdout } = ran
          if (code === 0) return stdout.toString("utf8").trim()
          const reason = stderr.trim().split("\n").at(-1) ?? ""
          return yield* new GitFailed({ reason: reason === "" ? `git ended with ${code ?? "a signal"}` : reason })
        })
        const commit = yield* run(["rev-parse", "--verify", "HEAD^{commit}"])
        yield* run(["notes", ref, "append", "-F", "-", commit], text)
        return commit
      })
    })
  })
)
