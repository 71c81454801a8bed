/**
 * The daily look for a newer version, for those who switched it on (`update: { check: daily }` in their own
 * configuration). It runs at the end of a command at a terminal: says what an earlier look found, and starts the next
 * one as a process of its own, for which nobody waits.
 */
import { Clock, Effect, Option } from "effect"
import { join } from "node:path"
import { isDue, newerIn } from "../domain/lastCheck.ts"
import { UserConfigFile, userConfigKeys } from "../domain/ProjectSettings.ts"
import { readConfigFile } from "./configFile.ts"
import { readLastCheck, writeLastCheck } from "./lastCheckFile.ts"
import { readIfThere } from "./nodeFs.ts"
import { configFolder } from "./userFolders.ts"

const isDaily = Effect.gen(function* () {
  const file = join(configFolder(), "config.yml")
  const data = yield* readIfThere(file)
  if (Option.isNone(data)) return false
  const config = yield* readConfigFile(file, data.value.toString("utf8"), userConfigKeys, UserConfigFile)
  return config.update?.check === "daily"
}).pipe(Effect.orElseSucceed(() => false))

/** It asks no keychain and no registry of agents, so a token is nothing for it. */
const startCheck = (launcher: string): void => {
  const { CREWKIT_TOKEN: _, ...env } = process.env
  const { spawn } = process.getBuiltinModule("node:child_process")
  const options = { env, stdio: "ignore", detached: true, windowsHide: true } as const
  const child = spawn(process.execPath, [launcher, "update", "--json"], options)
  child.on("error", () => undefined)
  child.unref()
}

const notice = Effect.fn("update notice")(function* (current: string, launcher: string) {
  if (!(yield* isDaily)) return undefined
  const last = yield* readLastCheck
  const now = yield* Clock.currentTimeMillis
  // Noted first: where that is not possible, every command would start a look.
  const next = { asked: now, ...(last?.latest === undefined ? {} : { latest: last.latest }) }
  if (isDue(last, now) && (yield* writeLastCheck(next))) startCheck(launcher)
  const newer = newerIn(last, current)
  return newer === undefined ? undefined : `crewkit ${newer} is out, this is ${current}: crewkit update\n`
})

/** The line to show, if any. */
export const updateNotice = (current: string, launcher: string): Promise<string | undefined> =>
  Effect.runPromise(notice(current, launcher))
