import { Effect, Layer, Option } from "effect"
import * as fs from "node:fs"
import { dirname, join, resolve } from "node:path"
import { ConfigExists, ConfigInvalid, ConfigMissing } from "../domain/errors.ts"
import {
  ConfigFile,
  configKeys,
  defaultRegistry,
  type Origin,
  type ResolvedConfig,
  UserConfigFile,
  userConfigKeys
} from "../domain/ProjectSettings.ts"
import { parseSafeUrl } from "../domain/safeUrl.ts"
import { Invocation } from "../services/Invocation.ts"
import { type NewConfig, ProjectConfig, type Written } from "../services/ProjectConfig.ts"
import { readConfigFile } from "./configFile.ts"
import { insideProject, makeFolder, readIfThere, writeDurably } from "./nodeFs.ts"
import { addIgnoreLines } from "./ignoreLines.ts"
import { findRoot, configPath } from "./projectRoot.ts"
import { slugIn } from "./slugFlag.ts"
import { configFolder } from "./userFolders.ts"

const userConfigFile = (): string => join(configFolder(), "config.yml")

const isUrl = (value: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(value)

/** What is wrong with a registry's URL, or undefined. */
const registryProblem = (value: string): string | undefined => {
  const url = parseSafeUrl(value)
  return typeof url === "string" ? `the registry is refused: ${url}` : undefined
}

const empty = (value: string | undefined): value is undefined | "" => value === undefined || value === ""

export const layer = Layer.effect(
  ProjectConfig,
  Effect.gen(function* () {
    const invocation = yield* Invocation
    const { cwd } = invocation

    const readUser = Effect.gen(function* () {
      const file = userConfigFile()
      const data = yield* readIfThere(file)
      if (Option.isNone(data)) return {}
      return yield* readConfigFile(file, data.value.toString("utf8"), userConfigKeys, UserConfigFile)
    })

    const registryOf = (file: ConfigFile | undefined): { readonly value: string; readonly origin: Origin } => {
      const here = (value: string) => (isUrl(value) ? value : resolve(cwd, value))
      if (!empty(invocation.registry)) return { value: here(invocation.registry), origin: "flag" }
      const env = process.env["CREWKIT_REGISTRY"] || process.env["CREWKIT_API_URL"]
      if (!empty(env)) return { value: here(env), origin: "environment" }
      if (file?.registry !== undefined) return { value: file.registry, origin: "project" }
      return { value: defaultRegistry, origin: "default" }
    }

    /** The project's own file; none outside of a project. */
    const projectFile = Effect.gen(function* () {
      const root = findRoot(cwd)
      const data = root === undefined ? Option.none<Buffer>() : yield* readIfThere(join(root, configPath))
      if (root === undefined || Option.isNone(data)) return undefined
      return { root, file: yield* readConfigFile(configPath, data.value.toString("utf8"), configKeys, ConfigFile) }
    })

    const checkedRegistry = Effect.fnUntraced(function* (file: ConfigFile | undefined) {
      const registry = registryOf(file)
      const problem = isUrl(registry.value) ? registryProblem(registry.value) : undefined
      if (problem !== undefined) {
        return yield* new ConfigInvalid({
          file: registry.origin === "project" ? configPath : registry.origin,
          line: 1,
          column: 1,
          problem
        })
      }
      return registry
    })

    const resolved = Effect.gen(function* () {
      const project = yield* projectFile
      if (project === undefined) return yield* new ConfigMissing({ directory: findRoot(cwd) ?? cwd })
      const { file, root } = project
      const user = yield* readUser
      const registry = yield* checkedRegistry(file)
      const flag = empty(invocation.role) ? undefined : yield* slugIn("--role", invocation.role)
      const role = flag === undefined ? user.role : flag
      const config: ResolvedConfig = {
        root,
        file: configPath,
        org: { value: file.org, origin: "project" },
        project: { value: file.project, origin: "project" },
        registry,
        registryKind: isUrl(registry.value) ? "https" : "folder",
        ...(role === undefined
          ? {}
          : { role: { value: role, origin: flag === undefined ? ("user" as const) : ("flag" as const) } }),
        prune:
          file.sync?.prune === undefined
            ? { value: true, origin: "default" }
            : { value: file.sync.prune, origin: "project" },
        keepLocal:
          file.sync?.keepLocal === undefined
            ? { value: false, origin: "default" }
            : { value: file.sync.keepLocal, origin: "project" },
        capture:
          file.sessions?.capture === undefined
            ? { value: "metadata", origin: "default" }
            : { value: file.sessions.capture, origin: "project" },
        ...(file.audit === undefined ? {} : { audit: { value: file.audit, origin: "project" } })
      }
      return config
    })

    return ProjectConfig.of({
      resolved: yield* Effect.cached(resolved),
      personal: readUser,
      registry: Effect.gen(function* () {
        const project = yield* projectFile
        const { origin, value } = yield* checkedRegistry(project?.file)
        return { value, by: origin, kind: isUrl(value) ? "https" : "folder", root: project?.root }
      }),
      create: Effect.fn("ProjectConfig.create")(function* (config: NewConfig) {
        const path = join(cwd, configPath)
        yield* insideProject(cwd, dirname(path), "folder")
        yield* insideProject(cwd, path, "no link")
        if (!config.force && fs.existsSync(path)) return yield* new ConfigExists({ file: configPath })
        yield* makeFolder(dirname(path))
        const registry = config.registry === undefined ? "" : `registry: ${JSON.stringify(config.registry)}\n`
        yield* writeDurably(
          path,
          `# Slugs and settings for crewkit; committed, never a secret.\norg: ${config.org}\nproject: ${config.project}\n${registry}`
        )
        const written: Written = { root: cwd, file: configPath, ignored: yield* addIgnoreLines(cwd) }
        return written
      })
    })
  })
)
