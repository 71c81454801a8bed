/** The contract's writes about sessions, each under its key; what comes back is told apart by status alone. */
import { Effect, Schema } from "effect"
import { HttpClient, HttpClientError, type HttpClientResponse, HttpServerResponse } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { AnyErrorBody, messageOf } from "../api/errors.ts"
import { RegistryApi } from "../api/RegistryApi.ts"
import { type Create, createKey, type End, endKey, type Modify, recordKey } from "../domain/delivery.ts"
import { SendRefused } from "../domain/DeliveryReport.ts"
import { RegistryUnreachable, ResponseInvalid } from "../domain/errors.ts"
import { NetError } from "../domain/netErrors.ts"
import { fieldOfIssue } from "../domain/schemaField.ts"

export type SendError = SendRefused | NetError | ResponseInvalid | RegistryUnreachable

/** The texts of a change; none of a content that is no text, is not kept, or is not to leave this machine. */
export interface Contents {
  readonly before?: string
  readonly after?: string
}

const isNetError = Schema.is(NetError)
const decodeErrorBody = Schema.decodeUnknownEffect(AnyErrorBody)
const longestReason = 200

const secondsOf = (header: string | undefined): { readonly seconds?: number } =>
  header !== undefined && /^\d{1,6}$/.test(header) ? { seconds: Number(header) } : {}

/** Any success is one: the contract names none, and an older registry may say 201. */
const judged = Effect.fnUntraced(function* (response: HttpClientResponse.HttpClientResponse) {
  const { headers, request, status } = response
  if (status === 200) return response
  if (status > 200 && status < 300) {
    const body = new Uint8Array(yield* response.arrayBuffer)
    const contentType = headers["content-type"] ?? "application/json"
    return HttpServerResponse.toClientResponse(HttpServerResponse.uint8Array(body, { contentType }), { request })
  }
  const reason = yield* response.json.pipe(
    Effect.flatMap(decodeErrorBody),
    Effect.map((body) => messageOf(body).slice(0, longestReason)),
    Effect.orElseSucceed(() => "no reason given")
  )
  return yield* new SendRefused({ status, reason, ...secondsOf(headers["retry-after"]) })
})

const isSendRefused = Schema.is(SendRefused)

const typed =
  (origin: string, endpoint: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, SendError, R> =>
    Effect.mapError(effect, (error: unknown) => {
      if (isSendRefused(error)) return error
      if (HttpClientError.isHttpClientError(error) && isNetError(error.reason.cause)) return error.reason.cause
      if (error instanceof Schema.SchemaError) {
        return new ResponseInvalid({ endpoint, problem: `the field ${fieldOfIssue(error.issue)}` })
      }
      return new RegistryUnreachable({
        registry: origin,
        reason: error instanceof Error ? error.message : String(error)
      })
    })

/** A connection that broke says nothing of what the registry did; asking again under the same key does no harm. */
const broke = (error: SendError): boolean =>
  error._tag === "ConnectionFailed" && (error.code === "ECONNRESET" || error.code === "EPIPE")

export const makeSessionsClient = Effect.fnUntraced(function* (origin: string, http: HttpClient.HttpClient) {
  const client = yield* HttpApiClient.makeWith(RegistryApi, {
    baseUrl: origin,
    httpClient: HttpClient.transformResponse(http, Effect.flatMap(judged))
  })
  const send = <A, E, R>(endpoint: string, call: Effect.Effect<A, E, R>) =>
    Effect.retry(typed(origin, endpoint)(call), { while: broke, times: 1 })

  return {
    /** The registry's id of the session. */
    create: (session: string, { project, startedAt }: Create) =>
      Effect.map(
        send(
          "POST /sessions",
          client.sessions.create({
            headers: { "idempotency-key": createKey(session) },
            payload: { project_slug: project, started_at: startedAt }
          })
        ),
        ({ session: made }) => made.id
      ),
    modify: (session: string, remote: string, task: Modify, { after, before }: Contents) =>
      Effect.asVoid(
        send(
          "POST /agents/{name}/modifications",
          client.agents.modify({
            params: { name: task.agent },
            headers: { "idempotency-key": recordKey(session, task.seq) },
            payload: {
              session_id: remote,
              file_path: task.file,
              change_type: task.change,
              ...(task.before === undefined ? {} : { sha256_before: task.before }),
              ...(task.after === undefined ? {} : { sha256_after: task.after }),
              occurred_at: task.occurredAt,
              attribution: task.attribution,
              ...(before === undefined ? {} : { content_before: before }),
              ...(after === undefined ? {} : { content_after: after })
            }
          })
        )
      ),
    end: (session: string, remote: string, { endedAt, outcome }: End) =>
      Effect.asVoid(
        send(
          "PATCH /sessions/{id}",
          client.sessions.update({
            params: { id: remote },
            headers: { "idempotency-key": endKey(session) },
            payload: { outcome, ended_at: endedAt }
          })
        )
      ),
    /** Whether the registry has this very change, however it came there. */
    has: (remote: string, task: Modify) =>
      Effect.map(
        send("GET /sessions/{id}/summary", client.sessions.summary({ params: { id: remote } })),
        ({ modifications }) =>
          modifications.some(
            (one) =>
              one.file_path === task.file &&
              one.occurred_at === task.occurredAt &&
              (one.sha256_after ?? undefined) === task.after
          )
      )
  }
})

export type SessionsClient = Effect.Success<ReturnType<typeof makeSessionsClient>>
