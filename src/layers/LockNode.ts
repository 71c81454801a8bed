import { Effect, Layer, Option, Schema } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { LockInvalid } from "../domain/errors.ts"
import { LockFile, lockText } from "../domain/LockFile.ts"
import { Lock } from "../services/Lock.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { attempt, insideProject, readIfThere, writeDurably } from "./nodeFs.ts"

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(LockFile))

const invalid = (text: string, message: string): LockInvalid => {
  const file = ".agent/agents.lock"
  if (/^(?:<{7}|={7}|>{7})/m.test(text))
    return new LockInvalid({ file, problem: "it has conflict marks of a git merge" })
  const version = Number(/"lockVersion"\s*:\s*(\d{1,9})\b/.exec(text)?.[1] ?? 1)
  return version > 1
    ? new LockInvalid({ file, problem: `a later crewkit wrote it, in lock version ${version}`, later: true })
    : new LockInvalid({ file, problem: message.split("\n")[0] ?? "" })
}

const fingerprintOf = (file: string) =>
  attempt("look at", file, () => {
    const stat = fs.statSync(file, { throwIfNoEntry: false })
    return stat === undefined ? "" : [stat.size, stat.mtimeMs, stat.ctimeMs, stat.ino].join(" ")
  })

export const layer = Layer.effect(
  Lock,
  Effect.gen(function* () {
    const config = yield* ProjectConfig
    const path = Effect.map(config.resolved, ({ root }) => join(root, ".agent", "agents.lock"))
    return Lock.of({
      read: Effect.gen(function* () {
        const file = yield* path
        const data = yield* readIfThere(file)
        if (Option.isNone(data)) return Option.none()
        const text = data.value.toString("utf8")
        const lock = yield* Effect.mapError(decode(text), ({ message }) => invalid(text, message))
        return Option.some(lock)
      }),
      fingerprint: Effect.flatMap(path, fingerprintOf),
      write: Effect.fn("Lock.write")(function* (lock: LockFile) {
        const { root } = yield* config.resolved
        const file = yield* path
        yield* insideProject(root, file, "no link")
        const text = lockText(lock)
        yield* writeDurably(file, text)
        return yield* fingerprintOf(file)
      })
    })
  })
)
