/** The outbox of a project: `docs/delivery.md` says what is told, when, and what becomes of what cannot be told. */
import { Context, Effect, Layer, Option, Schedule, Schema } from "effect"
import { join } from "node:path"
import { NotLoggedIn } from "../domain/authErrors.ts"
import { type DeliveryReport, DeliveryStopped, nothingDelivered } from "../domain/DeliveryReport.ts"
import { Busy } from "../domain/errors.ts"
import type { Line } from "../domain/text.ts"
import { AccessTokens, type TokenFailure } from "../services/AccessTokens.ts"
import { ContentStore } from "../services/ContentStore.ts"
import { Delivery, type Leftover, type PushOptions } from "../services/Delivery.ts"
import { Http } from "../services/Http.ts"
import type { Invocation } from "../services/Invocation.ts"
import { deliverAtOnce, lockWaitSeconds, longestRetryAfter, retryPush, waitForLock } from "../services/policies.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { RegistryTarget } from "../services/RegistryTarget.ts"
import { Remote, type RemoteServices } from "../services/Remote.ts"
import type { SecretStore } from "../services/SecretStore.ts"
import { tellNowAndThen } from "./deliveryLoop.ts"
import { localFolder } from "./localFolder.ts"
import { lockFile } from "./nativeLock.ts"
import { deliverRound, type Memory, newMemory, type Room, type Round, standing, unpark, untold } from "./outboxRound.ts"
import { Halt } from "./outboxSend.ts"

const noWait = Schedule.recurs(0)

const isHalt = Schema.is(Halt)

/** Whether the same may be tried again later. */
const isPassing = ({ why }: Halt): boolean => why === "wait" || why === "set-aside"

/** Seconds; a registry may ask for more, and is asked again all the same. */
const longestPause = 3600

/** As late as the registry asks, as far as a person waits. */
const patience = (error: { readonly _tag: string }): Effect.Effect<void> =>
  Effect.sleep(`${isHalt(error) ? Math.min(error.seconds ?? 0, longestRetryAfter) : 0} seconds`)

/** What may be over by itself; anything else is for a person, and not while another program has the terminal. */
const passing = new Set([
  "AuthUnavailable",
  "ConnectionFailed",
  "CredentialBusy",
  "FileError",
  "RegistryBusy",
  "RequestTimedOut",
  "StoreTimedOut"
])

const toldIn = (round: Round): number => round.sessions + round.modifications + round.ends + round.newlyParked

/** What got somewhere is no failure, so that tries are counted anew. */
const gotSomewhere = (round: Round): Effect.Effect<Round, Halt> =>
  round.halt === undefined || toldIn(round) > 0 ? Effect.succeed(round) : Effect.fail(round.halt)

const nothingLeft: Leftover = { waiting: 0, parked: 0, failed: 0, said: [] }

