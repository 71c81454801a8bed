import { Effect, Exit, Layer, Stream } from "effect"
import * as fs from "node:fs"
import { dirname, resolve } from "node:path"
import { Invocation } from "../services/Invocation.ts"
import { TextFile } from "../services/TextFile.ts"
import { attempt, syncFolder } from "./nodeFs.ts"

export const layer = Layer.effect(
  TextFile,
  Effect.gen(function* () {
    const { cwd } = yield* Invocation
    return TextFile.of({
      write: (path, text) => {
        const target = resolve(cwd, path)
        const temporary = `${target}.crewkit-${process.pid}.tmp`
        return Effect.acquireUseRelease(
          attempt("write", target, () => fs.openSync(temporary, "w", 0o600)),
          (fd) =>
            Stream.runForEach(text, (part) => attempt("write", target, () => fs.writeFileSync(fd, part))).pipe(
              Effect.andThen(attempt("flush", target, () => fs.fsyncSync(fd))),
              Effect.as(target)
            ),
          (fd, exit) =>
            attempt("write", target, () => {
              fs.closeSync(fd)
              if (Exit.isSuccess(exit)) {
                fs.renameSync(temporary, target)
                syncFolder(dirname(target))
              } else fs.rmSync(temporary, { force: true })
            })
        )
      }
    })
  })
)
