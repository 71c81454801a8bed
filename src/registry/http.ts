/** The whole contract as routes for a registry inside this process: the caller is known, and nobody logs in. */
import { Effect, Layer } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Authenticated } from "../api/Authenticated.ts"
import { Caller } from "../api/Caller.ts"
import { RegistryApi } from "../api/RegistryApi.ts"
import * as Agents from "./agentsHandlers.ts"
import * as NotImplemented from "./notImplemented.ts"

const authenticated = Layer.effect(
  Authenticated,
  Effect.map(Caller, (caller) => ({ bearer: (call) => Effect.provideService(call, Caller, caller) }))
)

export const layer = HttpApiBuilder.layer(RegistryApi).pipe(
  Layer.provide([Agents.layer(NotImplemented.modify), NotImplemented.layer]),
  Layer.provide(authenticated)
)
