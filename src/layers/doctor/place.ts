/** Where the examination takes place: what of the configuration can be had, broken or not. */
import { Effect, type Result } from "effect"
import type { ResolvedConfig } from "../../domain/ProjectSettings.ts"
import { Invocation } from "../../services/Invocation.ts"
import { type ConfigError, ProjectConfig, type RegistryChoice } from "../../services/ProjectConfig.ts"
import { findRoot } from "../projectRoot.ts"

export interface Place {
  readonly cwd: string
  /** The folder that holds `.agent/config.yml`, whatever is in it; none outside of a project. */
  readonly root: string | undefined
  readonly config: Result.Result<ResolvedConfig, ConfigError>
  readonly registry: Result.Result<RegistryChoice, ConfigError>
  readonly offline: boolean
}

export const lookAround = Effect.fnUntraced(function* (offline: boolean) {
  const { cwd } = yield* Invocation
  const config = yield* ProjectConfig
  const place: Place = {
    cwd,
    root: findRoot(cwd),
    config: yield* Effect.result(config.resolved),
    registry: yield* Effect.result(config.registry),
    offline
  }
  return place
})

/** A registry that somebody named; the default one, outside of a project, nobody did. */
export const isNamed = ({ by, root }: RegistryChoice): boolean => by !== "default" || root !== undefined
