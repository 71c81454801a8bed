/** Sessions in a project's log, written by the log's own writer of files, as if crewkit had recorded them. */
import { createHash, randomUUID } from "node:crypto"
import * as fs from "node:fs"
import { join } from "node:path"
import type { LogEvent, SessionStarted } from "../../src/domain/logEvents.ts"
import { openLogFile } from "../../src/layers/logFile.ts"

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

export const startedAs = (registry: string, more: Partial<SessionStarted> = {}): SessionStarted => ({
  kind: "code",
  crewkit: "0.1.0",
  semconv: "1.41.0",
  org: "acme",
  project: "web",
  registry,
  login: "ada",
  capture: "metadata",
  sensitive: false,
  hooks: true,
  agents: [],
  ...more
})

export const editOf = (agent: string, before: string, after: string): LogEvent => ({
  type: "io.crewkit.agent.edited",
  subject: `.claude/agents/${agent}.md`,
  data: {
    agent,
    before: { sha256: sha256(before), size: before.length },
    after: { sha256: sha256(after), size: after.length },
    added: 1,
    removed: 1,
    by: { kind: "claude", evidence: "path", "gen_ai.tool.name": "Edit" }
  }
})

export const ended: LogEvent = {
  type: "io.crewkit.session.ended",
  data: { outcome: "success", exit_code: 0, duration: 1000, changes: 1 }
}

let clock = Date.parse("2026-03-01T10:00:00.000Z")

/** Writes the start and these events; gives the id. Each record is a second later than the one before, of any session. */
export const recordSession = (
  project: string,
  started: SessionStarted,
  events: ReadonlyArray<LogEvent>,
  id: string = randomUUID()
): string => {
  const folder = join(project, ".crewkit", "sessions")
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = openLogFile(join(folder, `${id}.0001.jsonl`), id)
  const all: ReadonlyArray<LogEvent> = [{ type: "io.crewkit.session.started", data: started }, ...events]
  for (const event of all) file.append(event, new Date((clock += 1000)).toISOString())
  file.close()
  return id
}

/** Contents in `.crewkit/objects`, in one pack as the content store writes it. */
export const keepContents = (project: string, texts: ReadonlyArray<string>): void => {
  const folder = join(project, ".crewkit", "objects")
  fs.mkdirSync(folder, { recursive: true })
  const index = JSON.stringify(texts.map((text) => [sha256(text), Buffer.byteLength(text)]))
  fs.writeFileSync(join(folder, `${sha256(index)}.pack`), `${index}\n${texts.join("")}`)
}
