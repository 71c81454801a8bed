import { Context, type Effect, type Option, type Schema } from "effect"
import type { Scope, Setting, SettingValue } from "../domain/configSettings.ts"
import type { SettingRefused } from "../domain/configErrors.ts"
import type { Busy, LockUnsupported, UnsafePath } from "../domain/errors.ts"
import type { ConfigError } from "./ProjectConfig.ts"

export interface Change {
  readonly before: Option.Option<Schema.Json>
  /** False where the file said so already, and was left alone. */
  readonly changed: boolean
}

/** The two files of settings as they are, without what flags and the environment say. */
export class ConfigFiles extends Context.Service<
  ConfigFiles,
  {
    /** For a person: below the project, or absolute. */
    readonly place: (scope: Scope) => string
    /** None where the file does not say, or is not there. */
    readonly read: (setting: Setting) => Effect.Effect<Option.Option<Schema.Json>, ConfigError>
    /**
     * Writes one setting, or takes it out, and leaves comments and layout of the rest as they are. Either the old or the
     * new file is there at any moment, and nothing is written that the file's schema refuses.
     */
    readonly write: (
      setting: Setting,
      value: Option.Option<SettingValue>
    ) => Effect.Effect<Change, ConfigError | UnsafePath | Busy | LockUnsupported | SettingRefused>
  }
>()("@crewkit/cli/services/ConfigFiles") {}
