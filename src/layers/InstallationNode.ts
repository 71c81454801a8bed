import { Effect, Layer, Option, Schema } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { installationOf, packageName } from "../domain/installation.ts"
import { Installation } from "../services/Installation.ts"

declare const CREWKIT_VERSION: string

const listed = Schema.Record(Schema.String, Schema.Unknown)
const decode = Schema.decodeUnknownOption(
  Schema.fromJsonString(
    Schema.Struct({ dependencies: Schema.optionalKey(listed), devDependencies: Schema.optionalKey(listed) })
  )
)

/** What cannot be read is not there. */
const orElse = <A>(work: () => A, otherwise: A): A => {
  try {
    return work()
  } catch {
    return otherwise
  }
}

const isExecutable = (): boolean => {
  const sea: unknown = orElse(() => process.getBuiltinModule("node:sea"), undefined)
  return typeof sea === "object" && sea !== null && "isSea" in sea && typeof sea.isSea === "function" && sea.isSea()
}

const listedIn = (folder: string): "dependencies" | "devDependencies" | undefined => {
  const manifest = decode(orElse(() => fs.readFileSync(join(folder, "package.json"), "utf8"), ""))
  if (Option.isNone(manifest)) return undefined
  return (["dependencies", "devDependencies"] as const).find((key) => manifest.value[key]?.[packageName] !== undefined)
}

export const layer = Layer.sync(Installation, () => {
  const called = process.argv[1] ?? ""
  return Installation.of({
    version: typeof CREWKIT_VERSION === "string" ? CREWKIT_VERSION : "0.0.0",
    machine: { platform: process.platform, arch: process.arch, node: process.version },
    installed: Effect.sync(() =>
      installationOf({
        real: orElse(() => fs.realpathSync(called), called),
        called,
        executable: isExecutable(),
        env: process.env,
        list: (folder) => orElse(() => fs.readdirSync(folder), []),
        listedIn
      })
    )
  })
})
