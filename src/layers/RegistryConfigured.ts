/**
 * The registry that the configuration names. A folder is served by the registry's own handlers inside this process;
 * a server is asked over HTTPS with the person's token.
 */
import { Effect, Layer } from "effect"
import { isAbsolute, join, resolve } from "node:path"
import type { ResolvedConfig } from "../domain/ProjectSettings.ts"
import { Caller } from "../api/Caller.ts"
import { AgentFormat } from "../services/AgentFormat.ts"
import { Git } from "../services/Git.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { type EffectiveRequest, type EffectiveResult, Registry } from "../services/Registry.ts"
import { Remote } from "../services/Remote.ts"
import { askContent } from "./askContent.ts"
import * as ContentFolderNode from "./ContentFolderNode.ts"

const folderOf = (config: ResolvedConfig): string =>
  isAbsolute(config.registry.value) ? config.registry.value : resolve(config.root, config.registry.value)

export const layer = Layer.effect(
  Registry,
  Effect.gen(function* () {
    const projectConfig = yield* ProjectConfig
    const git = yield* Git
    const format = yield* AgentFormat
    const remote = yield* Remote

    return Registry.of({
      effective: Effect.fn("Registry.effective")(function* (request: EffectiveRequest) {
        const config = yield* projectConfig.resolved
        if (config.registryKind === "https") {
          const { askServer } = yield* Effect.promise(() => import("./registryHttps.ts"))
          const query = { project: config.project.value, role: request.role, etag: request.etag }
          const answer = yield* Effect.provide(askServer(query), yield* remote.services)
          const fresh: EffectiveResult =
            answer === undefined
              ? { _tag: "NotModified", remember: Effect.void }
              : { _tag: "Fresh", answer, remember: Effect.void }
          return fresh
        }
        const services = Layer.mergeAll(
          Layer.succeed(Caller, { org: config.org.value, email: git.email }),
          Layer.succeed(AgentFormat, format),
          ContentFolderNode.layer({
            folder: folderOf(config),
            label: config.registry.value,
            index: join(config.root, ".crewkit", "registry-index.json")
          })
        )
        const result: EffectiveResult = yield* askContent(config, request).pipe(Effect.provide(services), Effect.scoped)
        return result
      })
    })
  })
)
