/** The real session log in a folder, for the program that writes it and the test that judges it. */
import { Effect, Layer } from "effect"
import { join } from "node:path"
import * as SessionLogNode from "../../src/layers/SessionLogNode.ts"
import * as SessionRecordsNode from "../../src/layers/SessionRecordsNode.ts"
import { ProjectConfig } from "../../src/services/ProjectConfig.ts"
import * as LogKeysFile from "../fakes/LogKeysFile.ts"
import { configIn } from "../fakes/ProjectConfigMemory.ts"

export const projectAt = (root: string): Layer.Layer<ProjectConfig> => {
  const resolved = configIn(root)
  return Layer.succeed(ProjectConfig, {
    resolved: Effect.succeed(resolved),
    registry: Effect.succeed({
      value: resolved.registry.value,
      by: "project",
      kind: resolved.registryKind,
      root
    } as const),
    personal: Effect.succeed({}),
    create: () => Effect.die("nobody makes a project here")
  })
}

/** `folder` has a project in it, and the keychain. */
export const logIn = (folder: string) =>
  Layer.mergeAll(SessionLogNode.layer, SessionRecordsNode.layer).pipe(
    Layer.provide(projectAt(join(folder, "project"))),
    Layer.provide(LogKeysFile.layer(join(folder, "keys")))
  )
