/** A registry in memory: the registry's own handlers over a map of files, asked by the CLI's own client. */
import { Context, Effect, Layer, Option, Ref } from "effect"
import { Caller } from "../api/Caller.ts"
import * as AgentFormatYaml from "../layers/AgentFormatYaml.ts"
import { askContent } from "../layers/askContent.ts"
import { Registry } from "../services/Registry.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { type Files, layer as contentFolder } from "./ContentFolderMemory.ts"

/** What the registry holds; a test may change it between two calls. */
export class RegistryFiles extends Context.Service<RegistryFiles, Ref.Ref<Files>>()(
  "@crewkit/cli/testing/RegistryMemory/RegistryFiles"
) {}

export interface Options {
  /** What git's `user.email` would be: decides the role where `orgs/<org>/org.yml` lists members. */
  readonly email?: string
}

/**
 * Texts by path below the registry's folder, laid out as `docs/registry-folder.md` says. Tiers, roles, versions, ETags
 * and refusals are those of the real registry. Organization and project are those of `ProjectConfig`.
 */
export const layer = (
  files: Readonly<Record<string, string>>,
  { email }: Options = {}
): Layer.Layer<Registry | RegistryFiles, never, ProjectConfig> =>
  Layer.effect(
    Registry,
    Effect.gen(function* () {
      const content = yield* RegistryFiles
      const config = yield* ProjectConfig
      return Registry.of({
        effective: Effect.fnUntraced(function* (request) {
          const resolved = yield* config.resolved
          const services = Layer.mergeAll(
            Layer.succeed(Caller, { org: resolved.org.value, email: Effect.succeed(Option.fromUndefinedOr(email)) }),
            AgentFormatYaml.layer,
            contentFolder(resolved.registry.value, content)
          )
          return yield* askContent(resolved, request).pipe(Effect.provide(services), Effect.scoped)
        })
      })
    })
  ).pipe(
    Layer.provideMerge(
      Layer.effect(
        RegistryFiles,
        Effect.suspend(() => Ref.make<Files>(new Map(Object.entries(files))))
      )
    )
  )
