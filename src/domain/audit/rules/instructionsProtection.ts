/** Switching off what would stop or notice an agent. */
import { entryOf, type AuditedFile } from "../AuditedFile.ts"
import type { Severity } from "../Finding.ts"
import { eachOf, endOf, matches, startOf, type Words, wordSet } from "../words.ts"
import { ahead, behind, instruction, type Place } from "./instructionKit.ts"

interface Switch {
  readonly before?: RegExp
  readonly after?: RegExp
  readonly severity?: Severity
}

const switches: Record<string, Switch> = {
  skip: { before: /--dangerously-$/, after: /^-permissions\b/ },
  dangerouslyskippermissions: {},
  dangerouslydisablesandbox: { after: /^["'`]?\s*[:=]\s*(?:true|1)/ },
  bypasspermissions: {},
  allow: {
    before: /\bpermissions\.$|["'`]permissions["'`]\s*:\s*\{\s*["'`]$/,
    after: /^(?=[^\n]{0,120}\*)|^(?=.{0,4})/
  },
  disableallhooks: { after: /^["'`]?\s*[:=]\s*true/ },
  nopasswd: { after: /^\s*:/ },
  yolo: { before: /\s--$/, severity: "medium" },
  trust: { before: /\s--$/, after: /^-all-tools/ },
  audit: { before: /\bcrewkit\b[^\n]{0,80}\s--no-$/ },
  verify: { before: /\bgit\b[^\n]{0,80}--no-$/, severity: "low" },
  node_tls_reject_unauthorized: { after: /^["'`\]]{0,2}\s*[=:]\s*["'`]?0/, severity: "medium" },
  pythonhttpsverify: { after: /^["'`\]]{0,2}\s*[=:]\s*["'`]?0/, severity: "medium" },
  git_ssl_no_verify: { after: /^["'`\]]{0,2}\s*[=:]\s*["'`]?(?:1|true)/i, severity: "medium" },
  sslverify: { after: /^[\s=]+["'`]?(?:false|0)/i, severity: "medium" },
  setenforce: { after: /^\s+(?:0|permissive)/i },
  ufw: { after: /^\s+disable/i },
  iptables: { after: /^\s+(?:-F|--flush)\b/ },
  nft: { after: /^\s+flush\s+ruleset/ },
  disablerealtimemonitoring: {},
  csrutil: { after: /^\s+disable/ },
  spctl: { after: /^\s+--(?:master|global)-disable/ },
  auditctl: { after: /^\s+-e\s*0/ },
  advfirewall: { after: /^[^\n]{0,40}\bstate\s+off/i },
  systemctl: {
    after:
      /^\s+(?:--now\s+)?(?:stop|disable|mask)\s+(?:--now\s+)?(?:auditd|firewalld|ufw|apparmor|falcon|clamav|crowdstrike|osqueryd|wazuh|fail2ban|sysmon)/i
  },
  killall: { after: /^\s+(?:-\w+\s+)?(?:auditd|falcon|clamd|crowdstrike|osqueryd|crewkit)/i },
  pkill: { after: /^\s+(?:-\w+\s+)?(?:auditd|falcon|clamd|crowdstrike|osqueryd|crewkit)/i }
}

const names = wordSet(Object.keys(switches).join(" "))

const byName = (words: Words, file: AuditedFile): ReadonlyArray<Place> =>
  eachOf(words, names).flatMap((at) => {
    const { text } = words
    const start = startOf(words, at)
    const end = endOf(words, at)
    const word = text.slice(start, end).toLowerCase()
    const form = switches[word]
    if (form === undefined) return []
    const left = form.before?.exec(behind(text, start, 110))
    const right = form.after?.exec(ahead(text, end, 90))
    if (left === null || right === null) return []
    // Its own rule reads the key.
    const mode = entryOf(file, "permissionMode")
    if (word === "bypasspermissions" && mode !== undefined && mode.start <= start && start < mode.end) return []
    const from = left === undefined ? start : start - left[0].trimStart().length
    return [
      {
        start: from,
        end: end + (right?.[0].length ?? 0),
        says: `Switches off a protection (${text
          .slice(from, end + (right?.[0].length ?? 0))
          .replace(/\s+/g, " ")
          .slice(0, 60)})`,
        ...(form.severity === undefined ? {} : { severity: form.severity })
      }
    ]
  })

const stopping = wordSet("disable deactivate bypass circumvent uninstall kill stop evade defeat neutralize off")
const protections = wordSet(
  "antivirus sandbox sandboxing firewall defender auditd crewkit edr selinux apparmor gatekeeper seatbelt"
)
const checks = wordSet("permission permissions safety security")
const ofChecks = wordSet("checks prompts restrictions controls guardrails policies hooks dialogs filters")

const told = (words: Words): ReadonlyArray<Place> =>
  [...matches(words, [stopping, [4, protections]]), ...matches(words, [stopping, [3, checks], [1, ofChecks]])].flatMap(
    (match) => {
      const [first = 0] = match
      const start = startOf(words, first)
      const last = match.at(-1) ?? 0
      const word = words.text.slice(start, endOf(words, first)).toLowerCase()
      if (word === "off" && !/\b(?:turn|switch|shut)\s+$/i.test(behind(words.text, start, 8))) return []
      if (word === "stop" && /^\s*(?:,|\.|and)/.test(ahead(words.text, endOf(words, first), 5))) return []
      return [{ start, end: endOf(words, last), says: "Told to switch off a protection" }]
    }
  )

export const disablesProtection = instruction(
  {
    id: "disables-protection",
    title: "Switches off a protection",
    severity: "high",
    why: "Permission prompts, sandboxes, certificate checks and audits are what stands between a mistaken or hostile agent and the machine.",
    remedy:
      "Leave the protection on. If it stands in the way of honest work, grant that work by name in the project's settings."
  },
  (words, file) => [...byName(words, file), ...told(words)]
)
