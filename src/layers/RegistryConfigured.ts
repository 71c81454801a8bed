/**
 * The registry that the configuration names. A folder is served by the registry's own handlers inside this process;
 * a server is asked over HTTPS with the person's token.
 */
import { Effect, Layer } from "effect"
import { isAbsolute, join, resolve } from "node:path"
import type { ResolvedConfig } from "../domain/ProjectSettings.ts"
import { Caller } from "../api/Caller.ts"
import { ContentFolder } from "../registry/ContentFolder.ts"
import { etagOf } from "../registry/effective.ts"
import { roleOf } from "../registry/roles.ts"
import { AgentFormat } from "../services/AgentFormat.ts"
import { Git } from "../services/Git.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { type EffectiveRequest, type EffectiveResult, Registry } from "../services/Registry.ts"
import { Remote } from "../services/Remote.ts"
import * as ContentFolderNode from "./ContentFolderNode.ts"

const folderOf = (config: ResolvedConfig): string =>
  isAbsolute(config.registry.value) ? config.registry.value : resolve(config.root, config.registry.value)

/** From so many agents on memory is worth more than the last tenth of speed. */
const manyAgents = 3000

/** Composing makes much garbage; V8 would answer by growing the young generation to a hundred megabytes. */
const keepHeapSmall = Effect.sync(() =>
  process.getBuiltinModule("node:v8").setFlagsFromString("--semi-space-growth-factor=1")
)

export const layer = Layer.effect(
  Registry,
  Effect.gen(function* () {
    const projectConfig = yield* ProjectConfig
    const git = yield* Git
    const format = yield* AgentFormat
    const remote = yield* Remote

    const ask = Effect.fnUntraced(function* (config: ResolvedConfig, request: EffectiveRequest) {
      const folder = yield* ContentFolder
      // The same two lines answer a conditional request inside the handlers; here they spare loading them.
      const snapshot = yield* folder.snapshot(config.org.value, config.project.value)
      const role = yield* roleOf(snapshot, request.role)
      const { remember } = folder
      if (request.etag === etagOf(snapshot, role)) return { _tag: "NotModified", remember } as const
      if (snapshot.base.size > manyAgents) yield* keepHeapSmall
      const { makeEmbeddedClient } = yield* Effect.promise(() => import("./registryEmbedded.ts"))
      const client = yield* makeEmbeddedClient(config.registry.value)
      const answer = yield* client.effective({ project: config.project.value, role: request.role, etag: request.etag })
      return answer === undefined
        ? ({ _tag: "NotModified", remember } as const)
        : ({ _tag: "Fresh", answer, remember } as const)
    })

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
        const result: EffectiveResult = yield* ask(config, request).pipe(Effect.provide(services), Effect.scoped)
        return result
      })
    })
  })
)
