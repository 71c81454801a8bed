/**
 * The typed client of the registry contract over any `HttpClient`: in-process today, HTTPS later. What comes back is
 * checked against the contract and turned into the domain's own types.
 */
import { Effect, Schema } from "effect"
import { HttpClient, HttpClientError, type HttpClientResponse } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import type { EffectiveAgent, EffectiveAnswer, EffectiveConfig } from "../api/agents.ts"
import { AnyErrorBody, messageOf } from "../api/errors.ts"
import { RegistryApi } from "../api/RegistryApi.ts"
import { type Field, type Part, partSeparator } from "../domain/Agent.ts"
import { agentNameProblem, isAgentName, Slug } from "../domain/AgentName.ts"
import type { Refused, RegistryAgent, RegistryAnswer } from "../domain/Effective.ts"
import { RegistryRefused, RegistryUnreachable, ResponseInvalid } from "../domain/errors.ts"
import { NetError } from "../domain/netErrors.ts"
import { own } from "../domain/records.ts"
import { fieldOfIssue } from "../domain/schemaField.ts"
import { builtInRoles, type RoleModifier } from "../domain/Role.ts"
import type { Tier } from "../domain/Tier.ts"

const maxConcurrency = 8

/** The field, and never what stands in it. */
const problemOf = ({ issue }: Schema.SchemaError): string => {
  const field = fieldOfIssue(issue)
  return field === "" ? "it is not JSON of that form" : `the field ${field}`
}

const isNetError = Schema.is(NetError)

/** Of a registry's own words, as much as a person reads. Characters. */
const longestReason = 200

const decodeErrorBody = Schema.decodeUnknownEffect(AnyErrorBody)

/** Anything but success and "not modified" is the registry's refusal, whatever form its body has. */
const refusal = Effect.fnUntraced(function* (response: HttpClientResponse.HttpClientResponse) {
  if ((response.status >= 200 && response.status < 300) || response.status === 304) return response
  const reason = yield* response.json.pipe(
    Effect.flatMap(decodeErrorBody),
    Effect.map((body) => messageOf(body).slice(0, longestReason)),
    Effect.orElseSucceed(() => "no reason given")
  )
  return yield* new RegistryRefused({
    endpoint: new URL(response.request.url).pathname,
    status: response.status,
    reason
  })
})

/** The role as an older registry says it: by the three mode flags and the prefix. */
const roleOfConfig = (config: EffectiveConfig | undefined): RoleModifier => {
  const mode =
    config?.coaching_mode === true ? "coaching" : config?.autonomous_mode === true ? "autonomous" : "collaborative"
  const known = builtInRoles.find((role) => role.mode === mode)
  return {
    name: known?.name ?? Slug.make("intermediate"),
    mode,
    promptPrefix: config?.prompt_prefix ?? known?.promptPrefix ?? "",
    toolsRemoved: []
  }
}

const roleOfAnswer = (answer: EffectiveAnswer): RoleModifier => {
  const role = answer.role
  if (role === undefined) return roleOfConfig(answer.agents[0]?.config)
  return {
    name: role.name,
    mode: role.mode,
    ...(role.description === undefined ? {} : { description: role.description }),
    promptPrefix: role.prompt_prefix,
    toolsRemoved: role.tools_removed,
    ...(role.permission_mode === undefined ? {} : { permissionMode: role.permission_mode })
  }
}

const tiersOfSources = ({ sources }: EffectiveAgent): ReadonlyArray<Tier> =>
  (["base", "organization", "project"] as const).filter((tier) => sources[tier])

/** The frontmatter; a key without provenance is said to come from the uppermost tier. */
const fieldsOf = (name: string, config: EffectiveConfig, tier: Tier): ReadonlyArray<Field> => {
  const fields = config.frontmatter ?? {
    name,
    ...(config.description === undefined ? {} : { description: config.description }),
    ...(config.tools === undefined || config.tools === null ? {} : { tools: config.tools.join(", ") }),
    ...(config.model === undefined || config.model === null ? {} : { model: config.model })
  }
  return Object.entries(fields).map(([key, value]) => ({
    key,
    value,
    tier: own(config.provenance?.fields, key) ?? tier
  }))
}

/** The prompt cut where its tiers meet; one piece where the provenance does not add up to it. */
const partsOf = ({ instructions, provenance }: EffectiveConfig, tier: Tier): ReadonlyArray<Part> => {
  const text = instructions.replace(/\n$/, "")
  const parts: Array<Part> = []
  let offset = 0
  for (const part of provenance?.parts ?? []) {
    parts.push({ tier: part.tier, text: text.slice(offset, offset + part.length) })
    offset += part.length + partSeparator.length
  }
  return parts.map((part) => part.text).join(partSeparator) === text ? parts : [{ tier, text: text.trim() }]
}

