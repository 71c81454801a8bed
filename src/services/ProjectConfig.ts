import { Context, type Effect } from "effect"
import type { Slug } from "../domain/AgentName.ts"
import type { ConfigExists, ConfigInvalid, ConfigMissing, FileError, UnsafePath } from "../domain/errors.ts"
import type { ResolvedConfig } from "../domain/ProjectSettings.ts"

export type ConfigError = ConfigMissing | ConfigInvalid | FileError

export interface NewConfig {
  readonly org: Slug
  readonly project: Slug
  readonly registry: string | undefined
  readonly force: boolean
}

export interface Written {
  /** The folder that holds `.agent`. */
  readonly root: string
  readonly file: string
  /** Lines that were added to `.gitignore`. */
  readonly ignored: ReadonlyArray<string>
}

/** `.agent/config.yml` with flags, environment and the user's own configuration over it. */
export class ProjectConfig extends Context.Service<
  ProjectConfig,
  {
    /** Resolved once a run. */
    readonly resolved: Effect.Effect<ResolvedConfig, ConfigError>
    /** Writes a new configuration in the folder where the command runs, and the ignore lines once. */
    readonly create: (config: NewConfig) => Effect.Effect<Written, ConfigExists | FileError | UnsafePath>
  }
>()("@crewkit/cli/services/ProjectConfig") {}
