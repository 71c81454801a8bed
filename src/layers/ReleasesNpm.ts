import { Clock, Effect, Layer, Option, Redacted, Schema } from "effect"
import { join } from "node:path"
import { packageName } from "../domain/installation.ts"
import { registryIn } from "../domain/npmrc.ts"
import { parseSafeUrl } from "../domain/safeUrl.ts"
import { PackageRegistryInvalid, ReleasesUnusable } from "../domain/updateErrors.ts"
import { isVersion } from "../domain/versions.ts"
import { Http } from "../services/Http.ts"
import { Releases } from "../services/Releases.ts"
import { writeLastCheck } from "./lastCheckFile.ts"
import { readIfThere } from "./nodeFs.ts"

const publicRegistry = "https://registry.npmjs.org/"

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Struct({ version: Schema.String })))

/** A variable in either case of letters, as npm takes them. */
const variable = (name: string): string | undefined => {
  const value = process.env[name] ?? process.env[name.toUpperCase()]
  return value === "" ? undefined : value
}

/**
 * The person's own `.npmrc`, or the one that they name. A project's is left alone: whoever wrote the project must not
 * choose where this machine asks.
 */
const configured = Effect.gen(function* () {
  const direct = variable("npm_config_registry")
  if (direct !== undefined) return { value: direct, where: "npm_config_registry" }
  const file = variable("npm_config_userconfig") ?? join(process.getBuiltinModule("node:os").homedir(), ".npmrc")
  const value = Option.match(yield* readIfThere(file), {
    onNone: () => undefined,
    onSome: (data) => registryIn(data.toString("utf8"), process.env)
  })
  return value === undefined ? { value: publicRegistry, where: "npm" } : { value, where: file }
})

export const layer = Layer.effect(
  Releases,
  Effect.gen(function* () {
    const http = yield* Http
    return Releases.of({
      registry: Effect.gen(function* () {
        const { value, where } = yield* configured
        const url = parseSafeUrl(value.endsWith("/") ? value : `${value}/`)
        return typeof url === "string" ? yield* new PackageRegistryInvalid({ where, problem: url }) : url
      }),
      latest: Effect.fn("Releases.latest")(function* (registry) {
        const unusable = (problem: string) => new ReleasesUnusable({ host: registry.host, problem })
        const answer = yield* http.get(new URL(`${packageName.replace("/", "%2f")}/latest`, registry))
        if (answer.status === 404) return yield* unusable(`it has no ${packageName}`)
        if (answer.status !== 200) return yield* unusable(`it answered ${answer.status}`)
        const found = decode(Redacted.value(answer.text))
        if (Option.isNone(found) || !isVersion(found.value.version)) return yield* unusable("its answer has no version")
        const { version } = found.value
        yield* writeLastCheck({ asked: yield* Clock.currentTimeMillis, latest: version })
        return version
      })
    })
  })
)
