/** An audit for the description of a pull request. Nothing in it is taken for markup: cells hold code spans alone. */
import { counted } from "../text.ts"
import type { AuditReport, Finding } from "./AuditReport.ts"
import { countsText } from "./auditText.ts"
import { rulePage } from "./rulePage.ts"

/** GitHub refuses a comment of more than 65,536 characters. */
const shownFindings = 100
const longestCell = 160

/** A code span cannot be left from within; a bar ends a cell even there. */
const cell = (text: string): string => {
  const line = text.replace(/[\r\n]+/g, " ").trim()
  const short = line.length > longestCell ? `${line.slice(0, longestCell)}…` : line
  const ticks = "`".repeat(Math.max(0, ...(short.match(/`+/g) ?? []).map((run) => run.length)) + 1)
  const pad = short.startsWith("`") || short.endsWith("`") ? " " : ""
  return `${ticks}${pad}${short.replaceAll("|", "\\|")}${pad}${ticks}`
}

const row = ({ confidence, file, message, region, rule, severity }: Finding): string =>
  `| ${severity} | ${cell(`${file}:${region.startLine}`)} | [${rule}](${rulePage(rule)}) | ${cell(message)} | ${confidence} |`

export const auditMarkdown = (report: AuditReport): string => {
  const { failOn, failed, files, findings, suppressed } = report
  const head =
    findings.length === 0
      ? `**Audit of agents: nothing found** in ${counted(files, "file")}.`
      : `**Audit of agents: ${countsText(report)}** in ${counted(files, "file")}, ${failed ? "at or above" : "below"} the threshold \`${failOn}\`.`
  const table =
    findings.length === 0
      ? []
      : [
          "",
          "| severity | where | rule | what | confidence |",
          "| --- | --- | --- | --- | --- |",
          ...findings.slice(0, shownFindings).map(row),
          ...(findings.length > shownFindings ? ["", `And ${findings.length - shownFindings} more.`] : [])
        ]
  const accepted =
    suppressed.length === 0 ? [] : ["", `${counted(suppressed.length, "finding")} suppressed, each with a reason.`]
  return [head, ...table, ...accepted, ""].join("\n")
}
