/** Sessions and the changes made in them, as rows. A session is its person's own, and its organization's to see. */
import { Clock, DateTime, Effect, Option } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import type { Modification, NewModification } from "../api/agents.ts"
import type { Session, SessionUpdate } from "../api/sessions.ts"
import type { AgentName, Slug } from "../domain/AgentName.ts"
import { uuid } from "./random.ts"
import { refuse } from "./Refusal.ts"
import { forUpdate } from "./transaction.ts"

/** Who asks, and for which organization. */
export interface Viewer {
  readonly userId: string
  readonly org: Slug
}

interface SessionRow {
  readonly id: string
  readonly project: string
  readonly agent_name: string | null
  readonly agent_version: string | null
  readonly total_turns: number
  readonly total_cost: number
  readonly outcome: "success" | "failure" | "timeout" | "abandoned" | null
  readonly started_at: number
  readonly ended_at: number | null
  readonly user_id: string
  readonly name: string
  readonly email: string
}

const shown = (time: number): string => DateTime.formatIso(DateTime.makeUnsafe(time))

const shownOrNull = (time: number | null): string | null => (time === null ? null : shown(time))

const sessionOf = (row: SessionRow): Session => ({
  id: row.id,
  project_slug: row.project,
  agent_name: row.agent_name,
  agent_version: row.agent_version,
  total_turns: row.total_turns,
  total_cost: row.total_cost,
  outcome: row.outcome,
  started_at: shown(row.started_at),
  ended_at: shownOrNull(row.ended_at),
  user: { id: row.user_id, name: row.name, email: row.email }
})

/** A day that no month has would be read as one of the next month. */
const isDay = (date: string): boolean =>
  Option.exists(DateTime.make(`${date}T00:00:00Z`), (day) => DateTime.formatIso(day).startsWith(date))

/** Milliseconds of a time on the wire, whose form was checked. */
const timeOf = (name: string, text: string) =>
  Option.match(isDay(text.slice(0, 10)) ? DateTime.make(text) : Option.none(), {
    onNone: () => refuse("unprocessable", `${name} is no time that exists`),
    onSome: (time) => Effect.succeed(DateTime.toEpochMillis(time))
  })

const rowsWhere = Effect.fnUntraced(function* (where: Statement.Fragment) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<SessionRow>`SELECT s.id, s.project, s.agent_name, s.agent_version, s.total_turns, s.total_cost,
      s.outcome, s.started_at, s.ended_at, s.user_id, u.name, u.email
    FROM sessions s JOIN users u ON u.id = s.user_id WHERE ${where}`
})

const find = Effect.fnUntraced(function* ({ org }: Viewer, id: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* rowsWhere(sql`s.id = ${id} AND s.org = ${org}`)
  return row === undefined ? yield* refuse("not_found", "there is no such session") : row
})

/** For a change, in the caller's transaction: it has to be the person's own. */
const own = Effect.fnUntraced(function* ({ org, userId }: Viewer, id: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ readonly user_id: string }>`
    SELECT user_id FROM sessions WHERE id = ${id} AND org = ${org} ${yield* forUpdate}`
  if (row === undefined) return yield* refuse("not_found", "there is no such session")
  if (row.user_id !== userId) return yield* refuse("forbidden", "this session is somebody else's")
})

export interface NewSession {
  readonly project: Slug
  readonly agentName: AgentName | undefined
  /** Null where the registry has no such agent: it may be the person's own. */
  readonly agentVersion: string | null
  readonly startedAt: string | undefined
}

export const create = Effect.fn("registry.sessionCreate")(function* (
  viewer: Viewer,
  { agentName, agentVersion, project, startedAt }: NewSession
) {
  const sql = yield* SqlClient.SqlClient
  const now = yield* Clock.currentTimeMillis
  const started = startedAt === undefined ? now : yield* timeOf("started_at", startedAt)
  const id = yield* uuid
  yield* sql`INSERT INTO sessions
    (id, org, project, user_id, agent_name, agent_version, total_turns, total_cost, started_at)
    VALUES (${id}, ${viewer.org}, ${project}, ${viewer.userId}, ${agentName ?? null}, ${agentVersion}, 0, 0, ${started})`
  return sessionOf(yield* find(viewer, id))
})

const mostTurns = 1_000_000_000

