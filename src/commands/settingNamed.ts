import { Effect } from "effect"
import { type Scope, type Setting, nearestKey, settings, settingsIn } from "../domain/configSettings.ts"
import { UsageError } from "../domain/errors.ts"
import { didYouMean } from "../domain/nearest.ts"
import { isValueLike } from "../domain/secrets.ts"

export interface ScopeFlags {
  readonly user: boolean
  readonly project: boolean
}

const fileText: Record<Scope, string> = { project: ".agent/config.yml", user: "your own configuration" }

/** The file that is asked for; undefined where none is. */
export const scopeIn = Effect.fnUntraced(function* ({ project, user }: ScopeFlags) {
  if (user && project)
    return yield* new UsageError({
      problem: "--user and --project do not go together",
      next: "name one of the two files, or neither: the setting is found in the one that has it"
    })
  const scope: Scope | undefined = user ? "user" : project ? "project" : undefined
  return scope
})

/** A setting by its key; the file that is asked for has to be the one in which it stands. */
export const settingNamed = Effect.fnUntraced(function* (typed: string, scope: Scope | undefined) {
  const setting = settings.find(({ key }) => key === typed)
  if (setting === undefined) return yield* unknownKey(typed)
  if (scope !== undefined && scope !== setting.scope) {
    return yield* new UsageError({
      problem: `${typed} stands in ${fileText[setting.scope]}, not in ${fileText[scope]}`,
      next: `leave --${scope} out`
    })
  }
  const found: Setting = setting
  return found
})

const unknownKey = (typed: string): UsageError => {
  // It may be a secret that was pasted into the wrong place.
  if (isValueLike(typed)) return new UsageError({ problem: "that is no key of the configuration", next: allKeys })
  const group = settingsIn(typed)
  return group.length > 0
    ? new UsageError({ problem: `${typed} is a group of settings`, next: group.slice(0, 8).join(", ") })
    : new UsageError({ problem: `there is no setting ${typed}${didYouMean(nearestKey(typed))}`, next: allKeys })
}

const allKeys = "crewkit config set --help names them all"
