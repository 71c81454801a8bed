/** The session log's reader; loaded when it is asked for. */
import { Effect, Layer, Stream } from "effect"
import { LogKeys } from "../services/LogKeys.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { SessionRecords } from "../services/SessionRecords.ts"

export const layer = Layer.effect(
  SessionRecords,
  Effect.gen(function* () {
    const config = yield* ProjectConfig
    const keys = yield* LogKeys
    const reader = Effect.map(
      Effect.promise(() => import("./sessionRecords.ts")),
      ({ makeSessionRecords }) => makeSessionRecords(config, keys)
    )
    return SessionRecords.of({
      list: Effect.flatMap(reader, ({ list }) => list),
      find: (id) => Effect.flatMap(reader, ({ find }) => find(id)),
      records: (session, wanted) => Stream.unwrap(Effect.map(reader, ({ records }) => records(session, wanted))),
      verify: (session, anchors) => Effect.flatMap(reader, ({ verify }) => verify(session, anchors))
    })
  })
)
