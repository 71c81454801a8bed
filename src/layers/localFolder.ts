/** `.crewkit`: made when first needed, private, and inside the project. */
import { Effect } from "effect"
import { join } from "node:path"
import type { ProjectConfig } from "../services/ProjectConfig.ts"
import { insideProject, makeFolder } from "./nodeFs.ts"

export const localFolder = Effect.fnUntraced(function* (
  config: ProjectConfig["Service"],
  ...parts: ReadonlyArray<string>
) {
  const { root } = yield* config.resolved
  const folder = join(root, ".crewkit", ...parts)
  yield* insideProject(root, folder, "folder")
  yield* makeFolder(folder, 0o700)
  return folder
})
