/** A place for checks to look at, without a project's configuration being read. */
import { Result } from "effect"
import type { ResolvedConfig } from "../../../src/domain/ProjectSettings.ts"
import type { Place } from "../../../src/layers/doctor/place.ts"
import type { RegistryChoice } from "../../../src/services/ProjectConfig.ts"
import { configIn } from "../../fakes/ProjectConfigMemory.ts"

export const placeIn = (root: string, registry: Partial<RegistryChoice> = {}, offline = false): Place => ({
  cwd: root,
  root,
  config: Result.succeed<ResolvedConfig>(configIn(root)),
  registry: Result.succeed<RegistryChoice>({ value: "registry", kind: "folder", by: "project", root, ...registry }),
  offline
})
