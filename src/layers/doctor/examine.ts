/** The examination itself: all checks at once, in the order of `domain/doctor.ts` afterwards. Loaded by `doctor` alone. */
import { Effect, Layer } from "effect"
import { reportOf } from "../../domain/doctor.ts"
import type { AccessTokens } from "../../services/AccessTokens.ts"
import type { ApiKeys } from "../../services/ApiKeys.ts"
import type { ClaudeCode } from "../../services/ClaudeCode.ts"
import type { DoctorRequest } from "../../services/Doctor.ts"
import type { Lock } from "../../services/Lock.ts"
import type { ProjectConfig } from "../../services/ProjectConfig.ts"
import type { RegistryTarget } from "../../services/RegistryTarget.ts"
import type { SecretStore } from "../../services/SecretStore.ts"
import { agents, files, mendFiles } from "./fileChecks.ts"
import { mendIgnores, repository } from "./gitCheck.ts"
import { hooks } from "./hooksCheck.ts"
import { claude, disk, folders, network, node } from "./machineChecks.ts"
import { lookAround } from "./place.ts"
import { oneByOne, probe, runProbes } from "./probe.ts"
import { config, lock, outbox, sessions, settings } from "./projectChecks.ts"
import { registry } from "./registryChecks.ts"
import { keys, secrets } from "./secretChecks.ts"

type Far = AccessTokens | RegistryTarget | SecretStore
type Near = ApiKeys | Lock | ProjectConfig

/** Nobody is asked anything: no registry is approved, no passphrase typed, no login begun. Loaded while programs run. */
const remote = Layer.unwrap(
  Effect.map(
    Effect.promise(() => import("../unattendedRemote.ts")),
    ({ layer }) => layer(() => undefined)
  )
)

export const examine = Effect.fn("Doctor.examine")(function* ({ fix, offline }: DoctorRequest) {
  const place = yield* lookAround(offline)
  const { root } = place
  const fixed = fix ? [...(yield* mendFiles(root)), ...(yield* Effect.orElseSucceed(mendIgnores(root), () => []))] : []
  const programs = runProbes<ClaudeCode>([
    probe("claude", claude),
    probe("git", repository(root), "warn"),
    probe("disk", disk(root), "warn")
  ])
  const far = Effect.provide(runProbes<Far>([secrets(place), registry(place)]), remote)
  // All of these are done in a moment, and they let the answers to the others through.
  const near = oneByOne<Near>([
    probe("node", node),
    probe("folders", folders),
    probe("network", network),
    probe("config", config(place)),
    probe("settings", settings),
    probe("lock", lock(place)),
    probe("agents", agents(root)),
    probe("files", files(root)),
    probe("hooks", hooks(root), "warn"),
    probe("sessions", sessions(root), "warn"),
    probe("outbox", outbox(root), "warn"),
    probe("keys", keys)
  ])
  const checks = yield* Effect.all([programs, far, near], { concurrency: "unbounded" })
  return reportOf(checks.flat(), fixed)
})
