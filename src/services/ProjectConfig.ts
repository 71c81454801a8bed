import { Context, type Effect } from "effect"
import type { Slug } from "../domain/AgentName.ts"
import type { ConfigExists, ConfigInvalid, ConfigMissing, FileError, UnsafePath } from "../domain/errors.ts"
import type { Origin, ResolvedConfig, UserConfigFile } from "../domain/ProjectSettings.ts"

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

/** The registry that a command means, in a project or outside of any. */
export interface RegistryChoice {
  /** URL, or folder. */
  readonly value: string
  readonly kind: "folder" | "https"
  /** Who named it. */
  readonly by: Origin
  /** The project's folder; none outside of a project. */
  readonly root: string | undefined
}

/** `.agent/config.yml` with flags, environment and the user's own configuration over it. */
export class ProjectConfig extends Context.Service<
  ProjectConfig,
  {
    /** Resolved once a run. */
    readonly resolved: Effect.Effect<ResolvedConfig, ConfigError>
    /** Outside of a project too: a login needs none. */
    readonly registry: Effect.Effect<RegistryChoice, ConfigError>
    /** `config.yml` in the user's configuration folder; empty where there is none. */
    readonly personal: Effect.Effect<UserConfigFile, ConfigInvalid | FileError>
    /** Writes a new configuration in the folder where the command runs, and the ignore lines once. */
    readonly create: (config: NewConfig) => Effect.Effect<Written, ConfigExists | FileError | UnsafePath>
  }
>()("@crewkit/cli/services/ProjectConfig") {}
