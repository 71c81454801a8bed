/** What a registry that is a folder of files answers, by its own handlers inside this process. */
import { Effect } from "effect"
import type { ResolvedConfig } from "../domain/ProjectSettings.ts"
import { ContentFolder } from "../registry/ContentFolder.ts"
import { etagOf } from "../registry/effective.ts"
import { roleOf } from "../registry/roles.ts"
import type { EffectiveRequest, EffectiveResult } from "../services/Registry.ts"

/** From so many agents on memory is worth more than the last tenth of speed. */
const manyAgents = 3000

/** Composing makes much garbage; V8 would answer by growing the young generation to a hundred megabytes. */
const keepHeapSmall = Effect.sync(() =>
  process.getBuiltinModule("node:v8").setFlagsFromString("--semi-space-growth-factor=1")
)

export const askContent = Effect.fnUntraced(function* (config: ResolvedConfig, request: EffectiveRequest) {
  const folder = yield* ContentFolder
  // The same two lines answer a conditional request inside the handlers; here they spare loading them.
  const snapshot = yield* folder.snapshot(config.org.value, config.project.value)
  const role = yield* roleOf(snapshot, request.role)
  const { remember } = folder
  const notModified: EffectiveResult = { _tag: "NotModified", remember }
  if (request.etag === etagOf(snapshot, role)) return notModified
  if (snapshot.base.size > manyAgents) yield* keepHeapSmall
  const { makeEmbeddedClient } = yield* Effect.promise(() => import("./registryEmbedded.ts"))
  const client = yield* makeEmbeddedClient(config.registry.value)
  const answer = yield* client.effective({ project: config.project.value, role: request.role, etag: request.etag })
  const fresh: EffectiveResult = answer === undefined ? notModified : { _tag: "Fresh", answer, remember }
  return fresh
})
