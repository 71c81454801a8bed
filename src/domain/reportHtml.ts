/**
 * The report as one HTML file: charts in SVG with the numbers beside them, light and dark, nothing loaded from anywhere,
 * nothing that runs. Every text in it may come from an agent's file name, so every text is escaped.
 */
import type { Report } from "./sessionReport.ts"
import { sanitize } from "./sanitize.ts"

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }

const escape = (text: string): string => sanitize(text).replace(/[&<>"']/g, (char) => entities[char] ?? char)

const style = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #5f6b76; --line: #d9dee3; --ground: #fff; --card: #f6f8fa; --bar: #2563b8; --bar2: #9a5b00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf0; --soft: #a3afbb; --line: #38424c; --ground: #14181c; --card: #1c2228; --bar: #6ea8f0; --bar2: #e0a64b; } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 62rem; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2.5rem 0 .75rem }
p, .soft { color: var(--soft) } p { margin: .25rem 0 0 }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1.5rem 0 0 }
dl div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem }
dt { color: var(--soft); font-size: .85rem } dd { margin: 0; font-size: 1.5rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
svg { display: block; width: 100%; height: auto } svg text { fill: var(--ink); font: 12px system-ui, sans-serif }
svg .soft { fill: var(--soft) } svg .axis { stroke: var(--line) } svg .bar { fill: var(--bar) } svg .session { fill: var(--bar2) }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .9rem }
th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid var(--line) }
th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere } th { color: var(--soft); font-weight: 600 }
details { margin-top: .75rem } summary { cursor: pointer; color: var(--soft) }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 0 2.5rem }
@media print { body { max-width: none } details { display: none } }`

type Row = readonly [name: string, ...numbers: ReadonlyArray<number>]

const table = (heads: ReadonlyArray<string>, rows: ReadonlyArray<Row>): string =>
  `<div class="scroll"><table><thead><tr>${heads.map((head) => `<th scope="col">${escape(head)}</th>`).join("")}</tr></thead><tbody>${rows
    .map(([name, ...numbers]) => `<tr><td>${escape(name)}</td>${numbers.map((one) => `<td>${one}</td>`).join("")}</tr>`)
    .join("")}</tbody></table></div>`

const numbers = (inside: string): string => `<details><summary>The numbers</summary>${inside}</details>`

/** Bars beyond this many are added up in one. */
const mostColumns = 92

/** Neighbouring days together, so that a year still has bars that can be seen. */
const columnsOf = (days: Report["days"]): Report["days"] => {
  const each = Math.ceil(days.length / mostColumns)
  if (each <= 1) return days
  const columns: Array<Report["days"][number]> = []
  for (let from = 0; from < days.length; from += each) {
    const part = days.slice(from, from + each)
    columns.push({
      day: `${part[0]?.day ?? ""} to ${part.at(-1)?.day ?? ""}`,
      changes: part.reduce((sum, one) => sum + one.changes, 0),
      sessions: part.reduce((sum, one) => sum + one.sessions, 0)
    })
  }
  return columns
}

/** A round number that is not below. */
const roundUp = (value: number): number => {
  if (value <= 4) return 4
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 4, 5, 8, 10].map((step) => step * power).find((step) => step >= value) ?? value
}

const fixed = (value: number): string => String(Math.round(value * 100) / 100)

const columnChart = (days: Report["days"]): string => {
  const columns = columnsOf(days)
  const [width, height, left, bottom, top] = [960, 240, 44, 26, 10]
  const most = roundUp(Math.max(...columns.map(({ changes }) => changes), 0))
  const slot = (width - left) / Math.max(columns.length, 12)
  const scale = (value: number): number => ((height - bottom - top) * value) / most
  const ground = height - bottom
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const y = fixed(ground - scale(most * part))
    return `<line class="axis" x1="${left}" x2="${width}" y1="${y}" y2="${y}"/><text class="soft" x="${left - 8}" y="${y}" text-anchor="end" dominant-baseline="middle">${most * part}</text>`
  })
  const step = Math.ceil(columns.length / 8)
  const bars = columns.map(({ changes, day, sessions }, index) => {
    const x = left + index * slot
    const tall = changes === 0 ? 0 : Math.max(scale(changes), 1)
    const title = `${day}: ${changes} changes in ${sessions} sessions`
    const label =
      index % step === 0
        ? `<text class="soft" x="${fixed(x)}" y="${height - 8}">${escape(day.slice(0, 10))}</text>`
        : ""
    return `<rect class="bar" x="${fixed(x + slot * 0.1)}" y="${fixed(ground - tall)}" width="${fixed(Math.min(slot * 0.8, 48))}" height="${fixed(tall)}"><title>${escape(title)}</title></rect>${label}`
  })
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Changes to agents by day">${grid.join("")}${bars.join("")}</svg>`
}

