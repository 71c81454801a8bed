/** An audit as lines for people: grouped by file, worst first, with the place itself. */
import { toAscii } from "../ascii.ts"
import { displayWidth, fitStart, wrap } from "../displayWidth.ts"
import { bad, code, counted, faint, good, type Line, type Span, strong, warn, whole } from "../text.ts"
import type { AuditReport, Finding, FrameLine } from "./AuditReport.ts"
import { Severity } from "./Finding.ts"
import { rulesPage } from "./rulePage.ts"
import { weightOf } from "./severity.ts"

/** More are in `--json`. */
const shownFindings = 60

const looks: Record<Severity, (text: string) => Span> = {
  critical: bad,
  high: bad,
  medium: warn,
  low: faint,
  info: faint
}

/** Code units at the beginning of a text that have to go for the rest to be no wider than so; no half of a pictograph stays. */
const cutTo = (text: string, columns: number): number => {
  let at = 0
  const leans = () => displayWidth(text.slice(at, at + 1)) === 0
  while (at < text.length && (displayWidth(text.slice(at)) > columns || leans())) {
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
  }
  return at
}

/** How wide, and whether in ASCII alone: then one character may be three, or a wide one a narrow one. */
interface Page {
  readonly columns: number
  readonly plain: boolean
}

/** The line as it is going to be printed, so that the mark is under what it marks. */
const inAscii = ({ mark, text }: FrameLine): Pick<FrameLine, "mark" | "text"> => {
  if (mark === undefined) return { text: toAscii(text) }
  const before = toAscii(text.slice(0, mark.start))
  const meant = toAscii(text.slice(mark.start, mark.end))
  const after = toAscii(text.slice(mark.end))
  return { text: `${before}${meant}${after}`, mark: { start: before.length, end: before.length + meant.length } }
}

/** A line with its mark in sight: what stands before the mark is cut where there is no room. */
const fitted = (
  { mark, text }: Pick<FrameLine, "mark" | "text">,
  { columns, plain }: Page
): { readonly text: string; readonly caret: string } => {
  const dots = plain ? "..." : "…"
  const start = mark?.start ?? 0
  const meant = text.slice(start, mark?.end ?? start)
  const lead = Math.max(8, columns - displayWidth(meant) - 2)
  const before = text.slice(0, start)
  const cut = displayWidth(before) > lead ? cutTo(before, lead - dots.length) : 0
  const shown = `${cut > 0 ? dots : ""}${text.slice(cut)}`
  const indent = displayWidth(before.slice(cut)) + (cut > 0 ? dots.length : 0)
  const marks = Math.max(1, Math.min(displayWidth(meant), columns - indent))
  return {
    text: fitStart(shown, columns, dots),
    caret: mark === undefined ? "" : `${" ".repeat(indent)}${"^".repeat(marks)}`
  }
}

const frameLines = ({ frame, severity }: Finding, { columns, plain }: Page): ReadonlyArray<Line> => {
  const digits = String(frame.at(-1)?.line ?? 1).length
  const room = Math.max(10, columns - digits - 7)
  return frame.flatMap((each): ReadonlyArray<Line> => {
    const { caret, text } = fitted(plain ? inAscii(each) : each, { columns: room, plain })
    const number = String(each.line).padStart(digits)
    // Folded, the mark would not be under what it marks.
    const bar = (before: string) => whole(faint(`    ${before} | `))
    const line: Line = [bar(number), each.mark === undefined ? faint(text) : text]
    return each.mark === undefined ? [line] : [line, [bar(" ".repeat(digits)), looks[severity](caret)]]
  })
}

const labelled = (label: string, text: string, columns: number): ReadonlyArray<Line> =>
  wrap(text, Math.max(20, columns - 10)).map((line, index) => [
    faint(`    ${(index === 0 ? label : "").padEnd(6)}`),
    line
  ])

const findingLines = (finding: Finding, page: Page, explain: boolean): ReadonlyArray<Line> => {
  const { columns } = page
  const { confidence, fingerprint, fixable, message, region, rule, severity, title } = finding
  const heading: Line = [
    "  ",
    looks[severity](severity),
    `  ${title}`,
    faint(`  ${region.startLine}:${region.startColumn}`),
    confidence === "high" ? "" : faint(`  ${confidence} confidence`)
  ]
  const said: ReadonlyArray<Line> = wrap(message, Math.max(20, columns - 4)).map((line) => [`    ${line}`])
  const named: Line = [faint(`    ${rule} ${fingerprint.slice(0, 8)}`), fixable ? faint("  --fix mends it") : ""]
  if (weightOf(severity) < weightOf("medium")) return [heading, ...said, named]
  return [
    heading,
    ...said,
    ...frameLines(finding, page),
    ...(explain ? [...labelled("why", finding.why, columns), ...labelled("do", finding.remedy, columns)] : []),
    named
  ]
}

/** `2 critical, 1 low`, the worst first. */
export const countsText = ({ counts }: Pick<AuditReport, "counts">): string =>
  Severity.literals
    .toReversed()
    .filter((severity) => counts[severity] > 0)
    .map((severity) => `${counts[severity]} ${severity}`)
    .join(", ")

const groupsOf = (findings: ReadonlyArray<Finding>): ReadonlyMap<string, ReadonlyArray<Finding>> => {
  const groups = new Map<string, Array<Finding>>()
  for (const finding of findings) {
    const group = groups.get(finding.file)
    if (group === undefined) groups.set(finding.file, [finding])
    else group.push(finding)
  }
  return groups
}

const summaryLine = (report: AuditReport): Line => {
  const { failOn, failed, files, findings, rules, suppressed } = report
  const accepted = suppressed.length === 0 ? "" : `; ${suppressed.length} suppressed`
  const looked = `${counted(files, "file")}, ${counted(rules, "rule")}`
  if (findings.length === 0) return [good("✓ "), `nothing found: ${looked}${accepted}`]
  const verdict = failed ? bad(`at or above ${failOn}: exit 7`) : faint(`below ${failOn}: exit 0`)
  return [strong(counted(findings.length, "finding")), `: ${countsText(report)}${accepted} (${looked}); `, verdict]
}

const nextLines = ({ failed, findings }: AuditReport): ReadonlyArray<Line> => {
  const fixable = findings.filter((finding) => finding.fixable).length
  const lines: Array<Line> = []
  if (fixable > 0)
    lines.push([faint("  mend    "), code("crewkit agents audit --fix"), faint(`  (${fixable}, each file kept first)`)])
  if (failed) {
    lines.push([faint("  accept  "), code("crewkit agents audit --write-baseline --reason TEXT")])
    lines.push([faint("  why     "), `${rulesPage}, one page a rule`])
  }
  return lines
}

/** `columns`: as wide as the terminal is. `plain`: it shows ASCII alone. */
export const auditLines = (report: AuditReport, columns: number, plain = false): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  const explained = new Set<string>()
  for (const [file, findings] of groupsOf(report.findings.slice(0, shownFindings))) {
    const agent = findings.find((finding) => finding.agent !== undefined)?.agent
    lines.push([strong(file), agent === undefined ? "" : faint(`  ${agent}`)])
    for (const finding of findings) {
      lines.push(...findingLines(finding, { columns, plain }, !explained.has(finding.rule)))
      explained.add(finding.rule)
    }
    lines.push([""])
  }
  const more = report.findings.length - shownFindings
  if (more > 0) lines.push([faint(`and ${more} more: crewkit agents audit --json lists all`)])
  return [...lines, summaryLine(report), ...nextLines(report)]
}
