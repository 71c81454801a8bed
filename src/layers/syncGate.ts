/** The gate of a sync: what is about to be written is audited before anything is written. */
import { Context, Effect } from "effect"
import type { AgentName } from "../domain/AgentName.ts"
import type { Finding } from "../domain/audit/AuditReport.ts"
import { atLeast } from "../domain/audit/severity.ts"
import { AuditStopped, type Held } from "../domain/auditErrors.ts"
import { own } from "../domain/records.ts"
import type { SyncAudit } from "../domain/SyncAudit.ts"
import type { SyncState } from "../domain/SyncState.ts"
import { AgentFiles } from "../services/AgentFiles.ts"
import { type Arrival, Audit } from "../services/Audit.ts"
import { Auditing } from "../services/Auditing.ts"
import { AuditProject } from "../services/AuditProject.ts"
import { ContentStore } from "../services/ContentStore.ts"
import type { SyncRequest } from "../services/Sync.ts"
import type { Targets } from "./syncTargets.ts"

export interface Passed {
  /** Without the agents that are held back. */
  readonly targets: Targets
  readonly audit: SyncAudit | undefined
}

const nothing = { audited: 0, findings: [], held: [], news: [] }

/** What a report is not longer than, whatever a registry sends. */
const listed = 200

const pathOf = (name: string): string => `.claude/agents/${name}.md`

/** What we last wrote of an agent: from the store, or else as it is on disk; nothing where we never wrote it. */
const lastWritten = Effect.fnUntraced(function* (state: SyncState, names: ReadonlySet<AgentName>) {
  const store = yield* ContentStore
  const files = yield* AgentFiles
  const hashes = new Map<AgentName, string>()
  for (const name of names) {
    const stamp = own(state.written, name)
    if (stamp !== undefined) hashes.set(name, stamp[4])
  }
  const found = hashes.size === 0 ? new Map<string, Uint8Array>() : yield* store.get(new Set(hashes.values()))
  const contents = new Map<AgentName, Uint8Array>()
  for (const [name, hash] of hashes) {
    const content = found.get(hash) ?? (yield* Effect.orElseSucceed(files.read(name), () => new Uint8Array()))
    contents.set(name, content)
  }
  return contents
})

const heldOf = (name: string, findings: ReadonlyArray<Finding>): Held | undefined => {
  const [worst] = findings
  return worst === undefined
    ? undefined
    : {
        name,
        findings: findings.length,
        severity: worst.severity,
        rule: worst.rule,
        message: worst.message,
        line: worst.region.startLine
      }
}

/** As if the registry had refused them: the file that is there stays, and so does what the lock says of it. */
const without = (targets: Targets, held: ReadonlyArray<Held>): Targets => {
  if (held.length === 0) return targets
  const names = new Set(held.map(({ name }) => name))
  const kept = <A>(all: ReadonlyMap<AgentName, A>) => new Map([...all].filter(([name]) => !names.has(name)))
  const hashes = new Set([...(targets.lock ?? [])].flatMap(([name, { sha256 }]) => (names.has(name) ? [sha256] : [])))
  return {
    ...targets,
    desired: kept(targets.desired),
    lock: targets.lock === undefined ? undefined : kept(targets.lock),
    refused: [
      ...targets.refused,
      ...held.map(({ line, message, name, rule, severity }) => ({
        name,
        file: pathOf(name),
        line,
        reason: `held back by the audit: ${severity}, ${rule}: ${message}`
      }))
    ],
    // The answer is not settled: the next sync has to look at it again, under the policy of that day.
    basis: undefined,
    objects: () => new Map([...targets.objects()].filter(([hash]) => !hashes.has(hash)))
  }
}

const bytesOf = (content: Uint8Array | string): Uint8Array =>
  typeof content === "string" ? new TextEncoder().encode(content) : content

/**
 * Fails where the policy says `stop` and something was found; with `skip` these agents are left out. A dry run never
 * fails: it shows what a sync would find.
 */
export const passGate = Effect.fnUntraced(function* (
  request: Pick<SyncRequest, "audit" | "mode">,
  targets: Targets,
  names: ReadonlySet<AgentName>,
  state: SyncState
) {
  if (names.size === 0 || request.audit === "none") return { targets, audit: undefined } satisfies Passed
  if (request.audit === "skip") return { targets, audit: { ...nothing, skipped: true } } satisfies Passed
  const context = yield* (yield* Auditing).services
  const audit = Context.get(context, Audit)
  const contents = new Map(
    [...(yield* targets.contents(names))].map(([name, content]) => [name, bytesOf(content)] as const)
  )
  const { baseline, policy } = yield* Context.get(context, AuditProject).rulings(targets.policy)
  const report = yield* audit.run({
    files: [...contents].map(([name, bytes]) => ({ path: pathOf(name), bytes })),
    policy,
    role: targets.role,
    baseline,
    whole: false
  })
  const findingsOf = new Map<string, Array<Finding>>()
  for (const finding of report.findings) {
    const all = findingsOf.get(finding.file)
    if (all === undefined) findingsOf.set(finding.file, [finding])
    else all.push(finding)
  }
  const held = [...contents.keys()].flatMap((name) => {
    const weighty = (findingsOf.get(pathOf(name)) ?? []).filter(({ severity }) => atLeast(severity, policy.failOn))
    return heldOf(name, weighty) ?? []
  })
  const applies = request.mode === "apply"
  if (applies && held.length > 0 && policy.onFinding === "stop") {
    return yield* new AuditStopped({ held, failOn: policy.failOn, written: false })
  }
  const before = yield* lastWritten(state, names)
  const arrivals = [...contents].map(([name, after]): Arrival => ({ path: name, before: before.get(name), after }))
  const shownAs = new Map([...contents.keys()].map((name) => [pathOf(name), name] as const))
  const said: SyncAudit = {
    skipped: false,
    audited: contents.size,
    failOn: policy.failOn,
    findings: report.findings.slice(0, listed).map(({ file, message, region, rule, severity }) => ({
      name: shownAs.get(file) ?? file,
      rule,
      severity,
      line: region.startLine,
      message
    })),
    held,
    news: (yield* audit.gains(arrivals)).map(({ can, first, path }) => ({ name: path, first, can }))
  }
  return { targets: applies ? without(targets, held) : targets, audit: said } satisfies Passed
})
