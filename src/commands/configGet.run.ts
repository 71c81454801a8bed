import { Effect, Option, Schema } from "effect"
import { SettingUnset } from "../domain/configErrors.ts"
import { type Setting, valueLines } from "../domain/configSettings.ts"
import { Origin } from "../domain/ProjectSettings.ts"
import { ConfigFiles } from "../services/ConfigFiles.ts"
import { Invocation } from "../services/Invocation.ts"
import { Output } from "../services/Output.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { type ScopeFlags, scopeIn, settingNamed } from "./settingNamed.ts"

const SettingShown = Schema.Struct({ key: Schema.String, value: Schema.Json, origin: Origin })

interface Found {
  readonly value: Schema.Json
  readonly origin: Origin
}

const inFile = Effect.fnUntraced(function* (setting: Setting) {
  const value = yield* (yield* ConfigFiles).read(setting)
  return Option.map(value, (said): Found => ({ value: said, origin: setting.scope }))
})

/** As it applies: flags and the environment have the first word where there are any for it. */
const applying = Effect.fnUntraced(function* (setting: Setting) {
  const { role } = yield* Invocation
  if (setting.key === "role" && role !== undefined) return Option.some<Found>({ value: role, origin: "flag" })
  if (setting.key !== "registry") return yield* inFile(setting)
  const { by, value } = yield* (yield* ProjectConfig).registry
  return by === "default" ? Option.none<Found>() : Option.some<Found>({ value, origin: by })
})

interface Input extends ScopeFlags {
  readonly key: string
  readonly otherwise: Option.Option<string>
}

export const data = SettingShown

export const run = Effect.fn("config get")(function* (input: Input) {
  const output = yield* Output
  const scope = yield* scopeIn(input)
  const setting = yield* settingNamed(input.key, scope)
  const { key, otherwise } = setting
  const said = yield* scope === undefined ? applying(setting) : inFile(setting)
  const given = Option.map(input.otherwise, (value): Found => ({ value, origin: "default" }))
  const found = Option.getOrUndefined(Option.orElse(said, () => given))
  if (found === undefined) {
    return yield* new SettingUnset({ key, ...(otherwise === undefined ? {} : { otherwise }) })
  }
  yield* output.result(
    SettingShown,
    { key, ...found },
    valueLines(found.value).map((line) => [line])
  )
})
