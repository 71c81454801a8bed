/**
 * Audits every file of ../shared/corpus: the loading verdicts against its manifest, and what was found, as a table.
 *
 *     node scripts/auditCorpus.ts [--severity medium] [--sample 20] [--markdown]
 */
import { Effect } from "effect"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { parseArgs } from "node:util"
import type { Finding } from "../src/domain/audit/AuditReport.ts"
import { Severity } from "../src/domain/audit/Finding.ts"
import { sanitize } from "../src/domain/sanitize.ts"
import { atLeast } from "../src/domain/audit/severity.ts"
import { audit, loads } from "../test/attacks/inProcess.ts"

const { values } = parseArgs({
  options: {
    severity: { type: "string", default: "high" },
    sample: { type: "string" },
    markdown: { type: "boolean", default: false }
  }
})

const corpus = join(dirname(dirname(import.meta.dirname)), "shared", "corpus")
if (!existsSync(corpus)) throw new Error(`${corpus} is not there`)

const threshold = Severity.literals.find((severity) => severity === values.severity) ?? "high"

const excerptOf = (text: string, { region }: Finding): string => {
  const line = text.split("\n")[region.startLine - 1] ?? ""
  const from = Math.max(0, Math.min(region.startColumn - 1, line.length - 100))
  return sanitize(line.slice(from, from + 100).trim()).replaceAll("|", "\\|")
}

const paths = readdirSync(join(corpus, "agents"))
  .flatMap((folder) => readdirSync(join(corpus, "agents", folder)).map((name) => `${folder}/${name}`))
  .sort()

const main = Effect.gen(function* () {
  const all: Array<Finding & { readonly excerpt: string }> = []
  for (const path of paths) {
    const text = readFileSync(join(corpus, "agents", path), "utf8")
    for (const finding of yield* audit(path, text)) all.push({ ...finding, excerpt: excerptOf(text, finding) })
  }
  const disagreements = readFileSync(join(corpus, "manifest.tsv"), "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .flatMap((row) => {
      const [path = "", , expected] = row.split("\t")
      const verdict = loads(path, readFileSync(join(corpus, "agents", path)))
      return verdict === (expected === "1") ? [] : [`${path}: manifest ${expected}, audit ${verdict}`]
    })
  console.log(`${paths.length} files; loading verdicts that disagree with the manifest: ${disagreements.length}`)
  for (const line of disagreements) console.log(`  ${line}`)

  const byRule = Map.groupBy(all, ({ rule, severity }) => `${severity}\t${rule}`)
  const counts = [...byRule].map(
    ([key, found]) => `${key}\t${found.length}\t${new Set(found.map(({ file }) => file)).size}`
  )
  const order = (row: string): number => Severity.literals.findIndex((severity) => row.startsWith(severity))
  console.log("\nseverity\trule\tfindings\tfiles")
  for (const row of counts.toSorted((one, other) => order(other) - order(one) || one.localeCompare(other)))
    console.log(row)

  const shown = all.filter(({ severity }) =>
    values.sample === undefined ? atLeast(severity, threshold) : severity === threshold
  )
  const step = values.sample === undefined ? 1 : Math.max(1, shown.length / Number(values.sample))
  const picked =
    values.sample === undefined
      ? shown
      : Array.from(
          { length: Math.min(Number(values.sample), shown.length) },
          (_, index) => shown[Math.floor(index * step)]
        )
  console.log(`\n${picked.length} of ${shown.length} findings`)
  for (const finding of picked) {
    if (finding === undefined) continue
    const cells = [
      `${finding.file}:${finding.region.startLine}`,
      finding.rule,
      `${finding.severity}/${finding.confidence}`,
      finding.excerpt
    ]
    console.log(values.markdown ? `| ${cells.join(" | ")} | | |` : cells.join("\t"))
  }
})

await Effect.runPromise(main)
