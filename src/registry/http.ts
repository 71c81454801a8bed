/** The whole contract as routes: what an embedded registry calls and what a served one listens with. */
import { Layer } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { RegistryApi } from "../api/RegistryApi.ts"
import * as Agents from "./agentsHandlers.ts"
import * as NotImplemented from "./notImplemented.ts"

export const layer = HttpApiBuilder.layer(RegistryApi).pipe(Layer.provide([Agents.layer, NotImplemented.layer]))
