import { Context, Effect, Layer, Ref } from "effect"
import { Slug } from "../../src/domain/AgentName.ts"
import type { ResolvedConfig } from "../../src/domain/ProjectSettings.ts"
import { type NewConfig, ProjectConfig } from "../../src/services/ProjectConfig.ts"
import { Scratch } from "./Scratch.ts"

/** The configuration as it stands, and what `create` was asked for. */
export class ConfigState extends Context.Service<
  ConfigState,
  { readonly resolved: Ref.Ref<ResolvedConfig>; readonly created: Ref.Ref<ReadonlyArray<NewConfig>> }
>()("@crewkit/cli/test/fakes/ProjectConfigMemory/ConfigState") {}

export const configIn = (root: string): ResolvedConfig => ({
  root,
  file: ".agent/config.yml",
  org: { value: Slug.make("acme"), origin: "project" },
  project: { value: Slug.make("web-shop"), origin: "project" },
  registry: { value: "registry", origin: "project" },
  registryKind: "folder",
  prune: { value: true, origin: "default" },
  keepLocal: { value: false, origin: "default" },
  capture: { value: "metadata", origin: "default" }
})

/** A project called acme/web-shop in the scratch folder, in `project` below it; beside it is outside. */
export const layer = Layer.effect(
  ProjectConfig,
  Effect.gen(function* () {
    const { created, resolved } = yield* ConfigState
    return ProjectConfig.of({
      resolved: Ref.get(resolved),
      registry: Effect.map(Ref.get(resolved), ({ registry, registryKind, root }) => ({
        value: registry.value,
        by: registry.origin,
        kind: registryKind,
        root
      })),
      personal: Effect.succeed({}),
      create: Effect.fnUntraced(function* (config) {
        yield* Ref.update(created, (all) => [...all, config])
        const { file, root } = yield* Ref.get(resolved)
        return { root, file, ignored: [] }
      })
    })
  })
).pipe(
  Layer.provideMerge(
    Layer.effect(
      ConfigState,
      Effect.gen(function* () {
        const scratch = yield* Scratch
        return {
          resolved: yield* Ref.make(configIn(scratch.path("project"))),
          created: yield* Ref.make<ReadonlyArray<NewConfig>>([])
        }
      })
    )
  )
)
