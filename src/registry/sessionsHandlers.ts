/** The contract's sessions, and the modifications made in them: handlers of a registry that is served. */
import { Effect, Option, Result, Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { ModificationAnswer, type NewModification } from "../api/agents.ts"
import { Caller } from "../api/Caller.ts"
import { RegistryApi } from "../api/RegistryApi.ts"
import { SessionAnswer } from "../api/sessions.ts"
import { AgentName, type Slug } from "../domain/AgentName.ts"
import type { AgentFormat } from "../services/AgentFormat.ts"
import type { Ground } from "./authHandlers.ts"
import { ContentFolder } from "./ContentFolder.ts"
import { composeOne, namesOf } from "./effective.ts"
import { once } from "./idempotency.ts"
import { answered, refuse } from "./Refusal.ts"
import * as Sessions from "./sessions.ts"

const viewer = Effect.gen(function* () {
  const { org, userId } = yield* Caller
  return userId === undefined ? yield* refuse("forbidden", "nobody is logged in") : { org, userId }
})

const readName = Schema.decodeUnknownOption(AgentName)

const agentOf = (text: string | undefined) => {
  if (text === undefined) return Effect.undefined
  const name = readName(text)
  return Option.isSome(name)
    ? Effect.succeed(name.value)
    : refuse("unprocessable", "agent_name has to be lower-case letters, digits and hyphens, at most 64")
}

/** Which version of the agent the session begins with; null for an agent that is none of the registry's. */
const versionOf = Effect.fnUntraced(function* (project: Slug, name: AgentName) {
  const { org } = yield* Caller
  const snapshot = yield* (yield* ContentFolder).snapshot(org, project)
  const result = namesOf(snapshot).includes(name) ? yield* composeOne(snapshot, name) : undefined
  return result !== undefined && Result.isSuccess(result) ? result.success.composed.version : null
})

interface Keyed {
  readonly "idempotency-key"?: string
}

interface Create {
  readonly agent_name?: string
  readonly project_slug: Slug
  readonly started_at?: string
}

const create = Effect.fnUntraced(function* (headers: Keyed, payload: Create) {
  const who = yield* viewer
  const agentName = yield* agentOf(payload.agent_name)
  // Outside of the transaction: reading files is slow, and others wait.
  const agentVersion = agentName === undefined ? null : yield* versionOf(payload.project_slug, agentName)
  const { project_slug: project, started_at: startedAt } = payload
  return yield* once(
    { userId: who.userId, endpoint: "POST /sessions", key: headers["idempotency-key"], request: [payload] },
    SessionAnswer,
    Effect.map(Sessions.create(who, { project, agentName, agentVersion, startedAt }), (session) => ({ session }))
  )
})

interface Pages {
  readonly page?: string
  readonly per_page?: string
}

const usualPage = 25
const mostPerPage = 100

const wholeOf = (name: string, text: string | undefined, usual: number, most: number) => {
  const number = text === undefined ? usual : /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0
  return number >= 1 && number <= most
    ? Effect.succeed(number)
    : refuse("unprocessable", `${name} has to be a whole number from 1 to ${most}`)
}

const pagesOf = Effect.fnUntraced(function* ({ page, per_page }: Pages) {
  return {
    page: yield* wholeOf("page", page, 1, 999_999_999),
    perPage: yield* wholeOf("per_page", per_page, usualPage, mostPerPage)
  }
})

const flagOf = (name: string, text: string | undefined) =>
  text === undefined || text === "false"
    ? Effect.succeed(false)
    : text === "true"
      ? Effect.succeed(true)
      : refuse("unprocessable", `${name} has to be true or false`)

/** For the contract's group of agents. */
export const modify = Effect.fnUntraced(function* (name: AgentName, headers: Keyed, payload: NewModification) {
  const who = yield* viewer
  const endpoint = "POST /agents/:name/modifications"
  return yield* once(
    { userId: who.userId, endpoint, key: headers["idempotency-key"], request: [name, payload] },
    ModificationAnswer,
    Effect.map(Sessions.modify(who, name, payload), (modification) => ({ modification }))
  )
}, answered)

export const layer = HttpApiBuilder.group(
  RegistryApi,
  "sessions",
  Effect.fnUntraced(function* (handlers) {
    const ground = yield* Effect.context<Ground | AgentFormat>()
    return handlers
      .handle("create", ({ headers, payload }) => answered(create(headers, payload)).pipe(Effect.provide(ground)))
      .handle("update", ({ headers, params: { id }, payload }) =>
        Effect.gen(function* () {
          const who = yield* viewer
          const key = headers["idempotency-key"]
          return yield* once(
            { userId: who.userId, endpoint: "PATCH /sessions/:id", key, request: [id, payload] },
            SessionAnswer,
            Effect.map(Sessions.update(who, id, payload), (session) => ({ session }))
          )
        }).pipe(answered, Effect.provide(ground))
      )
      .handle("summary", ({ params }) =>
        Effect.flatMap(viewer, (who) => Sessions.summary(who, params.id)).pipe(answered, Effect.provide(ground))
      )
      .handle("list", ({ query }) =>
        Effect.gen(function* () {
          const who = yield* viewer
          const agent = yield* agentOf(query.agent_name)
          const mine = yield* flagOf("current_user_only", query.current_user_only)
          return yield* Sessions.list(who, { project: query.project_slug, agent, mine, ...(yield* pagesOf(query)) })
        }).pipe(answered, Effect.provide(ground))
      )
  })
)