const agentOf = (wire: EffectiveAgent): RegistryAgent | Refused => {
  const { agent_name: name, config } = wire
  if (!isAgentName(name)) return { name, file: name, reason: agentNameProblem(`${name}.md`) }
  const tiers = tiersOfSources(wire)
  const tier = tiers.at(-1) ?? "base"
  return {
    name,
    version: config.version,
    tiers,
    fields: fieldsOf(name, config, tier),
    parts: partsOf(config, tier)
  }
}

const isRefused = (entry: RegistryAgent | Refused): entry is Refused => "reason" in entry

const answerOf = (etag: string, answer: EffectiveAnswer): RegistryAnswer => {
  const entries = answer.agents.map(agentOf)
  return {
    etag,
    role: roleOfAnswer(answer),
    agents: entries.filter((entry): entry is RegistryAgent => !isRefused(entry)),
    refused: [...(answer.refused ?? []), ...entries.filter(isRefused)],
    remarks: answer.remarks ?? [],
    ...(answer.audit_policy === undefined ? {} : { auditPolicy: answer.audit_policy })
  }
}

export interface EffectiveQuery {
  readonly project: Slug
  readonly role: Slug | undefined
  readonly etag: string | undefined
}

/** `undefined` where the answer that `etag` stands for still holds. */
export const makeRegistryClient = (options: {
  readonly httpClient: HttpClient.HttpClient
  readonly label: string
  readonly baseUrl: string
}) =>
  Effect.gen(function* () {
    const client = yield* HttpApiClient.makeWith(RegistryApi, {
      baseUrl: options.baseUrl,
      httpClient: HttpClient.transformResponse(options.httpClient, Effect.flatMap(refusal))
    })

    const typed =
      (endpoint: string) =>
      <A, E, R>(effect: Effect.Effect<A, E, R>) =>
        Effect.mapError(effect, (error: unknown) => {
          if (error instanceof RegistryRefused) return error
          if (HttpClientError.isHttpClientError(error) && isNetError(error.reason.cause)) return error.reason.cause
          if (error instanceof Schema.SchemaError) {
            return new ResponseInvalid({ endpoint, problem: problemOf(error) })
          }
          return new RegistryUnreachable({
            registry: options.label,
            reason: error instanceof Error ? error.message : String(error)
          })
        })

    /** For a registry without the bulk call: the list, then each agent, a few at a time. */
    const oneByOne = Effect.fnUntraced(function* (project: Slug) {
      const { agents: list } = yield* typed("GET /agents")(client.agents.list({ query: { project_slug: project } }))
      const wrong = list.filter(({ name }) => !isAgentName(name))
      const agents = yield* Effect.forEach(
        list.map(({ name }) => name).filter(isAgentName),
        Effect.fnUntraced(function* (name) {
          const endpoint = `GET /agents/${name}/effective_config`
          const agent = yield* typed(endpoint)(
            client.agents.effectiveConfig({ params: { name }, query: { project_slug: project } })
          )
          if (agent.agent_name === name) return agent
          return yield* new ResponseInvalid({ endpoint, problem: "agent_name: it is about another agent" })
        }),
        { concurrency: maxConcurrency }
      )
      const refused = wrong.map(({ name }) => ({ name, file: name, reason: agentNameProblem(`${name}.md`) }))
      return answerOf("", { agents, refused })
    })

    return {
      effective: Effect.fnUntraced(function* ({ etag, project, role }: EffectiveQuery) {
        const bulk = typed("GET /agents/effective")(
          client.agents.effective({
            query: { project_slug: project, ...(role === undefined ? {} : { role }) },
            headers: etag === undefined ? {} : { "if-none-match": etag }
          })
        )
        const answer = yield* bulk.pipe(
          Effect.map((found) => (found === undefined ? undefined : answerOf(found.headers.etag, found.body))),
          Effect.catchIf(
            (error) => error instanceof RegistryRefused && error.status === 404,
            () => oneByOne(project)
          )
        )
        // A registry that does not know the parameter must not hand out more than was asked for.
        if (answer !== undefined && role !== undefined && answer.role.name !== role) {
          return yield* new RegistryRefused({
            endpoint: "GET /agents/effective",
            status: 422,
            reason: `it does not hand out the role ${role}`
          })
        }
        return answer
      })
    }
  })
