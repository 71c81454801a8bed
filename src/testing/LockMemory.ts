/** `.agent/agents.lock` of a project in memory. */
import { Effect, Layer, Option, Schema } from "effect"
import { LockInvalid } from "../domain/errors.ts"
import { LockFile, lockText } from "../domain/LockFile.ts"
import { Lock } from "../services/Lock.ts"
import { ProjectFolder } from "./ProjectFolder.ts"

const path = ".agent/agents.lock"
const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(LockFile))

/** The lock as a file of `ProjectFolder`. Reading fails with `LockInvalid` where its text is no lock. */
export const layer: Layer.Layer<Lock, never, ProjectFolder> = Layer.effect(
  Lock,
  Effect.gen(function* () {
    const project = yield* ProjectFolder
    return Lock.of({
      read: Effect.gen(function* () {
        const text = yield* project.text(path)
        if (Option.isNone(text)) return Option.none()
        const lock = yield* Effect.mapError(
          decode(text.value),
          ({ message }) => new LockInvalid({ file: path, problem: message.split("\n")[0] ?? "" })
        )
        return Option.some(lock)
      }),
      fingerprint: Effect.map(
        project.file(path),
        Option.match({ onNone: () => "", onSome: ({ stamp }) => `${stamp.size} ${stamp.ino}` })
      ),
      write: (lock) => Effect.map(project.write(path, lockText(lock)), ({ ino, size }) => `${size} ${ino}`)
    })
  })
)
