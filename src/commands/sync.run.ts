import { Context, Effect, Option } from "effect"
import { AuditStopped, HeldDetails } from "../domain/auditErrors.ts"
import { Incomplete, LockDetails, UsageError } from "../domain/errors.ts"
import { isDrift } from "../domain/syncPlan.ts"
import { SyncReport } from "../domain/SyncReport.ts"
import { remarkTexts, reportLines } from "../domain/syncText.ts"
import { counted } from "../domain/text.ts"
import { Output } from "../services/Output.ts"
import { SessionRecorder } from "../services/SessionRecorder.ts"
import { Sessions } from "../services/Sessions.ts"
import { Sync, type SyncRequest } from "../services/Sync.ts"

interface Input {
  readonly check: boolean
  readonly dryRun: boolean
  readonly locked: boolean
  readonly frozen: boolean
  readonly offline: boolean
  readonly noAudit: boolean
  readonly keepLocal: Option.Option<boolean>
  readonly prune: Option.Option<boolean>
}

const requestOf = Effect.fnUntraced(function* (input: Input) {
  if (input.check && input.dryRun) {
    return yield* new UsageError({
      problem: "--check and --dry-run do not go together",
      next: "--check alone for the exit code, --dry-run alone for the plan"
    })
  }
  if (input.locked && input.frozen) {
    return yield* new UsageError({
      problem: "--locked and --frozen do not go together",
      next: "--locked alone asks the registry, --frozen alone asks nobody"
    })
  }
  const request: SyncRequest = {
    mode: input.check ? "check" : input.dryRun ? "plan" : "apply",
    against: input.locked ? "locked" : input.frozen ? "frozen" : "latest",
    offline: input.offline,
    keepLocal: Option.getOrUndefined(input.keepLocal),
    prune: Option.getOrUndefined(input.prune),
    audit: input.noAudit ? "skip" : "run"
  }
  return request
})

/** What the exit code has to tell, beside what was printed. */
const problemOf = (report: SyncReport): Incomplete | AuditStopped | undefined => {
  const drifted = report.items.filter((item) => isDrift(item) && item.status !== "refused")
  if (report.mode === "check" && (drifted.length > 0 || report.lockChanged)) {
    const what =
      drifted.length > 0
        ? `${counted(drifted.length, "agent")} ${drifted.length === 1 ? "is" : "are"} not as the registry says`
        : ".agent/agents.lock is out of date"
    return new Incomplete({ reason: "drift", problem: what, next: "crewkit sync", details: report })
  }
  const inTheWay = report.items.filter((item) => item.status === "in-the-way" && item.action === "keep")
  if (report.mode === "apply" && inTheWay.length > 0) {
    return new Incomplete({
      reason: "kept",
      problem: `${counted(inTheWay.length, "file")} that crewkit did not write kept in the place of an agent`,
      next: "crewkit sync --yes backs them up and replaces them",
      details: report
    })
  }
  const held = report.mode === "apply" ? (report.audit?.held ?? []) : []
  if (held.length > 0) return new AuditStopped({ held, failOn: report.audit?.failOn ?? "high", written: true })
  if (report.refused.length > 0 && report.mode !== "plan") {
    return new Incomplete({
      reason: "refused",
      problem: `${counted(report.refused.length, "entry").replace("entrys", "entries")} of the registry refused; the other agents are synced`,
      next: "correct the files named above in the registry",
      details: report
    })
  }
  return undefined
}

/** What a sync did stands in the session log; where that cannot be written it is said, and no reason to fail. */
const recorded = Effect.fnUntraced(function* (report: SyncReport) {
  const did = report.items.some(({ action }) => action === "write" || action === "remove") || report.lockChanged
  if (report.mode !== "apply" || !did) return
  const recorder = Context.get(yield* (yield* Sessions).services, SessionRecorder)
  const { warn } = yield* Output
  yield* Effect.catch(recorder.synced(report), (error) => warn(`this sync is not in the session log: ${error.message}`))
})

export const data = SyncReport
export const failures = { Incomplete: SyncReport, AuditStopped: HeldDetails, LockNotMet: LockDetails }

export const run = Effect.fn("sync")(function* (input: Input) {
  const sync = yield* Sync
  const output = yield* Output
  const report = yield* sync.run(yield* requestOf(input))
  yield* recorded(report)
  const problem = problemOf(report)
  const news = report.mode !== "apply" || report.items.some((item) => item.action === "write") || report.lockChanged
  if (news) yield* Effect.forEach(remarkTexts(report), output.warn)
  else if (report.remarks.length > 0) {
    yield* output.note([
      [`${counted(report.remarks.length, "remark")} on the registry's files: crewkit sync --check shows them`]
    ])
  }
  if (problem === undefined) return yield* output.summary(SyncReport, report, reportLines(report))
  yield* output.text(reportLines(report))
  return yield* problem
})