export const layer = Layer.effect(
  Delivery,
  Effect.gen(function* () {
    const config = yield* ProjectConfig
    const contents = yield* ContentStore
    const remote = yield* Remote
    const below = yield* Effect.context<Invocation | ProjectConfig | SecretStore>()
    const layerScope = yield* Effect.scope

    /** Where nothing is ever told, and why. */
    const idle = Effect.map(config.resolved, ({ capture, registryKind }) =>
      registryKind === "folder" ? "folder" : capture.value === "none" ? "capture-none" : undefined
    )

    const origin = Effect.map(config.resolved, ({ registry }) => new URL(registry.value).origin)

    const roomFor = Effect.fnUntraced(function* (registry: string, memory: Memory) {
      const { capture } = yield* config.resolved
      const room: Room = {
        folder: yield* localFolder(config),
        origin: registry,
        capture: capture.value,
        contents,
        memory
      }
      return room
    })

    /** `failed`: why the token could not be renewed, where the registry asked for that. */
    const loginWith = (
      services: Context.Context<RemoteServices>,
      renews: () => boolean,
      failed: (error: TokenFailure) => void
    ) =>
      Effect.gen(function* () {
        const key = yield* Context.get(services, RegistryTarget).approved
        const tokens = Context.get(services, AccessTokens)
        const { logInFor } = yield* Effect.promise(() => import("./outboxLogin.ts"))
        return yield* logInFor({ key, tokens, http: Context.get(services, Http), renews, failed })
      })

    const idleReport = Effect.fnUntraced(function* (why: "folder" | "capture-none") {
      const report: DeliveryReport = { ...nothingDelivered(why === "folder" ? null : yield* origin), idle: why }
      return report
    })

    const push = Effect.fn("Delivery.push")(function* ({ retryParked, told }: PushOptions) {
      const why = yield* idle
      if (why !== undefined) return yield* idleReport(why)
      const services = yield* remote.services
      const key = yield* Context.get(services, RegistryTarget).approved
      const room = yield* roomFor(key.origin, newMemory())
      if (!(yield* lockFile(join(room.folder, "outbox.lock"), waitForLock))) {
        return yield* new Busy({ seconds: lockWaitSeconds })
      }
      if (retryParked) yield* unpark(room)
      let unrenewed: TokenFailure | undefined
      const login = yield* Effect.cached(
        loginWith(
          services,
          () => true,
          (error) => (unrenewed = error)
        )
      )
      const sum = { sessions: 0, modifications: 0, ends: 0 }
      let user: string | undefined
      const once = deliverRound({ ...room, login, most: deliverAtOnce, told }).pipe(
        Effect.tap((round) =>
          Effect.sync(() => {
            sum.sessions += round.sessions
            sum.modifications += round.modifications
            sum.ends += round.ends
            user = round.user ?? user
          })
        ),
        Effect.flatMap(gotSomewhere)
      )
      const report = Effect.map(
        Effect.suspend(() => standing(room, user)),
        (left): DeliveryReport => ({ registry: key.origin, ...sum, ...left })
      )
      for (;;) {
        const {
          gaveUp,
          halt,
          told: count
        } = yield* Effect.retry(Effect.tapError(once, patience), {
          schedule: retryPush,
          while: (error) => isHalt(error) && isPassing(error) && (error.seconds ?? 0) <= longestRetryAfter
        }).pipe(
          Effect.map((round) => ({ gaveUp: false, halt: round.halt, told: toldIn(round) })),
          Effect.catchTag("Halt", (halt) => Effect.succeed({ gaveUp: true, halt, told: 0 }))
        )
        if (halt?.why === "takes-none") return { ...(yield* report), idle: "takes-none" as const }
        if (halt?.why === "not-logged-in") return yield* unrenewed ?? new NotLoggedIn({ origin: key.origin })
        if (halt !== undefined && gaveUp) {
          const { reason, seconds } = halt
          const rest = seconds === undefined ? {} : { seconds }
          return yield* new DeliveryStopped({ reason, report: yield* report, ...rest })
        }
        if (halt === undefined && count < deliverAtOnce) return yield* report
      }
    }, Effect.scoped)

    const background = Effect.gen(function* () {
      const why = yield* Effect.option(idle)
      if (Option.isNone(why) || why.value !== undefined) return { finish: Effect.succeed(nothingLeft) }
      const said: Array<Line> = []
      const state = { finishing: false, failing: false, silent: false, parked: 0, failed: 0 }
      let user: string | undefined
      const memory = newMemory()
      const services = yield* Effect.cached(
        Effect.promise(() => import("./unattendedRemote.ts")).pipe(
          Effect.flatMap(({ layer: unattended }) =>
            Layer.buildWithScope(
              unattended((lines) => said.push(...lines)),
              layerScope
            )
          ),
          Effect.provide(below)
        )
      )

      const turn = Effect.scoped(
        Effect.gen(function* () {
          const all = yield* services
          const key = yield* Context.get(all, RegistryTarget).approved
          const room = yield* roomFor(key.origin, memory)
          if (!(yield* lockFile(join(room.folder, "outbox.lock"), noWait))) return "busy" as const
          const login = loginWith(
            all,
            () => !state.finishing,
            () => undefined
          )
          const done = yield* deliverRound({ ...room, login, most: deliverAtOnce, told: () => undefined })
          user = done.user ?? user
          state.parked += done.newlyParked
          state.failing = done.halt !== undefined
          yield* gotSomewhere(done)
          return done.halt !== undefined || toldIn(done) >= deliverAtOnce ? ("more" as const) : ("done" as const)
        })
      ).pipe(
        Effect.tapError((error) =>
          Effect.sync(() => {
            state.failing = true
            state.failed++
            // Nothing that a person who works here could mend.
            state.silent ||= error._tag === "RegistryNotApproved" || (isHalt(error) && error.why === "takes-none")
          })
        )
      )
      const { last } = yield* tellNowAndThen({
        turn,
        isPassing: (error) => (isHalt(error) ? isPassing(error) : passing.has(error._tag)),
        pause: (error) => (isHalt(error) ? Math.min(error.seconds ?? 0, longestPause) : 0),
        isVain: () => state.failing
      })
      const finish = Effect.gen(function* () {
        state.finishing = true
        yield* last
        const { waiting } = yield* standing(yield* roomFor(yield* origin, memory), user)
        const { failed, parked, silent } = state
        const left: Leftover = { waiting: silent ? 0 : waiting, parked, failed, said }
        return left
      }).pipe(Effect.catchCause(() => Effect.succeed<Leftover>({ ...nothingLeft, said })))
      return { finish }
    })

    return Delivery.of({
      standing: Effect.gen(function* () {
        const why = yield* idle
        if (why !== undefined) return yield* idleReport(why)
        const registry = yield* origin
        return { ...nothingDelivered(registry), ...(yield* standing(yield* roomFor(registry, newMemory()), undefined)) }
      }),
      untold: Effect.gen(function* () {
        if ((yield* idle) !== undefined) return new Set<string>()
        return yield* untold(yield* roomFor(yield* origin, newMemory()))
      }),
      push,
      background
    })
  })
)
