/** The hooks in an agent's frontmatter, one by one, with their places. */
import { entryOf, type AuditedFile, type Span } from "../AuditedFile.ts"
import type { Value } from "../../Agent.ts"

export interface HookEntry {
  readonly event: string
  /** Absent, empty and `*` match everything. */
  readonly matcher: string | undefined
  readonly type: string
  /** The command, the URL, or whatever else the hook is about. */
  readonly subject: string
  readonly async: boolean
  /** A hook that fails then blocks, whatever its exit code. */
  readonly blocksOnFailure: boolean
  readonly place: Span
  readonly matcherPlace: Span
  readonly eventPlace: Span
}

interface Fields {
  readonly [key: string]: Value
}

const fieldsOf = (value: Value | undefined): Fields | undefined =>
  // Boundary: of JSON, what is an object and no array has text keys and JSON values.
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined

const listOf = (value: Value | undefined): ReadonlyArray<Value> => (Array.isArray(value) ? value : [])

const textOf = (value: Value | undefined): string | undefined => (typeof value === "string" ? value : undefined)

/** How far the next text is looked for; one written with escapes is not found at all. */
const ahead = 20_000

/** Finds texts one after another, in the order in which they are written. */
export const finder = (file: AuditedFile, within: Span, fallback: Span) => {
  let from = within.start
  return (text: string): Span => {
    const plain = text.split("\n")[0]?.trim() ?? ""
    const escaped = JSON.stringify(plain).slice(1, -1)
    for (const needle of [plain, escaped, plain.slice(0, 12)]) {
      if (needle === "") continue
      const found = file.text.slice(from, Math.min(within.end, from + ahead)).indexOf(needle)
      if (found === -1) continue
      const at = from + found
      from = at
      return { start: at, end: at + needle.length }
    }
    return fallback
  }
}

const subjectOf = (hook: Fields): string =>
  textOf(hook["command"]) ?? textOf(hook["url"]) ?? textOf(hook["prompt"]) ?? textOf(hook["tool"]) ?? ""

export const hooksOf = (file: AuditedFile): ReadonlyArray<HookEntry> => {
  const entry = entryOf(file, "hooks")
  const events = fieldsOf(entry?.value)
  if (entry === undefined || events === undefined) return []
  const find = finder(file, entry.valueSpan, entry.keySpan)
  return Object.entries(events).flatMap(([event, groups]) => {
    const eventPlace = find(event)
    return listOf(groups).flatMap((group) => {
      const { hooks, matcher } = fieldsOf(group) ?? {}
      const pattern = textOf(matcher)
      const matcherPlace = pattern === undefined || pattern === "" ? eventPlace : find(pattern)
      return listOf(hooks).flatMap((item): ReadonlyArray<HookEntry> => {
        const hook = fieldsOf(item)
        if (hook === undefined) return []
        const subject = subjectOf(hook)
        const place = subject === "" ? eventPlace : find(subject)
        return [
          {
            event,
            matcher: pattern,
            type: textOf(hook["type"]) ?? "",
            subject,
            async: hook["async"] === true,
            blocksOnFailure: hook["onFailure"] === "block",
            place,
            matcherPlace,
            eventPlace
          }
        ]
      })
    })
  })
}
