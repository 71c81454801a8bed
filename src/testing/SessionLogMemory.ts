/** The session log as values: no files, no hash chain, no keychain. */
import { Context, Effect, Layer, Ref } from "effect"
import type { LogEvent, Outcome, SessionStarted } from "../domain/logEvents.ts"
import { SessionLog } from "../services/SessionLog.ts"

/** One session as it was recorded. */
export interface RecordedSession {
  /** A UUID that counts: `00000000-0000-4000-8000-000000000001` is the first session of a test. */
  readonly id: string
  readonly started: SessionStarted
  /** In the order in which they were appended. */
  readonly events: ReadonlyArray<LogEvent>
  /** How often `seal` was called, the seal of the end not counted. */
  readonly seals: number
  /** Absent while the session is open, and where it was cut off. */
  readonly ended?: { readonly outcome: Outcome; readonly exitCode?: number; readonly changes: number }
}

/** All sessions, oldest first. One that `remove` was asked for is no longer there. */
export class RecordedSessions extends Context.Service<RecordedSessions, Ref.Ref<ReadonlyArray<RecordedSession>>>()(
  "@crewkit/cli/testing/SessionLogMemory/RecordedSessions"
) {}

const idOf = (count: number): string => `00000000-0000-4000-8000-${String(count).padStart(12, "0")}`

/** Never fails. Events are not sealed by the clock: `seals` counts what the code under test asked for. */
export const layer: Layer.Layer<SessionLog | RecordedSessions> = Layer.effect(
  SessionLog,
  Effect.gen(function* () {
    const sessions = yield* RecordedSessions
    const opened = yield* Ref.make(0)
    return SessionLog.of({
      open: Effect.fnUntraced(function* (started) {
        const id = idOf(yield* Ref.updateAndGet(opened, (count) => count + 1))
        yield* Ref.update(sessions, (all) => [...all, { id, started, events: [], seals: 0 }])
        const change = (step: (session: RecordedSession) => RecordedSession) =>
          Ref.update(sessions, (all) => all.map((each) => (each.id === id ? step(each) : each)))
        return {
          id,
          append: (event) =>
            Effect.andThen(
              change((session) => ({ ...session, events: [...session.events, event] })),
              // The start is record 1.
              Effect.map(Ref.get(sessions), (all) => 1 + (all.find((each) => each.id === id)?.events.length ?? 0))
            ),
          seal: change((session) => ({ ...session, seals: session.seals + 1 })),
          end: (ended) => change((session) => ({ ...session, ended }))
        }
      }),
      remove: (ids) => Ref.update(sessions, (all) => all.filter(({ id }) => !ids.includes(id)))
    })
  })
).pipe(Layer.provideMerge(Layer.effect(RecordedSessions, Ref.make<ReadonlyArray<RecordedSession>>([]))))
