/**
 * An audit as SARIF 2.1.0 (OASIS, sarif-v2.1.0-os). What GitHub code scanning makes of the properties:
 * docs.github.com, "SARIF support for code scanning".
 */
import type { Schema } from "effect"
import type { AuditReport, Finding } from "./AuditReport.ts"
import type { Edit, RuleInfo, Severity } from "./Finding.ts"
import { linesIn, regionOf } from "./frame.ts"
import { rulePage } from "./rulePage.ts"

/** A key of ours: GitHub takes two results of one rule with the same for one. The number counts up with the algorithm. */
const fingerprintKey = "crewkitFingerprint/v1"

const levels: Record<Severity, "error" | "warning" | "note"> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
  info: "note"
}

/** GitHub's scale: over 9.0 critical, 7.0 high, 4.0 medium, 0.1 low. */
const scores: Record<Severity, string> = { critical: "9.5", high: "8.0", medium: "5.5", low: "2.0", info: "0.1" }

/** GitHub's words for how sure a rule is. */
const precisions = { high: "high", medium: "medium", low: "low" } as const

/** A relative URI reference, RFC 3986: each step percent-encoded, none taken for a scheme. */
const uriOf = (path: string): string => {
  const encoded = path.toWellFormed().split("/").map(encodeURIComponent).join("/")
  return /^[^/]*:/.test(encoded) ? `./${encoded}` : encoded
}

const artifact = (path: string) =>
  path.startsWith("/") || /^[A-Za-z]:\//.test(path)
    ? { uri: `file://${path.startsWith("/") ? "" : "/"}${uriOf(path).replace(/^\.\//, "").replace("%3A", ":")}` }
    : { uri: uriOf(path), uriBaseId: "%SRCROOT%" }

/** `[text](destination)` in a message is a link, section 3.11.6; a file that is audited is not to make one. */
const plain = (message: string): string => message.replaceAll("](", "] (")

const ruleOf = (rule: RuleInfo) => ({
  id: rule.id,
  name: rule.id.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  shortDescription: { text: rule.title },
  fullDescription: { text: rule.why },
  help: { text: `${rule.why} ${rule.remedy}`, markdown: `${rule.why}\n\n${rule.remedy}` },
  helpUri: rulePage(rule.id),
  defaultConfiguration: { level: levels[rule.severity] },
  properties: { tags: ["security", rule.category], "security-severity": scores[rule.severity] }
})

const fixOf = (finding: Finding, text: string | undefined) => {
  const { file, fix } = finding
  if (fix === undefined || text === undefined) return {}
  const lines = linesIn(text)
  const replacement = ({ end, start, text: by }: Edit) => ({
    deletedRegion: regionOf(lines, { start, end }),
    insertedContent: { text: by }
  })
  return {
    fixes: [
      {
        description: { text: fix.description },
        artifactChanges: [{ artifactLocation: artifact(file), replacements: fix.edits.map(replacement) }]
      }
    ]
  }
}

const resultOf = (finding: Finding, index: number, text: string | undefined) => {
  const { agent, confidence, file, fingerprint, message, region, rule, severity, suppressed } = finding
  return {
    ruleId: rule,
    ruleIndex: index,
    level: levels[severity],
    message: { text: plain(message) },
    locations: [
      {
        physicalLocation: { artifactLocation: artifact(file), region },
        ...(agent === undefined ? {} : { logicalLocations: [{ name: agent, kind: "module" }] })
      }
    ],
    partialFingerprints: { [fingerprintKey]: fingerprint },
    ...fixOf(finding, text),
    // A list that is there and empty says that the result is not suppressed; absent would say that nobody knows.
    suppressions:
      suppressed === undefined
        ? []
        : [
            {
              kind: "external",
              status: "accepted",
              justification: `${suppressed.reason} (${suppressed.by}${suppressed.expires === undefined ? "" : `, until ${suppressed.expires}`})`
            }
          ],
    properties: { severity, confidence, precision: precisions[confidence] }
  }
}

/** Texts by reported path: a fix's regions are lines and columns of the text. */
export const auditSarif = (
  report: AuditReport,
  rules: ReadonlyArray<RuleInfo>,
  texts: ReadonlyMap<string, string>
): Schema.Json => {
  const indexes = new Map(rules.map(({ id }, index) => [id, index]))
  const result = (finding: Finding) => resultOf(finding, indexes.get(finding.rule) ?? -1, texts.get(finding.file))
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "crewkit",
            informationUri: "https://github.com/karibew/crewkit-cli",
            rules: rules.map(ruleOf)
          }
        },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { "%SRCROOT%": { description: { text: "The root of the project." } } },
        results: [...report.findings, ...report.suppressed].map(result)
      }
    ]
  }
}
