/** One event on its way to the registry: what is sent of it, and what the answer means. */
import { Effect, Schema } from "effect"
import { type Modify, type Task, verdictOf } from "../domain/delivery.ts"
import { SendRefused } from "../domain/DeliveryReport.ts"
import { created, delivered, type Entry, parked } from "../domain/outbox.ts"
import type { Contents, SendError, SessionsClient } from "./registrySessions.ts"

/** Why a round goes no further, with one session or at all. `takes-none`: the registry knows nothing of sessions. */
export class Halt extends Schema.TaggedError<Halt>()("Halt", {
  why: Schema.Literals(["wait", "set-aside", "takes-none", "not-logged-in"]),
  reason: Schema.String,
  seconds: Schema.optionalKey(Schema.Finite)
}) {}

/** Bytes of one content that is sent; a registry takes 8 MiB in all, and JSON needs more than the text does. */
const longestContent = 1024 * 1024

const textOf = (bytes: Uint8Array | undefined): string | undefined => {
  if (bytes === undefined || bytes.length > longestContent) return undefined
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)
  return text.includes("\uFFFD") ? undefined : text
}

/** The texts of a change, of those contents that may leave and are still there. */
export const contentsOf = (task: Modify, kept: ReadonlyMap<string, Uint8Array>): Contents => {
  const before = textOf(task.before === undefined ? undefined : kept.get(task.before))
  const after = textOf(task.after === undefined ? undefined : kept.get(task.after))
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }
}

const isRefused = Schema.is(SendRefused)

const haltOf = (tag: Task["_tag"], error: SendError): Halt | SendRefused => {
  if (!isRefused(error)) {
    const seconds = error._tag === "RegistryBusy" ? { seconds: error.seconds } : {}
    return new Halt({ why: "wait", reason: error.message, ...seconds })
  }
  const why = verdictOf(tag, error.status)
  const { message: reason, seconds } = error
  return why === "park" ? error : new Halt({ why, reason, ...(seconds === undefined ? {} : { seconds }) })
}

const modify = (client: SessionsClient, session: string, remote: string, task: Modify, contents: Contents) =>
  client.modify(session, remote, task, contents).pipe(
    // Too large with its contents: the change itself is told all the same.
    Effect.catchIf(
      (error) => isRefused(error) && error.status === 413 && Object.keys(contents).length > 0,
      () => client.modify(session, remote, task, {})
    ),
    // A key that was used with another body: for this very change, before its content was dropped or held back. Our own
    // registry says 409 to that, others 422.
    Effect.catchIf(
      (error) => isRefused(error) && (error.status === 409 || error.status === 422),
      (error) =>
        Effect.flatMap(
          Effect.orElseSucceed(client.has(remote, task), () => false),
          (there) => (there ? Effect.void : Effect.fail(error))
        )
    )
  )

/** The entry once the registry has the event, or has refused it for good. */
export const tell = (
  client: SessionsClient,
  session: string,
  entry: Entry,
  task: Task,
  contents: Contents
): Effect.Effect<Entry, Halt> => {
  const { remote } = entry
  const { seq } = task
  if (task._tag === "Untellable") return Effect.succeed(parked(entry, { seq, status: 0, reason: task.reason }))
  const refused = ({ reason, status }: SendRefused) => parked(entry, { seq, status, reason }, task._tag === "End")
  const asked: Effect.Effect<Entry, SendError> =
    task._tag === "Create"
      ? Effect.map(client.create(session, task), (id) => created(entry, seq, id))
      : remote === undefined
        ? Effect.fail(new SendRefused({ status: 0, reason: "the log has no start of its session" }))
        : task._tag === "End"
          ? Effect.as(client.end(session, remote, task), delivered(entry, seq, true))
          : Effect.as(modify(client, session, remote, task, contents), delivered(entry, seq))
  return asked.pipe(
    Effect.mapError((error) => haltOf(task._tag, error)),
    Effect.catchTag("SendRefused", (error) => Effect.succeed(refused(error)))
  )
}
