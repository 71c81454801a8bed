/** A registry's content folder in memory. */
import { Effect, Layer, Ref, Result } from "effect"
import { maxAgentBytes } from "../domain/acceptance.ts"
import { agentNameProblem, isAgentName, type Slug } from "../domain/AgentName.ts"
import type { Refused } from "../domain/Effective.ts"
import { FileError, RegistryUnreachable } from "../domain/errors.ts"
import { contentDigest, yamlData } from "../layers/contentText.ts"
import { sha256 } from "../layers/nodeFs.ts"
import { ContentFolder, type ContentFile } from "../registry/ContentFolder.ts"

/** Texts by path below the registry's folder, with `/`: `agents/reviewer.md`, `orgs/acme/org.yml`. */
export type Files = ReadonlyMap<string, string>

interface Found {
  readonly files: Map<string, ContentFile>
  readonly refused: Array<Refused>
}

const tooLarge = (text: string): boolean => new TextEncoder().encode(text).length > maxAgentBytes

/** The `<name><ending>` right in one folder; what is named otherwise is refused where it should be an agent. */
const look = (all: Files, below: string, ending: ".md" | ".yml", found: Found): ReadonlyMap<string, ContentFile> => {
  const files = new Map<string, ContentFile>()
  for (const [path, text] of [...all].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const fileName = path.startsWith(`${below}/`) ? path.slice(below.length + 1) : ""
    if (fileName === "" || fileName.includes("/")) continue
    const name = fileName.slice(0, -ending.length)
    if (!fileName.endsWith(ending) || !isAgentName(name)) {
      if (ending === ".md" && !fileName.startsWith(".")) {
        found.refused.push({ name: fileName, file: path, reason: agentNameProblem(fileName) })
      }
      continue
    }
    if (tooLarge(text)) {
      found.refused.push({ name, file: path, reason: "larger than 1 MiB" })
      continue
    }
    const file = { path, name, sha256: sha256(text) }
    found.files.set(path, file)
    files.set(name, file)
  }
  return files
}

export const layer = (label: string, files: Ref.Ref<Files>): Layer.Layer<ContentFolder> => {
  const textOf = (all: Files, { path }: ContentFile): Result.Result<string, FileError> => {
    const text = all.get(path)
    return text === undefined
      ? Result.fail(new FileError({ operation: "read", path, code: "ENOENT" }))
      : Result.succeed(text)
  }
  const nothing = (): Found => ({ files: new Map(), refused: [] })
  return Layer.succeed(
    ContentFolder,
    ContentFolder.of({
      snapshot: Effect.fnUntraced(function* (org: Slug, project: Slug) {
        const all = yield* Ref.get(files)
        if (![...all.keys()].some((path) => /^(?:agents|orgs)\//.test(path))) {
          return yield* new RegistryUnreachable({
            registry: label,
            reason: "the folder has neither agents/ nor orgs/ in it",
            hint: "give RegistryMemory a file in agents/ or orgs/"
          })
        }
        const found = nothing()
        const base = look(all, "agents", ".md", found)
        const organization = look(all, `orgs/${org}/agents`, ".md", found)
        const projectFiles = look(all, `orgs/${org}/projects/${project}/agents`, ".md", found)
        const roles = look(all, "roles", ".yml", found)
        const ofOrg = look(all, `orgs/${org}`, ".yml", found)
        return {
          base,
          organization,
          project: projectFiles,
          roles,
          org: ofOrg.get("org"),
          audit: ofOrg.get("audit"),
          refused: found.refused,
          digest: contentDigest(found.files, found.refused)
        }
      }),
      organization: Effect.fnUntraced(function* (org: Slug) {
        const all = yield* Ref.get(files)
        const found = nothing()
        const roles = look(all, "roles", ".yml", found)
        return { roles, org: look(all, `orgs/${org}`, ".yml", found).get("org"), refused: found.refused }
      }),
      texts: (wanted) =>
        Effect.map(Ref.get(files), (all) => new Map([...wanted].map((file) => [file.path, textOf(all, file)]))),
      yaml: Effect.fnUntraced(function* (file: ContentFile) {
        return yield* yamlData(label, file.path, yield* Effect.fromResult(textOf(yield* Ref.get(files), file)))
      }),
      hash: sha256,
      remember: Effect.void
    })
  )
}
