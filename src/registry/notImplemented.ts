/** The parts of the contract that this registry does not serve yet: each call answers 501 and says so. */
import { Effect, Layer } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { RegistryApi } from "../api/RegistryApi.ts"
import type { Modify } from "./agentsHandlers.ts"

const not = (what: string) => () =>
  Effect.fail({ error: { code: "not_implemented" as const, message: `this registry does not serve ${what} yet` } })

const auth = HttpApiBuilder.group(
  RegistryApi,
  "auth",
  Effect.fnUntraced(function* (handlers) {
    const login = not("logins")
    return handlers
      .handle("device", login)
      .handle("token", login)
      .handle("refresh", login)
      .handle("logout", login)
      .handle("revoke", login)
      .handle("me", login)
  })
)

const discovery = HttpApiBuilder.group(
  RegistryApi,
  "discovery",
  Effect.fnUntraced(function* (handlers) {
    return handlers.handle("metadata", not("authorization server metadata"))
  })
)

const sessions = HttpApiBuilder.group(
  RegistryApi,
  "sessions",
  Effect.fnUntraced(function* (handlers) {
    const session = not("sessions")
    return handlers
      .handle("create", session)
      .handle("update", session)
      .handle("summary", session)
      .handle("list", session)
  })
)

const experiments = HttpApiBuilder.group(
  RegistryApi,
  "experiments",
  Effect.fnUntraced(function* (handlers) {
    const experiment = not("experiments")
    return handlers
      .handle("create", experiment)
      .handle("list", experiment)
      .handle("show", experiment)
      .handle("metrics", experiment)
      .handle("deploy", experiment)
  })
)

/** What a served registry lacks. */
export const unserved = experiments

export const modify: Modify<never> = not("modifications")

/** What a registry inside the process lacks: there nobody logs in. */
export const layer = Layer.mergeAll(auth, discovery, sessions, experiments)
