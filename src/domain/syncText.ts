/** A sync's report as lines for people. */
import { changeLines } from "./audit/capabilityText.ts"
import { place } from "./Effective.ts"
import { syncAuditLines } from "./SyncAudit.ts"
import type { SyncItem, SyncReport } from "./SyncReport.ts"
import { type Status } from "./syncPlan.ts"
import { bad, code, counted, faint, good, type Line, linesOf, type Span, warn, whole } from "./text.ts"

/** Longer lists of one kind are cut; the counts always tell all. */
const shownOfAKind = 20

const words: Record<Status, string> = {
  new: "new",
  missing: "missing",
  updated: "updated",
  unchanged: "unchanged",
  edited: "edited here",
  "edited-and-updated": "edited here, updated there",
  "in-the-way": "foreign file in the way",
  removed: "removed in the registry",
  "removed-and-edited": "removed in the registry, edited here",
  refused: "refused",
  foreign: "foreign"
}

const lookOf = (item: SyncItem): ((text: string) => Span) =>
  item.action === "keep"
    ? warn
    : item.action === "remove"
      ? bad
      : item.status === "new" || item.status === "missing"
        ? good
        : warn

const verb = (item: SyncItem, mode: SyncReport["mode"]): string => {
  const done = mode === "apply"
  switch (item.action) {
    case "write":
      return item.before === undefined ? (done ? "written" : "to be written") : done ? "replaced" : "to be replaced"
    case "remove":
      return done ? "removed" : "to be removed"
    default:
      return "kept"
  }
}

const itemLines = (item: SyncItem, mode: SyncReport["mode"]): ReadonlyArray<Line> => {
  const lines: Array<Line> = [["  ", lookOf(item)(item.name), `  ${words[item.status]}, ${verb(item, mode)}`]]
  if (item.backup !== undefined) lines.push([faint("    backup  "), item.backup])
  if (item.restore !== undefined) lines.push([faint("    undo    "), code(item.restore)])
  if (item.diff !== undefined) lines.push(...linesOf(item.diff).map(diffLine))
  return lines
}

/** Colours a row of a unified diff. */
export const diffSpan = (row: string): Span => {
  if (row.startsWith("+") && !row.startsWith("+++")) return whole(good(row))
  if (row.startsWith("-") && !row.startsWith("---")) return whole(bad(row))
  return whole(row.startsWith("@@") ? code(row) : faint(row))
}

/** The same, indented under what it belongs to. */
export const diffLine = (line: Line): Line => {
  const [first] = line
  return ["  ", diffSpan(typeof first === "string" ? first : (first?.text ?? ""))]
}

const order: ReadonlyArray<Status> = [
  "new",
  "missing",
  "updated",
  "edited",
  "edited-and-updated",
  "in-the-way",
  "removed",
  "removed-and-edited"
]

const sourceWords: Record<SyncReport["source"], string> = {
  registry: "",
  cache: " (from the last answer; nobody asked whether the registry has moved on)",
  lock: " (from the lock)"
}

export const refusedLines = (report: SyncReport): ReadonlyArray<Line> =>
  report.refused.map((entry) => ["  ", bad(entry.name), `  refused, ${place(entry)}: ${entry.reason}`])

const tally = (report: SyncReport): string => {
  const parts = order
    .map((status) => [report.items.filter((item) => item.status === status).length, words[status]] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
  return [
    ...parts,
    ...(report.unchanged > 0 ? [`${report.unchanged} unchanged`] : []),
    ...(report.refused.length > 0 ? [`${report.refused.length} refused`] : [])
  ].join(", ")
}

const foreignLine = (report: SyncReport): ReadonlyArray<Line> => {
  const count = report.items.filter((item) => item.status === "foreign").length
  return count === 0
    ? []
    : [[faint(`  ${counted(count, "file")} in .claude/agents that crewkit did not write: left alone`)]]
}

/** Who would be able to do what; before any diff, since a diff of prompts is long. */
export const capabilityLines = (items: ReadonlyArray<SyncItem>): ReadonlyArray<Line> => {
  const changed = items
    .map(({ capabilities, name }) => (capabilities === undefined ? [] : changeLines(name, capabilities)))
    .filter((lines) => lines.length > 0)
  const more = changed.length - shownOfAKind
  return [
    ...changed.slice(0, shownOfAKind).flat(),
    ...(more > 0 ? [[faint(`  and ${counted(more, "agent")} more whose abilities change; --json lists all`)]] : [])
  ]
}

/** What a sync did, or would do. */
export const reportLines = (report: SyncReport): ReadonlyArray<Line> => {
  const lines: Array<Line> = [...capabilityLines(report.items)]
  for (const status of order) {
    const items = report.items.filter((item) => item.status === status)
    for (const item of items.slice(0, shownOfAKind)) lines.push(...itemLines(item, report.mode))
    if (items.length > shownOfAKind) lines.push([faint(`  and ${items.length - shownOfAKind} more ${words[status]}`)])
  }
  if (report.audit !== undefined) lines.push(...syncAuditLines(report.audit, report.mode === "apply"))
  lines.push(...refusedLines(report), ...foreignLine(report))
  const total =
    report.unchanged + report.items.filter((item) => item.status !== "foreign" && item.status !== "refused").length
  const settled = lines.length === 0 || report.items.every((item) => item.status === "foreign")
  lines.push([
    settled && report.refused.length === 0 ? good("✓ ") : "",
    settled && report.refused.length === 0
      ? `${counted(total, "agent")} up to date`
      : `${counted(total, "agent")}: ${tally(report)}`,
    `, role ${report.role}`,
    report.lockChanged
      ? `, ${report.mode === "apply" ? ".agent/agents.lock written" : ".agent/agents.lock is out of date"}`
      : "",
    sourceWords[report.source]
  ])
  return lines
}

/** What the registry's keeper should know. */
export const remarkTexts = (report: SyncReport): ReadonlyArray<string> => {
  const texts = report.remarks.map((remark) => `${place(remark)}: ${remark.text}`)
  const more = texts.length - shownOfAKind
  return more > 0 ? [...texts.slice(0, shownOfAKind), `and ${more} more; crewkit sync --check --json lists all`] : texts
}
