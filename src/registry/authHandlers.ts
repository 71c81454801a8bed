/** The contract's auth group, and who calls: handlers of a registry that is served. */
import { Effect, Layer, Option, Redacted } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import type { SqlClient } from "effect/sql"
import { Authenticated } from "../api/Authenticated.ts"
import { Caller } from "../api/Caller.ts"
import { RegistryApi } from "../api/RegistryApi.ts"
import { Slug } from "../domain/AgentName.ts"
import type { ContentFolder } from "./ContentFolder.ts"
import * as OAuth from "./oauth.ts"
import type { PasswordHash } from "./PasswordHash.ts"
import { idOf } from "./people.ts"
import type { RateLimits } from "./RateLimits.ts"
import { internal, problem } from "./requests.ts"
import { memberOf } from "./roles.ts"
import type { Secrets } from "./Secrets.ts"
import type { Served } from "./Served.ts"
import { type Owner, ownerOfAccess } from "./tokens.ts"

/** What the registry's own parts stand on, as opposed to what a request brings. */
export type Ground = SqlClient.SqlClient | Secrets | PasswordHash | Served | RateLimits | ContentFolder

/** The owner of an access token who is still a member. */
const callerBy = Effect.fn("registry.callerBy")(function* (credential: Redacted.Redacted) {
  const owner = Redacted.value(credential) === "" ? Option.none<Owner>() : yield* internal(ownerOfAccess(credential))
  if (Option.isNone(owner)) {
    return yield* Effect.fail(problem("unauthorized", "the access token is missing, unknown or has expired"))
  }
  const { email, org } = owner.value
  const member = yield* internal(memberOf(Slug.make(org), email))
  if (Option.isNone(member)) {
    return yield* Effect.fail(problem("forbidden", `${email} is not listed in orgs/${org}/org.yml`))
  }
  return { owner: owner.value, member: member.value }
})

export const authenticated = Layer.effect(
  Authenticated,
  Effect.map(Effect.context<Ground>(), (ground) => ({
    bearer: (call, { credential }) =>
      Effect.flatMap(Effect.provide(callerBy(credential), ground), ({ owner }) =>
        Effect.provideService(call, Caller, {
          org: Slug.make(owner.org),
          userId: owner.userId,
          email: Effect.succeedSome(owner.email)
        })
      )
  }))
)

const auth = HttpApiBuilder.group(
  RegistryApi,
  "auth",
  Effect.fnUntraced(function* (handlers) {
    const ground = yield* Effect.context<Ground>()
    return handlers
      .handleRaw("device", () => internal(OAuth.device).pipe(Effect.provide(ground)))
      .handleRaw("token", () => internal(OAuth.token()).pipe(Effect.provide(ground)))
      .handleRaw("refresh", () => internal(OAuth.token("refresh_token")).pipe(Effect.provide(ground)))
      .handleRaw("logout", () => internal(OAuth.logout).pipe(Effect.provide(ground)))
      .handleRaw("revoke", () => internal(OAuth.revoke).pipe(Effect.provide(ground)))
      .handle("me", () =>
        Effect.gen(function* () {
          const { email, org } = yield* Caller
          const address = Option.getOrElse(yield* email, () => "")
          const member = yield* internal(memberOf(org, address))
          const id = yield* internal(idOf(address))
          if (Option.isNone(member) || Option.isNone(id)) {
            return yield* Effect.fail(problem("forbidden", `${address} is no member of ${org}`))
          }
          const { name, role } = member.value
          return { user: { id: id.value, name, email: address, platform_role: "member", organization: org, role } }
        }).pipe(Effect.provide(ground))
      )
  })
)

const discovery = HttpApiBuilder.group(
  RegistryApi,
  "discovery",
  Effect.fnUntraced(function* (handlers) {
    const ground = yield* Effect.context<Ground>()
    return handlers.handle("metadata", () => Effect.provide(OAuth.metadata, ground))
  })
)

export const layer = Layer.mergeAll(auth, discovery)
