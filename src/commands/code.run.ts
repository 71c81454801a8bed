import { Effect, Option } from "effect"
import type { SyncReport } from "../domain/SyncReport.ts"
import { refusedLines, remarkTexts, reportLines } from "../domain/syncText.ts"
import { bad, code, counted, faint } from "../domain/text.ts"
import { HeldDetails } from "../domain/auditErrors.ts"
import { type ClaudeTimedOut } from "../domain/claudeErrors.ts"
import { LockDetails, UsageError } from "../domain/errors.ts"
import { parseSpan } from "../domain/when.ts"
import { AgentFiles } from "../services/AgentFiles.ts"
import { ClaudeCode } from "../services/ClaudeCode.ts"
import { Invocation } from "../services/Invocation.ts"
import { Output } from "../services/Output.ts"
import { Sync } from "../services/Sync.ts"
import { recordedCode } from "./recordedCode.ts"

interface Input {
  readonly args: ReadonlyArray<string>
  readonly noSync: boolean
  readonly noWatch: boolean
  readonly sensitive: boolean
  readonly print: Option.Option<string>
  readonly timeout: Option.Option<string>
  readonly locked: boolean
  readonly frozen: boolean
  readonly offline: boolean
  readonly noAudit: boolean
  readonly keepLocal: Option.Option<boolean>
}

/** Calls of Claude Code that start no session: nothing is synced and nothing added for them. */
const noSession = new Set([
  "--version",
  "-v",
  "--help",
  "-h",
  "agents",
  "auth",
  "config",
  "doctor",
  "install",
  "mcp",
  "migrate-installer",
  "plugin",
  "setup-token",
  "update"
])

/** The registry cannot be reached, for whatever reason: the agents on disk are still there to work with. */
const unreachable = [
  "RegistryUnreachable",
  "NothingCached",
  "ConnectionFailed",
  "RequestTimedOut",
  "TlsFailed",
  "RegistryBusy",
  "AuthUnavailable"
] as const

/** Standard output is Claude Code's, so all that is ours goes to standard error. */
const say = Effect.fnUntraced(function* (report: SyncReport) {
  const output = yield* Output
  const changed = report.items.some((item) => item.status !== "foreign") || report.lockChanged
  if (changed) {
    yield* output.note(reportLines(report))
    yield* Effect.forEach(remarkTexts(report), output.warn)
  } else if (report.refused.length > 0) yield* output.note(refusedLines(report))
  const kept = report.items.filter((item) => item.status === "in-the-way" && item.action === "keep").length
  if (kept > 0) yield* output.warn(`${counted(kept, "file")} that crewkit did not write kept in the place of an agent`)
})

const sync = Effect.fnUntraced(function* (input: Input) {
  const output = yield* Output
  const insists = input.locked || input.frozen
  const request = {
    mode: "apply",
    against: input.locked ? "locked" : input.frozen ? "frozen" : "latest",
    offline: input.offline,
    keepLocal: Option.getOrUndefined(input.keepLocal),
    prune: undefined,
    audit: input.noAudit ? "skip" : "run"
  } as const
  return yield* (yield* Sync).run(request).pipe(
    Effect.tap(say),
    Effect.catchTag(unreachable, (error) =>
      insists
        ? Effect.fail(error)
        : Effect.as(output.warn(`${error.message}; going on with the agents on disk`), undefined)
    )
  )
})

/** Milliseconds; a timer of the system takes no more than 24 days. */
const longest = 24 * 86_400_000

const limitIn = Effect.fnUntraced(function* (typed: Option.Option<string>) {
  if (Option.isNone(typed)) return undefined
  const limit = parseSpan(typed.value)
  if (limit !== undefined && limit > 0 && limit <= longest) return limit
  return yield* new UsageError({
    problem: `--timeout ${typed.value} is no duration`,
    next: "--timeout takes seconds, minutes, hours or up to 24 days: 30s, 10m, 2h, 1d"
  })
})

/** On standard error, with --json too: standard output is Claude Code's. */
const sayTimedOut = (recorded: boolean) => (error: ClaudeTimedOut) =>
  Effect.flatMap(Output, (output) =>
    output.ask([
      [bad("error: "), error.message],
      [
        faint("  try: "),
        "a longer --timeout",
        ...(recorded ? ["; what it did until then: ", code("crewkit sessions show last")] : [])
      ]
    ])
  )

export const data = undefined
export const failures = { AuditStopped: HeldDetails, LockNotMet: LockDetails }

export const run = Effect.fn("code")(function* (input: Input) {
  if (input.locked && input.frozen)
    return yield* new UsageError({
      problem: "--locked and --frozen do not go together",
      next: "--locked alone asks the registry, --frozen alone asks nobody"
    })
  const limit = yield* limitIn(input.timeout)
  const claude = yield* ClaudeCode
  const { cwd } = yield* Invocation
  const program = yield* claude.find
  const [first] = input.args
  const starts = Option.isSome(input.print) || first === undefined || !noSession.has(first)
  const args = Option.match(input.print, {
    onNone: () => input.args,
    onSome: (prompt) => ["-p", prompt, ...input.args]
  })
  if (!starts) {
    return yield* Effect.tapErrorTag(claude.launch(program, args, cwd, { limit }), "ClaudeTimedOut", sayTimedOut(false))
  }
  const report = input.noSync ? undefined : yield* sync(input)
  // Claude Code watches the folder only if it is there when it starts.
  yield* (yield* AgentFiles).ensure
  const { noWatch, offline, sensitive } = input
  const call = { program, args, cwd, report, sensitive, watch: !noWatch, offline, limit }
  return yield* Effect.tapErrorTag(recordedCode(call), "ClaudeTimedOut", sayTimedOut(true))
})
