/** A folder of its own for one test, with a project in it, removed when the test is over. */
import { Context, Effect, Layer } from "effect"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

export interface ScratchFolder {
  /** Absolute, without links. */
  readonly root: string
  readonly path: (...parts: ReadonlyArray<string>) => string
  /** Writes a file and the folders above it. */
  readonly write: (path: string, content: string | Uint8Array) => void
  readonly read: (path: string) => string
  readonly bytes: (path: string) => Uint8Array
  readonly exists: (path: string) => boolean
  /** Names in a folder, sorted. */
  readonly list: (path: string) => ReadonlyArray<string>
  readonly link: (target: string, path: string) => void
}

export class Scratch extends Context.Service<Scratch, ScratchFolder>()("@crewkit/cli/test/fakes/Scratch") {
  static readonly layer = Layer.effect(
    Scratch,
    Effect.acquireRelease(
      Effect.sync((): ScratchFolder => {
        const root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "crewkit-test-")))
        const path = (...parts: ReadonlyArray<string>) => join(root, ...parts)
        const makeRoom = (file: string) => fs.mkdirSync(dirname(path(file)), { recursive: true })
        return {
          root,
          path,
          write: (file, content) => {
            makeRoom(file)
            fs.writeFileSync(path(file), content)
          },
          read: (file) => fs.readFileSync(path(file), "utf8"),
          bytes: (file) => fs.readFileSync(path(file)),
          exists: (file) => fs.existsSync(path(file)),
          list: (file) => fs.readdirSync(path(file)).sort(),
          link: (target, file) => {
            makeRoom(file)
            fs.symlinkSync(target, path(file))
          }
        }
      }),
      ({ root }) => Effect.sync(() => fs.rmSync(root, { recursive: true, force: true }))
    )
  )
}
