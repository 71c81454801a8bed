/** The commands about crewkit itself through the real parser, over fakes. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Ref, Runtime, Cause, Schema } from "effect"
import { Command } from "effect/cli"
import { environment } from "../../src/commands/environment.ts"
import { crewkitFor } from "../../src/commands/root.ts"
import type { ConsentFile, Veto } from "../../src/domain/consent.ts"
import type { Installed } from "../../src/domain/installation.ts"
import { ReleasesUnusable } from "../../src/domain/updateErrors.ts"
import { Browser } from "../../src/services/Browser.ts"
import { Installation } from "../../src/services/Installation.ts"
import { Output } from "../../src/services/Output.ts"
import { Releases } from "../../src/services/Releases.ts"
import { Upkeep, type UpkeepServices } from "../../src/services/Upkeep.ts"
import * as ConsentMemory from "../fakes/ConsentMemory.ts"
import * as CrashReportsMemory from "../fakes/CrashReportsMemory.ts"
import * as PrompterScripted from "../../src/testing/PrompterScripted.ts"

interface World {
  readonly file?: ConsentFile
  readonly veto?: Veto
  readonly destination?: string
  readonly latest?: string
  /** Whether a person sits there. */
  readonly attended?: boolean
}

const bun: Installed = { by: "bun", command: "bun add -g @crewkit/cli@latest" }

/** Runs one call; what it would print as data, its exit code, what was opened, sent and kept. */
const crewkit = (args: ReadonlyArray<string>, world: World = {}) =>
  Effect.gen(function* () {
    const data = yield* Ref.make<unknown>(undefined)
    const opened = yield* Ref.make<ReadonlyArray<string>>([])
    const give = <A, I>(schema: Schema.Codec<A, I>, value: A) =>
      Effect.flatMap(Effect.orDie(Schema.encodeEffect(schema)(value)), (encoded) => Ref.set(data, encoded))
    const output = Output.of({
      result: give,
      summary: give,
      text: () => Effect.void,
      note: () => Effect.void,
      aside: () => Effect.void,
      columns: Effect.undefined,
      ask: () => Effect.void,
      warn: () => Effect.void,
      withSpinner: (_, work) => work,
      withProgress: (_, __, work) => work({ at: () => undefined }),
      failure: () => Effect.void
    })
    const services = yield* Layer.build(
      Layer.mergeAll(
        ConsentMemory.layer(world.file, world.veto),
        CrashReportsMemory.layer(world.destination),
        Layer.succeed(Browser, {
          open: (url) =>
            Effect.as(
              Ref.update(opened, (all) => [...all, url]),
              true
            )
        }),
        Layer.succeed(Installation, {
          version: "0.1.0",
          machine: { platform: "win32", arch: "arm64", node: "v24.1.0" },
          installed: Effect.succeed(bun)
        }),
        Layer.succeed(Releases, {
          registry: Effect.succeed(new URL("https://npm.example/")),
          latest: () =>
            world.latest === undefined
              ? Effect.fail(new ReleasesUnusable({ host: "npm.example", problem: "it is a test" }))
              : Effect.succeed(world.latest)
        })
      )
    )
    const below = Layer.mergeAll(
      environment,
      Layer.succeed(Output, output),
      PrompterScripted.layer(world.attended === true ? "yes" : undefined),
      // Boundary: what the layers above build is what the commands ask for.
      Layer.succeed(Upkeep, { services: Effect.succeed(services as Context.Context<UpkeepServices>) })
    )
    const command = yield* crewkitFor(args)
    // Boundary: of all that commands may ask for, these ask for no more than what is here.
    const run = Command.runWith(command, { version: "0.1.0" })(args) as Effect.Effect<void, unknown>
    const exit = yield* Effect.exit(Effect.provide(run, below))
    return {
      code: Exit.isSuccess(exit) ? 0 : Runtime.getErrorExitCode(Cause.squash(exit.cause)),
      data: yield* Ref.get(data),
      opened: yield* Ref.get(opened),
      sent: yield* Ref.get(Context.get(services, CrashReportsMemory.Sent)),
      kept: yield* Ref.get(Context.get(services, ConsentMemory.Kept))
    }
  }).pipe(Effect.scoped)

describe("crewkit telemetry, update and feedback", () => {
  it.effect("previews without sending, and lets enable count for everywhere after it", () =>
    Effect.gen(function* () {
      const destination = "https://reports.example"
      const first = yield* crewkit(["telemetry", "preview"], { destination })
      assert.deepInclude(first.data, { destination })
      assert.strictEqual(first.sent.length, 0)
      const second = yield* crewkit(["telemetry", "enable"], { destination, file: first.kept })
      assert.deepInclude(second.data, { crashReports: "enabled", withoutTerminal: true })
      const third = yield* crewkit(["telemetry", "disable"], { destination, file: second.kept })
      assert.deepInclude(third.data, { crashReports: "disabled", withoutTerminal: false })
      const alone = yield* crewkit(["telemetry", "enable"], { destination })
      assert.deepInclude(alone.data, { crashReports: "enabled", withoutTerminal: false })
    })
  )

  it.effect("says who forbids reports, and that a build has nowhere to send them", () =>
    Effect.gen(function* () {
      const file = { crashReports: "enabled", seen: 1 } as const
      const { data } = yield* crewkit(["telemetry", "status"], { file, veto: "DO_NOT_TRACK" })
      assert.deepInclude(data, { forbiddenBy: "DO_NOT_TRACK", withoutTerminal: false, destination: null })
    })
  )

  it.effect("names the newer version with the command for this copy, and tells by the exit code with --check", () =>
    Effect.gen(function* () {
      const { code, data } = yield* crewkit(["update"], { latest: "0.2.0" })
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(data, {
        current: "0.1.0",
        latest: "0.2.0",
        newer: true,
        installedBy: "bun",
        command: "bun add -g @crewkit/cli@latest",
        asked: "npm.example"
      })
      assert.strictEqual((yield* crewkit(["update", "--check"], { latest: "0.2.0" })).code, 6)
      assert.strictEqual((yield* crewkit(["update", "--check"], { latest: "0.1.0" })).code, 0)
      assert.strictEqual((yield* crewkit(["update"])).code, 5)
    })
  )

  it.effect("opens the issue form only where a person is, and always gives its address", () =>
    Effect.gen(function* () {
      const alone = yield* crewkit(["feedback"])
      assert.deepStrictEqual(alone.opened, [])
      assert.deepInclude(alone.data, { opened: false })
      const attended = yield* crewkit(["feedback"], { attended: true })
      assert.strictEqual(attended.opened.length, 1)
      assert.deepStrictEqual(attended.data, { url: attended.opened[0], opened: true })
      assert.include(decodeURIComponent(attended.opened[0] ?? ""), "crewkit+0.1.0,+Node+v24.1.0,+win32-arm64")
    })
  )
})
