import { Effect, Option, Schema } from "effect"
import { type Setting, settingValue, shapeText, valueLines } from "../domain/configSettings.ts"
import { UsageError } from "../domain/errors.ts"
import { parseSafeUrl } from "../domain/safeUrl.ts"
import { secretKind } from "../domain/secrets.ts"
import { faint, good, type Line } from "../domain/text.ts"
import { ConfigFiles } from "../services/ConfigFiles.ts"
import { Output } from "../services/Output.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { type ScopeFlags, scopeIn, settingNamed } from "./settingNamed.ts"

const SettingChanged = Schema.Struct({
  key: Schema.String,
  file: Schema.String,
  /** Null where it is not set. */
  before: Schema.Json,
  after: Schema.Json,
  changed: Schema.Boolean
})

interface Input extends ScopeFlags {
  readonly key: string
  readonly values: ReadonlyArray<string>
  readonly unset: boolean
}

const valueFor = Effect.fnUntraced(function* ({ key, shape }: Setting, typed: ReadonlyArray<string>) {
  const [kind] = typed.flatMap((each) => secretKind(each) ?? [])
  if (kind !== undefined) {
    return yield* new UsageError({
      problem: `the value looks like ${kind}, and the configuration never holds one; nothing was written`,
      next: "revoke it where it came from if it was real: it is in the shell's history; crewkit keys set NAME keeps secrets"
    })
  }
  if (typed.length === 0) {
    return yield* new UsageError({
      problem: `there is no value for ${key}`,
      next: `crewkit config set ${key} VALUE, or --unset`
    })
  }
  const value = settingValue(shape, typed)
  if (value === undefined) {
    const next =
      shape === "entries"
        ? "write it in .agent/config.yml, then crewkit config validate"
        : `crewkit config set ${key} VALUE`
    return yield* new UsageError({ problem: `${key} is ${shapeText[shape]}; nothing was written`, next })
  }
  const problem =
    key === "registry" && typeof value === "string" && /^[a-z][a-z0-9+.-]*:\/\//i.test(value)
      ? parseSafeUrl(value)
      : undefined
  if (typeof problem === "string") {
    return yield* new UsageError({
      problem: `the registry is refused: ${problem}; nothing was written`,
      next: "an https URL, or a folder"
    })
  }
  return value
})

/** Whether something that is above the file hides the change. */
const overruled = Effect.fnUntraced(function* (key: string) {
  if (key !== "registry") return undefined
  const { by } = yield* (yield* ProjectConfig).registry
  return by === "environment" ? "the environment (CREWKIT_REGISTRY) names another" : undefined
})

const shown = (value: Schema.Json): string => (value === null ? "not set" : valueLines(value).join(", "))

export const data = SettingChanged

export const run = Effect.fn("config set")(function* (input: Input) {
  const output = yield* Output
  const files = yield* ConfigFiles
  const setting = yield* settingNamed(input.key, yield* scopeIn(input))
  const { key, otherwise, scope } = setting
  if (input.unset && input.values.length > 0) {
    return yield* new UsageError({ problem: "--unset takes no value", next: `crewkit config set ${key} --unset` })
  }
  const value = input.unset ? Option.none() : Option.some(yield* valueFor(setting, input.values))
  const change = yield* files.write(setting, value)
  const above = yield* overruled(key)
  if (above !== undefined) yield* output.warn(`${key} is written, but ${above} for this shell`)
  const file = files.place(scope)
  const before = Option.getOrNull(change.before)
  const after = Option.getOrNull(value)
  const holds: ReadonlyArray<Line> =
    after === null && otherwise !== undefined ? [[faint(`  ${otherwise} holds without it`)]] : []
  yield* output.summary(SettingChanged, { key, file, before, after, changed: change.changed }, [
    change.changed
      ? [good("✓ "), `${key}: ${shown(after)}`, faint(`  was ${shown(before)}, in ${file}`)]
      : [good("✓ "), `${key}: ${shown(after)}`, faint(`  as before, in ${file}`)],
    ...holds
  ])
})
