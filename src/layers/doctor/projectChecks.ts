/** Checks of what a project and a person decided: configuration, settings, lock; and of what sessions left. */
import { Effect, Option, Result } from "effect"
import { join } from "node:path"
import { pass, skipped, warning } from "../../domain/doctor.ts"
import { failing } from "../../domain/doctor.ts"
import { laterLock, lockVerdict } from "../../domain/doctorRules.ts"
import { parkedCount, readOutbox } from "../../domain/outbox.ts"
import { typedEntries } from "../../domain/records.ts"
import { counted } from "../../domain/text.ts"
import { Lock } from "../../services/Lock.ts"
import { ProjectConfig } from "../../services/ProjectConfig.ts"
import { openedIn, openName, segmentsIn } from "../logFolder.ts"
import { isLocked } from "../nativeLock.ts"
import { attempt, listIfThere, readIfThere } from "../nodeFs.ts"
import { configFolder } from "../userFolders.ts"
import type { Place } from "./place.ts"
import { verdictOf } from "./probe.ts"

export const outside = skipped("no project here")

export const config = ({ config: resolved, cwd, registry, root }: Place) =>
  Effect.sync(() => {
    if (root === undefined) {
      return warning(`there is no .agent/config.yml in ${cwd} or above it in its repository`, { next: "crewkit init" })
    }
    if (Result.isFailure(registry)) return verdictOf(registry.failure)
    if (Result.isFailure(resolved)) return pass("valid; what is wrong is said under settings")
    const { org, project } = resolved.success
    return pass(`${org.value}/${project.value}, ${resolved.success.file} is valid`)
  })

export const settings = Effect.gen(function* () {
  const file = join(configFolder(), "config.yml")
  const there = Option.isSome(yield* readIfThere(file))
  yield* (yield* ProjectConfig).personal
  return there ? pass(`${file} is valid`) : skipped("you have no config.yml of your own")
})

export const lock = Effect.fnUntraced(function* ({ config: resolved, root }: Place) {
  if (root === undefined) return outside
  if (Result.isFailure(resolved)) return skipped("not looked at: see config")
  const read = yield* Effect.result((yield* Lock).read)
  const { org, project } = resolved.success
  if (Result.isFailure(read)) {
    const text = Option.map(yield* readIfThere(join(root, ".agent", "agents.lock")), (data) => data.toString("utf8"))
    const later = Option.getOrUndefined(Option.map(text, laterLock))
    return later === undefined
      ? verdictOf(read.failure)
      : failing(`.agent/agents.lock has the version ${later}, which a later crewkit wrote`, {
          next: "npm install -g @crewkit/cli@latest"
        })
  }
  if (Option.isNone(read.success)) return skipped("there is none yet; crewkit sync writes it")
  return lockVerdict(read.success.value, { org: org.value, project: project.value })
})

/** Sessions whose writer is dead and that nobody has closed; what lives is locked. */
export const sessions = Effect.fnUntraced(function* (root: string | undefined) {
  if (root === undefined) return outside
  const folder = join(root, ".crewkit", "sessions")
  const all = segmentsIn(yield* listIfThere(folder))
  if (all.size === 0) return skipped("no session has been recorded yet")
  const opened = yield* attempt("list", folder, () => openedIn(folder))
  const dead: Array<string> = []
  for (const id of opened) if (!(yield* isLocked(join(folder, openName(id))))) dead.push(id)
  const running = opened.length - dead.length
  if (dead.length === 0) return pass(`${counted(all.size, "session")}${running === 0 ? "" : `, ${running} running`}`)
  return warning(
    `${counted(dead.length, "session")} cut off before the end: ${dead.map((id) => id.slice(0, 8)).join(", ")}`,
    {
      next: "crewkit code notes their end when it next starts"
    }
  )
})

export const outbox = Effect.fnUntraced(function* (root: string | undefined) {
  if (root === undefined) return outside
  const data = yield* readIfThere(join(root, ".crewkit", "outbox.json"))
  if (Option.isNone(data)) return skipped("nothing has been told to a registry yet")
  const entries = typedEntries(readOutbox(data.value.toString("utf8")).sessions)
  const refused = entries.reduce((sum, [, entry]) => sum + parkedCount(entry), 0)
  return refused === 0
    ? pass(`${counted(entries.length, "session")} told, nothing refused`)
    : warning(`${counted(refused, "event")} of sessions refused by the registry`, {
        next: "crewkit sessions push --retry-parked"
      })
})
