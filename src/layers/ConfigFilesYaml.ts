import { Effect, Layer, Option, Result, Schema } from "effect"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import type { Scope, Setting, SettingValue } from "../domain/configSettings.ts"
import { SettingRefused } from "../domain/configErrors.ts"
import { Busy, ConfigMissing } from "../domain/errors.ts"
import { ConfigFile, configKeys, UserConfigFile, userConfigKeys } from "../domain/ProjectSettings.ts"
import { ConfigFiles } from "../services/ConfigFiles.ts"
import { Invocation } from "../services/Invocation.ts"
import { lockWaitSeconds, waitForLock } from "../services/policies.ts"
import { readConfigFile } from "./configFile.ts"
import { lockFile } from "./nativeLock.ts"
import { attempt, insideProject, makeFolder, readIfThere, removeAbandoned, writeDurably } from "./nodeFs.ts"
import { configPath, findRoot } from "./projectRoot.ts"
import { configFolder } from "./userFolders.ts"

/** Loaded for a change alone. */
const editor = Effect.promise(() => Promise.all([import("./configEdit.ts"), import("./configYaml.ts")]))

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** `audit.rules.pipe-to-shell` is three steps: no key has a dot in it. */
const stepsOf = (key: string): readonly [string, ...ReadonlyArray<string>] => {
  const [first = "", ...rest] = key.split(".")
  return [first, ...rest]
}

const valueIn = (content: unknown, key: string): Option.Option<Schema.Json> => {
  let value: unknown = content
  for (const step of stepsOf(key)) {
    value = isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined
  }
  return Option.filter(Option.fromUndefinedOr(value), Schema.is(Schema.Json))
}

interface Place {
  readonly file: string
  /** What messages call it. */
  readonly name: string
  readonly lock: string
  readonly mode: number
}

const check = (scope: Scope, name: string, text: string) =>
  scope === "project"
    ? readConfigFile<unknown>(name, text, configKeys, ConfigFile)
    : readConfigFile<unknown>(name, text, userConfigKeys, UserConfigFile)

export const layer = Layer.effect(
  ConfigFiles,
  Effect.gen(function* () {
    const { cwd } = yield* Invocation
    const userFile = () => join(configFolder(), "config.yml")

    const projectRoot = Effect.suspend(() => {
      const root = findRoot(cwd)
      return root === undefined ? Effect.fail(new ConfigMissing({ directory: cwd })) : Effect.succeed(root)
    })

    const fileOf = (scope: Scope) =>
      scope === "project" ? Effect.map(projectRoot, (root) => join(root, configPath)) : Effect.sync(userFile)

    const nameOf = (scope: Scope) => (scope === "project" ? configPath : userFile())

    /** Where a change goes, with the folders that it needs. */
    const prepared = Effect.fnUntraced(function* (scope: Scope) {
      if (scope === "project") {
        const root = yield* projectRoot
        const place: Place = {
          file: join(root, configPath),
          name: configPath,
          lock: join(root, ".crewkit", "writing.lock"),
          mode: 0o666
        }
        yield* insideProject(root, place.file, "no link")
        yield* insideProject(root, dirname(place.lock), "folder")
        yield* makeFolder(dirname(place.lock), 0o700)
        return place
      }
      yield* makeFolder(configFolder(), 0o700)
      const named = userFile()
      // People keep such files elsewhere and link them here: what is changed is the file, not the link.
      const file = yield* Effect.orElseSucceed(
        attempt("follow", named, () => fs.realpathSync(named)),
        () => named
      )
      const place: Place = { file, name: named, lock: join(configFolder(), "config.lock"), mode: 0o600 }
      return place
    })

    const read = Effect.fnUntraced(function* ({ key, scope }: Pick<Setting, "key" | "scope">) {
      const data = yield* readIfThere(yield* fileOf(scope))
      if (Option.isNone(data)) return Option.none<Schema.Json>()
      return valueIn(yield* check(scope, nameOf(scope), data.value.toString("utf8")), key)
    })

    const write = Effect.fn("ConfigFiles.write")(function* (setting: Setting, wanted: Option.Option<SettingValue>) {
      const { key, scope } = setting
      const { file, lock, mode, name } = yield* prepared(scope)
      const locked = yield* lockFile(lock, waitForLock)
      if (!locked) {
        return yield* new Busy({ seconds: lockWaitSeconds, ...(scope === "user" ? { place: dirname(name) } : {}) })
      }
      yield* removeAbandoned(dirname(file))
      const data = yield* readIfThere(file)
      const text = Option.match(data, { onNone: () => "", onSome: (bytes) => bytes.toString("utf8") })
      const [{ withSetting }, { closedYaml }] = yield* editor
      // The form first: keys that nobody knows, secrets, a text that is no YAML are not for us to change.
      const content = yield* Effect.fromResult(
        closedYaml(name, text, scope === "project" ? configKeys : userConfigKeys)
      )
      const before = valueIn(content, key)
      const value = Option.getOrUndefined(wanted)
      if (JSON.stringify(Option.getOrUndefined(before)) === JSON.stringify(value)) return { before, changed: false }
      const next = withSetting(text, stepsOf(key), value)
      const checked = yield* Effect.result(check(scope, name, next))
      if (Result.isFailure(checked)) {
        const { problem } = checked.failure
        if (problem.startsWith(key)) return yield* new SettingRefused({ key, file: name, problem })
        // Something else was wrong before: that is told with the line of the file as it is.
        yield* check(scope, name, text)
        return yield* checked.failure
      }
      const former = fs.statSync(file, { throwIfNoEntry: false })
      yield* writeDurably(file, next, former === undefined ? mode : former.mode & 0o777)
      return { before, changed: true }
    }, Effect.scoped)

    return ConfigFiles.of({ place: nameOf, read, write })
  })
)
