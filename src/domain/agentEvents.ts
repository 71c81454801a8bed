/** Changes of agents' files as events of the session log. */
import { TextDiff } from "effect"
import type { AgentChange, Attribution, LogEvent, Version } from "./logEvents.ts"

export interface Content {
  readonly sha256: string
  /** Bytes; undefined where it is not known. */
  readonly size: number | undefined
  /** Undefined where it is not known, or not kept. */
  readonly content: Uint8Array | undefined
}

/** Bytes of a text that is compared line by line. */
const longestText = 1024 * 1024

const textOf = (one: Content | undefined): string | undefined => {
  if (one === undefined) return ""
  if (one.content === undefined || one.content.length > longestText) return undefined
  const text = new TextDecoder().decode(one.content)
  return text.includes("\uFFFD") ? undefined : text
}

/** As a diff counts them: the last one need not end. */
const linesIn = (text: string): number => {
  let count = text === "" || text.endsWith("\n") ? 0 : 1
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++
  return count
}

/** Lines added and removed; nothing where one of the two is no text. */
export const lineCounts = (
  before: Content | undefined,
  after: Content | undefined
): { readonly added?: number; readonly removed?: number } => {
  const [one, two] = [textOf(before), textOf(after)]
  if (one === undefined || two === undefined) return {}
  // A file that is new or gone is most of what a first sync records.
  if (one === "") return { added: linesIn(two), removed: 0 }
  if (two === "") return { added: 0, removed: linesIn(one) }
  let added = 0
  let removed = 0
  for (const edit of TextDiff.lines(one, two, { maxEdits: 500 })) {
    if (edit._tag === "Insert") added += edit.items.length
    if (edit._tag === "Delete") removed += edit.items.length
  }
  return { added, removed }
}

export const versionOf = ({ sha256, size }: Content): Version => ({ sha256, ...(size === undefined ? {} : { size }) })

/** `.claude/agents/team/reviewer.md` is `team/reviewer`. */
export const agentIn = (file: string): string => file.replace(/^\.claude\/agents\//, "").replace(/\.md$/, "")

export interface ChangeFacts {
  readonly file: string
  readonly before: Content | undefined
  readonly after: Content | undefined
  readonly by: Attribution
  readonly backup?: string | undefined
  readonly restored?: boolean
}

export const changeEvent = ({ after, backup, before, by, file, restored }: ChangeFacts): LogEvent => {
  const data: AgentChange = {
    agent: agentIn(file),
    ...(before === undefined ? {} : { before: versionOf(before) }),
    ...(after === undefined ? {} : { after: versionOf(after) }),
    ...lineCounts(before, after),
    ...(backup === undefined ? {} : { backup }),
    by
  }
  if (restored === true) return { type: "io.crewkit.agent.restored", subject: file, data }
  if (before === undefined) return { type: "io.crewkit.agent.created", subject: file, data }
  if (after === undefined) return { type: "io.crewkit.agent.deleted", subject: file, data }
  return { type: "io.crewkit.agent.edited", subject: file, data }
}
