/** What of the session log goes to the registry: each record as one call of the contract, or none. */
import { Option, Schema } from "effect"
import { isAgentName, type AgentName, Slug } from "./AgentName.ts"
import type { Attribution, LogEvent, Outcome, SessionStarted } from "./logEvents.ts"
import { type AnyRecord, decodeEvent } from "./logRecord.ts"
import type { Capture } from "./ProjectSettings.ts"

/** A repeated call is made once by its key, so a key has to come of the record alone: nothing need be remembered. */
export const createKey = (session: string): string => `${session}/create`
export const recordKey = (session: string, seq: number): string => `${session}/${seq}`
export const endKey = (session: string): string => `${session}/end`

const modifies = new Set<string>([
  "io.crewkit.agent.created",
  "io.crewkit.agent.edited",
  "io.crewkit.agent.deleted",
  "io.crewkit.agent.restored"
])
const ends = new Set<string>(["io.crewkit.session.ended", "io.crewkit.log.recovered"])

/** Whether the registry is told of records of this type. */
export const isDelivered = (type: string): boolean =>
  modifies.has(type) || ends.has(type) || type === "io.crewkit.session.started"

/** What decides how much of a session may leave this machine. */
export interface SessionPolicy {
  readonly capture: Capture
  readonly sensitive: boolean
}

/**
 * The stricter of what held when the session was recorded and what holds now: somebody who worked under `metadata`
 * did not agree to more, and somebody who has changed it to less means what is still here.
 */
export const captureOf = (recorded: Capture, now: Capture): Capture =>
  recorded === "none" || now === "none" ? "none" : recorded === "full" && now === "full" ? "full" : "metadata"

/** Contents go along only where the project says so, and never those of a sensitive session. */
export const sendsContent = ({ capture, sensitive }: SessionPolicy): boolean => capture === "full" && !sensitive

export interface Create {
  readonly _tag: "Create"
  readonly seq: number
  readonly project: Slug
  readonly startedAt: string
}

export interface Modify {
  readonly _tag: "Modify"
  readonly seq: number
  readonly agent: AgentName
  readonly file: string
  readonly change: "create" | "edit" | "delete"
  readonly before: string | undefined
  readonly after: string | undefined
  readonly occurredAt: string
  readonly attribution: string
}

export interface End {
  readonly _tag: "End"
  readonly seq: number
  readonly outcome: Outcome
  readonly endedAt: string
}

/** Of the kind that is told, and yet not tellable: it is parked without asking anybody. */
export interface Untellable {
  readonly _tag: "Untellable"
  readonly seq: number
  readonly reason: string
}

export type Task = Create | Modify | End | Untellable

/** Characters that a registry takes. */
const longestAttribution = 200
const longestPath = 4096

/** No NUL, no half of a pair: no database takes them. */
const cleaned = (text: string, most: number): string =>
  Array.from(text.toWellFormed().replaceAll("\u0000", "\uFFFD")).slice(0, most).join("")

const isSlug = Schema.is(Slug)

/** RFC 3339 in UTC, as this program writes it. */
const isTime = (text: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(text)

/** Who changed a file and how that is known, in a few words. */
export const attributionText = (by: Attribution): string => {
  const tool = by["gen_ai.tool.name"]
  const agent = by["gen_ai.agent.name"]
  const words = [
    by.kind,
    ...(tool === undefined ? [] : [`tool ${tool}`]),
    ...(agent === undefined ? [] : [`sub-agent ${agent}`]),
    ...(by.evidence === "while-running" ? ["the tool ran at that moment"] : []),
    ...(by.before_session === true ? ["before the session"] : [])
  ]
  return cleaned(words.join(", "), longestAttribution)
}

const changeOf = (event: LogEvent, before: unknown): Modify["change"] => {
  if (event.type === "io.crewkit.agent.created") return "create"
  if (event.type === "io.crewkit.agent.deleted") return "delete"
  return event.type === "io.crewkit.agent.restored" && before === undefined ? "create" : "edit"
}

const modifyOf = (record: AnyRecord, event: LogEvent): Task | undefined => {
  switch (event.type) {
    case "io.crewkit.agent.created":
    case "io.crewkit.agent.edited":
    case "io.crewkit.agent.deleted":
    case "io.crewkit.agent.restored": {
      const { seq, time } = record
      const { after, agent, before, by } = event.data
      if (!isAgentName(agent)) {
        const reason = "the file's name is no agent's name: lower-case letters, digits and hyphens, at most 64"
        return { _tag: "Untellable", seq, reason }
      }
      return {
        _tag: "Modify",
        seq,
        agent,
        file: cleaned(event.subject || `.claude/agents/${agent}.md`, longestPath),
        change: changeOf(event, before),
        before: before?.sha256,
        after: after?.sha256,
        occurredAt: time,
        attribution: attributionText(by)
      }
    }
    default:
      return undefined
  }
}

/**
 * What a record is to the registry; none for one that it is not told of. `lastTime` is that of the record before: a
 * session whose writer died ended then, and not when somebody noticed.
 */
export const taskOf = (record: AnyRecord, lastTime: string | undefined): Option.Option<Task> => {
  const { data, seq, subject, type } = record
  if (!isDelivered(type)) return Option.none()
  const event = Option.getOrUndefined(decodeEvent({ type, data, ...(subject === undefined ? {} : { subject }) }))
  const readable = event !== undefined && isTime(record.time) && (lastTime === undefined || isTime(lastTime))
  if (!readable || (event.type === "io.crewkit.session.started" && !isSlug(event.data.project))) {
    return Option.some({ _tag: "Untellable", seq, reason: `this version of crewkit cannot read a record of ${type}` })
  }
  switch (event.type) {
    case "io.crewkit.session.started":
      return Option.some({ _tag: "Create", seq, project: Slug.make(event.data.project), startedAt: record.time })
    case "io.crewkit.session.ended":
      return Option.some({ _tag: "End", seq, outcome: event.data.outcome, endedAt: record.time })
    case "io.crewkit.log.recovered":
      return Option.some({ _tag: "End", seq, outcome: "abandoned", endedAt: lastTime ?? record.time })
    default:
      return Option.fromUndefinedOr(modifyOf(record, event))
  }
}

/** The first record of a session, where it can be read. */
export const startOfSession = (record: AnyRecord): Option.Option<SessionStarted> =>
  Option.flatMap(decodeEvent({ type: record.type, data: record.data }), (event) =>
    event.type === "io.crewkit.session.started" ? Option.some(event.data) : Option.none()
  )

/** What an answer of the registry, other than success, means for the event that was sent. */
export type Verdict =
  /** This event is refused for good; the others go on. */
  | "park"
  /** The registry cannot say now, about anything. */
  | "wait"
  /** It cannot say about this one; what belongs to other sessions may still be taken. */
  | "set-aside"
  /** A registry that knows nothing of sessions. */
  | "takes-none"
  | "not-logged-in"

export const verdictOf = (task: Task["_tag"], status: number): Verdict => {
  if (status === 401) return "not-logged-in"
  if (status === 501 || (status === 404 && task === "Create")) return "takes-none"
  if (status === 408 || status === 429 || status === 503) return "wait"
  return status >= 500 ? "set-aside" : "park"
}
