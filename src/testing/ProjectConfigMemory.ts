/** A project's configuration as a value. */
import { Context, Effect, Layer, Ref } from "effect"
import { Slug } from "../domain/AgentName.ts"
import type { ResolvedConfig } from "../domain/ProjectSettings.ts"
import { type NewConfig, ProjectConfig } from "../services/ProjectConfig.ts"
import { root } from "./ProjectFolder.ts"

/** The configuration as it stands, which a test may change, and what `create` was asked for, oldest first. */
export class ConfigState extends Context.Service<
  ConfigState,
  { readonly resolved: Ref.Ref<ResolvedConfig>; readonly created: Ref.Ref<ReadonlyArray<NewConfig>> }
>()("@crewkit/cli/testing/ProjectConfigMemory/ConfigState") {}

export interface Options {
  /** Slugs: lower-case letters, digits and hyphens, at most 64. `acme` and `web-shop` where nothing is said. */
  readonly org?: string
  readonly project?: string
  /** The project's folder; `/project` where nothing is said, and nothing is read there. */
  readonly root?: string
}

/** The defaults of every setting, over a registry that is a folder. Dies where `org` or `project` is no slug. */
export const configOf = ({
  org = "acme",
  project = "web-shop",
  root: folder = root
}: Options = {}): ResolvedConfig => ({
  root: folder,
  file: ".agent/config.yml",
  org: { value: Slug.make(org), origin: "project" },
  project: { value: Slug.make(project), origin: "project" },
  registry: { value: "registry", origin: "project" },
  registryKind: "folder",
  prune: { value: true, origin: "default" },
  keepLocal: { value: false, origin: "default" },
  capture: { value: "metadata", origin: "default" }
})

/** Over state that the caller keeps. */
export const fromState: Layer.Layer<ProjectConfig, never, ConfigState> = Layer.effect(
  ProjectConfig,
  Effect.gen(function* () {
    const { created, resolved } = yield* ConfigState
    return ProjectConfig.of({
      resolved: Ref.get(resolved),
      registry: Effect.map(Ref.get(resolved), ({ registry, registryKind, root: folder }) => ({
        value: registry.value,
        by: registry.origin,
        kind: registryKind,
        root: folder
      })),
      personal: Effect.succeed({}),
      create: Effect.fnUntraced(function* (config) {
        yield* Ref.update(created, (all) => [...all, config])
        const { file, root: folder } = yield* Ref.get(resolved)
        return { root: folder, file, ignored: [] }
      })
    })
  })
)

export const stateOf = (config: ResolvedConfig) =>
  Effect.gen(function* () {
    return { resolved: yield* Ref.make(config), created: yield* Ref.make<ReadonlyArray<NewConfig>>([]) }
  })

/** Every command finds this configuration. `create` notes what it was asked for and changes nothing. */
export const layer = (options: Options = {}): Layer.Layer<ProjectConfig | ConfigState> =>
  fromState.pipe(
    Layer.provideMerge(
      Layer.effect(
        ConfigState,
        Effect.suspend(() => stateOf(configOf(options)))
      )
    )
  )
