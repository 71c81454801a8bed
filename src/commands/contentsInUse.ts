/** Which kept contents something still refers to. */
import { Effect, Option, Stream } from "effect"
import { LocalState } from "../services/LocalState.ts"
import { Lock } from "../services/Lock.ts"
import { SessionRecords } from "../services/SessionRecords.ts"

const hashes = /"([0-9a-f]{64})"/g

/**
 * The SHA-256 of every content that a recorded session, the lock or the last sync names. A record is looked at as text,
 * whatever its type: what a later version of crewkit writes counts too.
 */
export const contentsInUse = Effect.gen(function* () {
  const records = yield* SessionRecords
  const used = new Set<string>()
  for (const session of yield* records.list) {
    yield* Stream.runForEach(records.records(session), ({ data }) =>
      Effect.sync(() => {
        for (const match of JSON.stringify(data).matchAll(hashes)) if (match[1] !== undefined) used.add(match[1])
      })
    )
  }
  const locked = yield* (yield* Lock).read
  for (const { sha256 } of Object.values(Option.getOrUndefined(locked)?.agents ?? {})) {
    for (const hash of Object.values(sha256)) used.add(hash)
  }
  const { last } = yield* (yield* LocalState).read
  for (const hash of Object.values(last?.desired ?? {})) used.add(hash)
  return used
})
