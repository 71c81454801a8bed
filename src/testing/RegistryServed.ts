/** The CLI's own client over an `HttpClient` of yours: what crewkit makes of the answers of your registry. */
import { Effect, Layer } from "effect"
import { HttpClient } from "effect/http"
import { makeRegistryClient } from "../layers/registryClient.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { type EffectiveResult, Registry } from "../services/Registry.ts"

/**
 * Asks the registry at `origin`, `https://registry.example`; the paths of the API come after it. Fails with `ResponseInvalid` where an answer is not what the contract says, with
 * `RegistryRefused` where it is an error of the registry, with `RegistryUnreachable` where there is none. The token,
 * redirects, sizes, times and retries are the `HttpClient`'s own matter here.
 */
export const layer = (origin: string): Layer.Layer<Registry, never, HttpClient.HttpClient | ProjectConfig> =>
  Layer.effect(
    Registry,
    Effect.gen(function* () {
      const httpClient = yield* HttpClient.HttpClient
      const config = yield* ProjectConfig
      const client = yield* makeRegistryClient({ httpClient, label: origin, baseUrl: origin })
      return Registry.of({
        effective: Effect.fnUntraced(function* ({ etag, role }) {
          const { project } = yield* config.resolved
          const answer = yield* client.effective({ project: project.value, role, etag })
          const remember = Effect.void
          const result: EffectiveResult =
            answer === undefined ? { _tag: "NotModified", remember } : { _tag: "Fresh", answer, remember }
          return result
        })
      })
    })
  )