export const update = Effect.fn("registry.sessionUpdate")(function* (
  viewer: Viewer,
  id: string,
  { ended_at, outcome, total_cost, total_turns }: SessionUpdate
) {
  const sql = yield* SqlClient.SqlClient
  yield* own(viewer, id)
  if (total_turns !== undefined && !(Number.isInteger(total_turns) && total_turns >= 0 && total_turns <= mostTurns)) {
    return yield* refuse("unprocessable", "total_turns has to be a whole number from 0 on")
  }
  if (total_cost !== undefined && total_cost < 0) {
    return yield* refuse("unprocessable", "total_cost has to be 0 or more")
  }
  const ended = ended_at === undefined ? null : yield* timeOf("ended_at", ended_at)
  yield* sql`UPDATE sessions SET
      total_turns = COALESCE(${total_turns ?? null}, total_turns), total_cost = COALESCE(${total_cost ?? null}, total_cost),
      outcome = COALESCE(${outcome ?? null}, outcome), ended_at = COALESCE(${ended}, ended_at)
    WHERE id = ${id}`
  return sessionOf(yield* find(viewer, id))
})

interface ModificationRow {
  readonly id: string
  readonly agent_name: string
  readonly file_path: string
  readonly change_type: "create" | "edit" | "delete"
  readonly sha256_before: string | null
  readonly sha256_after: string | null
  readonly attribution: string | null
  readonly occurred_at: number | null
  readonly created_at: number
}

const modificationOf = ({ created_at, occurred_at, ...row }: ModificationRow): Modification => ({
  ...row,
  occurred_at: shownOrNull(occurred_at),
  created_at: shown(created_at)
})

/** One change of a file. The agent need not be one of the registry's: it may be gone by now, or the person's own. */
export const modify = Effect.fn("registry.sessionModify")(function* (
  viewer: Viewer,
  agent: AgentName,
  change: NewModification
) {
  const sql = yield* SqlClient.SqlClient
  const { attribution = null, change_type, file_path, sha256_after = null, sha256_before = null } = change
  yield* own(viewer, change.session_id)
  const now = yield* Clock.currentTimeMillis
  const at = change.occurred_at ?? undefined
  const occurred = at === undefined ? null : yield* timeOf("occurred_at", at)
  const id = yield* uuid
  yield* sql`INSERT INTO modifications (id, session_id, agent_name, file_path, change_type, content_before, content_after,
      sha256_before, sha256_after, attribution, occurred_at, created_at)
    VALUES (${id}, ${change.session_id}, ${agent}, ${file_path}, ${change_type}, ${bytesOf(change.content_before)},
      ${bytesOf(change.content_after)}, ${sha256_before}, ${sha256_after}, ${attribution}, ${occurred}, ${now})`
  return modificationOf({
    id,
    agent_name: agent,
    file_path,
    change_type,
    sha256_before,
    sha256_after,
    attribution,
    occurred_at: occurred,
    created_at: now
  })
})

const bytesOf = (content: string | null | undefined): Uint8Array | null =>
  typeof content === "string" ? new TextEncoder().encode(content) : null

export const summary = Effect.fn("registry.sessionSummary")(function* (viewer: Viewer, id: string) {
  const sql = yield* SqlClient.SqlClient
  const row = yield* find(viewer, id)
  const modifications = yield* sql<ModificationRow>`
    SELECT id, agent_name, file_path, change_type, sha256_before, sha256_after, attribution, occurred_at, created_at
    FROM modifications WHERE session_id = ${id} ORDER BY COALESCE(occurred_at, created_at), created_at, id`
  return {
    session: sessionOf(row),
    modifications: modifications.map(modificationOf),
    // A client's clock may go behind: nothing lasts for less than no time.
    duration: row.ended_at === null ? null : Math.max(0, (row.ended_at - row.started_at) / 1000),
    cost_per_turn: row.total_turns === 0 ? null : row.total_cost / row.total_turns
  }
})

export interface Filter {
  readonly project: Slug
  readonly agent: AgentName | undefined
  readonly mine: boolean
  /** From 1. */
  readonly page: number
  readonly perPage: number
}

/** The newest first. */
export const list = Effect.fn("registry.sessionList")(function* (
  { org, userId }: Viewer,
  { agent, mine, page, perPage, project }: Filter
) {
  const sql = yield* SqlClient.SqlClient
  const where = sql.and([
    sql`s.org = ${org}`,
    sql`s.project = ${project}`,
    ...(mine ? [sql`s.user_id = ${userId}`] : []),
    ...(agent === undefined
      ? []
      : [
          sql`(s.agent_name = ${agent} OR EXISTS
            (SELECT 1 FROM modifications m WHERE m.session_id = s.id AND m.agent_name = ${agent}))`
        ])
  ])
  const [counted] = yield* sql<{ readonly total: number }>`SELECT COUNT(*) AS total FROM sessions s WHERE ${where}`
  const total = counted?.total ?? 0
  const rows = yield* rowsWhere(
    sql`${where} ORDER BY s.started_at DESC, s.id DESC LIMIT ${perPage} OFFSET ${(page - 1) * perPage}`
  )
  return {
    sessions: rows.map(sessionOf),
    meta: { current_page: page, total_pages: Math.ceil(total / perPage), total_count: total }
  }
})
