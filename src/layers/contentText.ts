/** What a registry's content folder says, wherever its files are kept. */
import { Effect, type Schema } from "effect"
import type { Refused } from "../domain/Effective.ts"
import { RegistryUnreachable } from "../domain/errors.ts"
import { sha256 } from "./nodeFs.ts"

/** The same digest means the same content. */
export const contentDigest = (
  files: ReadonlyMap<string, { readonly sha256: string }>,
  refused: ReadonlyArray<Refused>
): string => {
  const lines = [...files].map(([path, file]) => `${path} ${file.sha256}\n`).sort()
  return sha256([...lines, ...refused.map(({ file, reason }) => `${file} ${reason}\n`)].join(""))
}

/** A YAML file of the registry `label` as plain data. */
export const yamlData = Effect.fnUntraced(function* (label: string, path: string, text: string) {
  const notYaml = (where: string, problem: string) =>
    new RegistryUnreachable({
      registry: label,
      reason: `${where}: not YAML: ${problem}`,
      hint: `correct ${path} in the registry`
    })
  const { parseDocument } = yield* Effect.promise(() => import("yaml"))
  const document = parseDocument(text, { schema: "core", prettyErrors: true })
  const [error] = document.errors
  if (error !== undefined) {
    return yield* notYaml(`${path}:${error.linePos?.[0].line ?? 1}`, error.message.split("\n")[0] ?? "")
  }
  return yield* Effect.try({
    try: () => document.toJS({ maxAliasCount: 100 }) as Schema.Json, // Boundary: YAML's core schema gives plain data.
    catch: (cause) => notYaml(path, String(cause))
  })
})
