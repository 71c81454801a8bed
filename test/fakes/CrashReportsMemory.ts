import { Context, Effect, Layer, Ref } from "effect"
import { type CrashEvent, crashEventOf } from "../../src/domain/crashEvent.ts"
import { CrashReports } from "../../src/services/CrashReports.ts"

/** What was sent, oldest first. */
export class Sent extends Context.Service<Sent, Ref.Ref<ReadonlyArray<CrashEvent>>>()(
  "@crewkit/cli/test/fakes/CrashReportsMemory/Sent"
) {}

/** A receiver that takes everything; undefined for a build that names none. */
export const layer = (destination: string | undefined) =>
  Layer.effect(
    CrashReports,
    Effect.gen(function* () {
      const sent = yield* Sent
      return CrashReports.of({
        destination,
        eventOf: (error, mechanism) =>
          Effect.succeed(
            crashEventOf({
              error,
              mechanism,
              id: "1".repeat(32),
              now: 0,
              version: "0.1.0",
              node: "v24.1.0",
              platform: "linux",
              arch: "x64",
              args: [],
              helpOf: () => undefined,
              program: { folder: "/nowhere", textOf: () => undefined }
            })
          ),
        envelopeOf: (event) => JSON.stringify(event),
        send: (event) =>
          Effect.as(
            Ref.update(sent, (all) => [...all, event]),
            true
          )
      })
    })
  ).pipe(Layer.provideMerge(Layer.effect(Sent, Ref.make<ReadonlyArray<CrashEvent>>([]))))
