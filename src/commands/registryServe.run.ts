import { Effect, Option, Result, Schema } from "effect"
import { UsageError } from "../domain/errors.ts"
import { grace, isLoopback, isWildcard, parseListen, parsePublicUrl } from "../domain/listen.ts"
import { faint, strong } from "../domain/text.ts"
import { Invocation } from "../services/Invocation.ts"
import { Output } from "../services/Output.ts"
import { RegistryServer } from "../services/RegistryServer.ts"
import { type PlaceInput, placeOf } from "./registryPlace.ts"

const Listening = Schema.Struct({ url: Schema.String, public_url: Schema.String, state: Schema.String })

interface Input extends PlaceInput {
  readonly listen: string
  readonly publicUrl: Option.Option<string>
  readonly tlsCert: Option.Option<string>
  readonly tlsKey: Option.Option<string>
  readonly behindProxy: boolean
  readonly grace: number
}

const wrong = (problem: string, next: string) => new UsageError({ problem, next })

const tlsOf = Effect.fnUntraced(function* ({ tlsCert, tlsKey }: Input) {
  if (Option.isSome(tlsCert) && Option.isSome(tlsKey)) return { cert: tlsCert.value, key: tlsKey.value }
  if (Option.isNone(tlsCert) && Option.isNone(tlsKey)) return undefined
  return yield* wrong("--tls-cert and --tls-key go together", "give both, or neither")
})

const publicUrlOf = Effect.fnUntraced(function* ({ publicUrl }: Input) {
  if (Option.isNone(publicUrl)) return undefined
  const parsed = parsePublicUrl(publicUrl.value)
  return Result.isSuccess(parsed)
    ? parsed.success
    : yield* wrong(`--public-url ${publicUrl.value}: ${parsed.failure}`, "--public-url https://agents.example.com")
})

export const data = Listening

export const run = Effect.fn("registry serve")(function* (input: Input) {
  const output = yield* Output
  const { debug } = yield* Invocation
  const server = yield* RegistryServer
  const at = parseListen(input.listen)
  if (at === undefined) {
    return yield* wrong(`--listen ${input.listen} is not a host and a port`, "--listen 127.0.0.1:8787")
  }
  const tls = yield* tlsOf(input)
  const publicUrl = yield* publicUrlOf(input)
  if (!isLoopback(at.host) && tls === undefined && !input.behindProxy) {
    return yield* wrong(
      `${at.host} can be reached from other machines, and tokens would go there without encryption`,
      "add --tls-cert FILE --tls-key FILE, or --behind-proxy where a proxy of yours does TLS"
    )
  }
  if (publicUrl === undefined && (input.behindProxy || isWildcard(at.host))) {
    return yield* wrong(
      "the registry has to know under which address others reach it",
      "add --public-url https://agents.example.com"
    )
  }
  if (input.grace < 0 || input.grace > grace.most) {
    return yield* wrong(`--grace ${input.grace} is not within 0 to ${grace.most} seconds`, "--grace 30")
  }
  const place = yield* placeOf(input)
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const listening = yield* server.listen({
        ...at,
        ...place,
        tls,
        publicUrl,
        behindProxy: input.behindProxy,
        graceSeconds: input.grace,
        log: (line) => (debug ? output.note([[faint(line)]]) : Effect.void),
        report: output.warn
      })
      const { state, url } = listening
      yield* output.result(Listening, { url, public_url: listening.publicUrl, state }, [
        ["registry listens on ", strong(url)]
      ])
      yield* output.note([[faint(`state in ${state}; Ctrl+C stops it`)]])
      return yield* Effect.never
    })
  )
})
