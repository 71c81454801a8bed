/** What the session log of a project says of itself: the check that people run, and what is still open in it. */
import { Effect, Layer, Ref } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import type { Fault } from "../../src/domain/logErrors.ts"
import * as SessionRecordsNode from "../../src/layers/SessionRecordsNode.ts"
import { SessionRecords } from "../../src/services/SessionRecords.ts"
import * as LogKeysMemory from "../fakes/LogKeysMemory.ts"
import { projectAt } from "./logLives.ts"

export interface LogState {
  readonly faults: ReadonlyArray<string>
  /** What tells of sessions that were cut off, and of records that nobody has finished. */
  readonly unfinished: ReadonlyArray<string>
  /** Files that say that a writer lives. */
  readonly open: ReadonlyArray<string>
}

const faultText = ({ file, kind, problem }: Fault): string =>
  `${file.replace(/[0-9a-f-]{36}/, "*")}: ${kind}: ${problem}`

/** As on a machine without a keychain, which is what the program finds in these tests. */
export const logStateOf = (root: string): Promise<LogState> => {
  const layer = SessionRecordsNode.layer.pipe(Layer.provide(projectAt(root)), Layer.provideMerge(LogKeysMemory.layer))
  const folder = join(root, ".crewkit", "sessions")
  return Effect.gen(function* () {
    const { there } = yield* LogKeysMemory.KeyState
    yield* Ref.set(there, false)
    const { faults, notes } = yield* (yield* SessionRecords).verify(undefined)
    return {
      faults: faults.map(faultText),
      unfinished: notes.filter((note) => !note.startsWith("the keychain could not be asked")),
      open: fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith(".open")) : []
    }
  }).pipe(Effect.provide(layer), Effect.runPromise)
}