const shownBars = 15

const barChart = (
  label: string,
  rows: ReadonlyArray<{ readonly name: string; readonly value: number }>,
  look = "bar"
): string => {
  const shown = rows.slice(0, shownBars)
  const most = Math.max(...shown.map(({ value }) => value), 1)
  const [width, each, left, right] = [480, 28, 170, 44]
  const bars = shown.map(({ name, value }, index) => {
    const y = index * each
    const text = name.length > 24 ? `${[...name].slice(0, 23).join("")}…` : name
    const wide = fixed(((width - left - right) * value) / most)
    return `<text x="${left - 10}" y="${y + 18}" text-anchor="end">${escape(text)}<title>${escape(name)}</title></text><rect class="${look}" x="${left}" y="${y + 5}" width="${wide}" height="18" rx="2"/><text class="soft" x="${fixed(left + Number(wide) + 8)}" y="${y + 18}">${value}</text>`
  })
  return `<svg viewBox="0 0 ${width} ${Math.max(shown.length, 1) * each}" role="img" aria-label="${escape(label)}">${bars.join("")}</svg>`
}

const section = (title: string, chart: string, inside: string): string =>
  `<section><h2>${escape(title)}</h2>${chart}${numbers(inside)}</section>`

const facts = (report: Report): string => {
  const one = (name: string, value: string | number) => `<div><dt>${name}</dt><dd>${escape(String(value))}</dd></div>`
  return `<dl>${one("Changes", report.changes)}${one("Sessions", report.sessions)}${one("Agents changed", report.agents.length)}${one("People", report.users.length)}</dl>`
}

const charts = (report: Report): string => {
  const byChanges = (rows: ReadonlyArray<{ readonly name: string; readonly changes: number }>) =>
    rows.map(({ changes, name }) => ({ name, value: changes }))
  return [
    section(
      "Changes by day",
      columnChart(report.days),
      table(
        ["Day (UTC)", "Changes", "Sessions"],
        report.days.filter((day) => day.sessions + day.changes > 0).map((day) => [day.day, day.changes, day.sessions])
      )
    ),
    `<div class="two">`,
    section(
      report.agents.length > shownBars
        ? `Most changed agents (${shownBars} of ${report.agents.length})`
        : "Most changed agents",
      barChart("Changes by agent", byChanges(report.agents)),
      table(
        ["Agent", "Changes", "Lines added", "Lines removed"],
        report.agents.map((agent) => [agent.name, agent.changes, agent.added, agent.removed])
      )
    ),
    section(
      "What changed them",
      barChart("Changes by what made them", byChanges(report.who)),
      table(
        ["Made by", "Changes"],
        report.who.map(({ changes, name }) => [name, changes])
      )
    ),
    section(
      "In whose sessions",
      barChart("Changes by person", byChanges(report.users)),
      table(
        ["Person", "Changes", "Sessions"],
        report.users.map((user) => [user.name, user.changes, user.sessions])
      )
    ),
    section(
      "How sessions ended",
      barChart(
        "Sessions by outcome",
        report.outcomes.map(({ name, sessions }) => ({ name, value: sessions })),
        "session"
      ),
      table(
        ["Outcome", "Sessions"],
        report.outcomes.map(({ name, sessions }) => [name, sessions])
      )
    ),
    `</div>`
  ].join("\n")
}

export const reportHtml = (report: Report): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Changes to agents: ${escape(report.org)}/${escape(report.project)}</title>
<style>${style}</style>
</head>
<body>
<h1>Changes to agents</h1>
<p>${escape(report.org)}/${escape(report.project)}, ${
  report.since === undefined ? "all sessions in this log" : `since ${escape(report.since.slice(0, 10))}`
}; made ${escape(report.made.slice(0, 16).replace("T", " "))} UTC by crewkit</p>
${facts(report)}
${report.sessions === 0 ? "<p>No sessions in this time.</p>" : charts(report)}
</body>
</html>
`
