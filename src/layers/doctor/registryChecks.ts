/** The registry, asked without a token and without asking the person anything; and its clock. */
import { Clock, Effect, Result } from "effect"
import * as fs from "node:fs"
import { isAbsolute, join, resolve } from "node:path"
import { failing, pass, skipped, type Verdict, warning } from "../../domain/doctor.ts"
import { clockVerdict } from "../../domain/doctorRules.ts"
import type { FileError } from "../../domain/errors.ts"
import { counted } from "../../domain/text.ts"
import type { RegistryChoice } from "../../services/ProjectConfig.ts"
import { RegistryTarget } from "../../services/RegistryTarget.ts"
import { fileError } from "../nodeFs.ts"
import { isNamed, type Place } from "./place.ts"
import { type Probe, verdictOf } from "./probe.ts"

/** RFC 8414: every registry with logins answers it to everybody. */
const metadata = "/.well-known/oauth-authorization-server"

/** How much of a version that a server tells is shown. */
const longestVersion = 40

const server = Effect.fnUntraced(function* (origin: string) {
  const { exchange } = yield* Effect.promise(() => import("../nodeExchange.ts"))
  const started = yield* Clock.currentTimeMillis
  const url = new URL(metadata, origin)
  const { headers, status } = yield* exchange({
    method: "GET",
    url,
    headers: { accept: "application/json" },
    body: undefined
  })
  const now = yield* Clock.currentTimeMillis
  const version = headers["x-crewkit-version"]?.slice(0, longestVersion)
  const took = `${origin}${version === undefined ? "" : ` ${version}`} answers in ${now - started} ms (HTTP ${status})`
  const later = { next: "crewkit doctor again later, or tell the registry's keeper" }
  const verdict =
    status >= 500 ? failing(took, later) : status === 429 ? warning(`${took}: too many requests`, later) : pass(took)
  return [verdict, clockVerdict(headers["date"], started + (now - started) / 2)]
})

/** Agent files in one folder; none where there is no such folder. Off the main thread: it may be far away. */
const agentsIn = (folder: string): Effect.Effect<number, FileError> =>
  Effect.tryPromise({ try: () => fs.promises.readdir(folder), catch: fileError("list", folder) }).pipe(
    Effect.map((names) => names.filter((name) => name.endsWith(".md")).length),
    Effect.catchIf(
      ({ code }) => code === "ENOENT",
      () => Effect.succeed(0)
    )
  )

const folder = Effect.fnUntraced(function* (place: Place, { root, value }: RegistryChoice) {
  const path = isAbsolute(value) ? value : resolve(root ?? place.cwd, value)
  const next = "correct registry in .agent/config.yml, or name one with --registry"
  const listed = yield* Effect.result(
    Effect.tryPromise({ try: () => fs.promises.readdir(path), catch: fileError("list", path) })
  )
  if (Result.isFailure(listed)) {
    const { code } = listed.failure
    return code === "ENOENT" || code === "ENOTDIR"
      ? failing(`there is no folder ${path}`, { next })
      : verdictOf(listed.failure)
  }
  if (!["agents", "orgs"].some((name) => listed.success.includes(name))) {
    return failing(`${path} has neither agents/ nor orgs/ in it`, { next })
  }
  const config = Result.getOrUndefined(place.config)
  const org = config === undefined ? [] : [join(path, "orgs", config.org.value)]
  const own = org.flatMap((each) => [
    join(each, "agents"),
    ...(config === undefined ? [] : [join(each, "projects", config.project.value, "agents")])
  ])
  const counts = yield* Effect.forEach([join(path, "agents"), ...own], agentsIn)
  const files = counts.reduce((sum, count) => sum + count, 0)
  return files === 0
    ? warning(`the folder ${path} has no agent for this project`, { next: `put NAME.md into ${join(path, "agents")}` })
    : pass(`the folder ${path}, ${counted(files, "agent file")}`)
})

const look = Effect.fnUntraced(function* (place: Place) {
  const both = (one: Verdict, clock = skipped("no server was asked")): ReadonlyArray<Verdict> => [one, clock]
  if (Result.isFailure(place.registry)) return both(skipped("not looked at: see config"))
  const choice = place.registry.success
  if (!isNamed(choice)) return both(skipped("no project here names one; --registry URL looks at one"))
  if (choice.kind === "folder") return both(yield* folder(place, choice))
  if (place.offline) return both(skipped("not asked: --offline"))
  if (process.env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") return both(skipped("not asked: see network"))
  const key = yield* Effect.result((yield* RegistryTarget).approved)
  if (Result.isFailure(key)) {
    return key.failure._tag === "RegistryNotApproved"
      ? both(
          warning(
            `not approved yet, so not asked: ${key.failure.origin}, which only this project's configuration names`,
            {
              next: "crewkit auth login asks whether you approve"
            }
          )
        )
      : both(verdictOf(key.failure))
  }
  return yield* server(key.success.origin)
})

export const registry = (place: Place): Probe<RegistryTarget> => ({
  names: ["registry", "clock"],
  run: Effect.catch(look(place), (error) => Effect.succeed([verdictOf(error), skipped("no server was asked")])),
  late: "fail"
})
