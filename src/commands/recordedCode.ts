/** Claude Code with a record of what happens to the agents meanwhile. */
import { Cause, Context, Effect, Exit, Predicate } from "effect"
import type { Outcome } from "../domain/logEvents.ts"
import { linesText, whoText } from "../domain/sessionText.ts"
import type { SyncReport } from "../domain/SyncReport.ts"
import { code, counted, faint, type Line, strong } from "../domain/text.ts"
import { isAgentName } from "../domain/AgentName.ts"
import { ClaudeCode } from "../services/ClaudeCode.ts"
import { Delivery, type Leftover } from "../services/Delivery.ts"
import { Output } from "../services/Output.ts"
import { type RecordedChange, SessionRecorder } from "../services/SessionRecorder.ts"
import { Sessions } from "../services/Sessions.ts"

interface Call {
  readonly program: string
  readonly args: ReadonlyArray<string>
  readonly cwd: string
  readonly report: SyncReport | undefined
  readonly sensitive: boolean
  readonly watch: boolean
  readonly offline: boolean
  /** Milliseconds. */
  readonly limit: number | undefined
}

/** The exit code of the child: 128 and more where a signal ended it. */
const exitCodeOf = (exit: Exit.Exit<void, unknown>): number => {
  if (Exit.isSuccess(exit)) return 0
  const error = Cause.squash(exit.cause)
  const known = typeof error === "object" && error !== null && "exitCode" in error ? error.exitCode : 1
  return typeof known === "number" ? known : 1
}

const hasTimedOut = (exit: Exit.Exit<void, unknown>): boolean =>
  Exit.isFailure(exit) && Predicate.isTagged(Cause.squash(exit.cause), "ClaudeTimedOut")

const outcomeOf = (exit: Exit.Exit<void, unknown>, exitCode: number): Outcome =>
  hasTimedOut(exit) ? "timeout" : exitCode === 0 ? "success" : exitCode >= 128 ? "abandoned" : "failure"

/** Changes that are shown one by one. */
const shown = 8

const changeLines = ({ change, type }: RecordedChange): ReadonlyArray<Line> => {
  const { added, agent, before, by, removed } = change
  const verb = type.slice(type.lastIndexOf(".") + 1)
  const undo =
    before === undefined || !isAgentName(agent) ? undefined : `backups restore ${agent} ${before.sha256.slice(0, 12)}`
  return [
    [`  ${verb.padEnd(9)}`, agent.padEnd(24), linesText(added, removed).padEnd(10), faint(whoText(by))],
    ...(undo === undefined || by.kind === "crewkit" ? [] : [[faint("    undo   "), code(`crewkit ${undo}`)]])
  ]
}

/** One screen for what happened while Claude Code had the terminal. */
const summary = (id: string, changes: ReadonlyArray<RecordedChange>, sensitive: boolean): ReadonlyArray<Line> => [
  [strong(`${counted(changes.length, "change")} to agents in this session`), faint(`  ${id.slice(0, 8)}`)],
  ...changes.slice(0, shown).flatMap((one) => changeLines(one).slice(0, sensitive ? 1 : 2)),
  ...(changes.length > shown ? [[`  and ${changes.length - shown} more`]] : []),
  [faint("  all     "), code(`crewkit sessions show ${id.slice(0, 8)}${sensitive ? "" : " --diff"}`)],
  [faint("  keep    "), "crewkit sync --keep-local leaves them; for the team, bring them to the registry"],
  [faint("  drop    "), "crewkit sync backs them up and puts the team's agents back"]
]

/** What the registry has not been told, where it is the person's business. */
const leftLines = ({ parked, said, waiting }: Leftover): ReadonlyArray<Line> => [
  ...said,
  ...(waiting > 0
    ? [[faint(`${counted(waiting, "event")} wait for the registry: `), code("crewkit sessions push")]]
    : []),
  ...(parked > 0 ? [[faint(`the registry refused ${counted(parked, "event")}: `), code("crewkit sessions push")]] : [])
]

/** A log that cannot be written is said out loud, and no reason not to work. */
export const recordedCode = Effect.fnUntraced(function* (call: Call) {
  const { args, cwd, limit, offline, program, report, sensitive, watch } = call
  const claude = yield* ClaudeCode
  const output = yield* Output
  const services = yield* (yield* Sessions).services
  const recorder = Context.get(services, SessionRecorder)
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const begun = yield* Effect.result(recorder.begin({ report, claude: program, args, sensitive, watch }))
      if (begun._tag === "Failure") {
        yield* output.warn(`this session is not recorded: ${begun.failure.message}`)
        return yield* claude.launch(program, args, cwd, { limit })
      }
      const session = begun.success
      const delivery = offline ? undefined : yield* Context.get(services, Delivery).background
      const exit = yield* Effect.exit(claude.launch(program, session.args, cwd, { env: session.env, limit }))
      const exitCode = exitCodeOf(exit)
      const ended = yield* Effect.result(session.end(outcomeOf(exit, exitCode), exitCode))
      if (ended._tag === "Failure") {
        yield* output.warn(`the end of this session is not recorded: ${ended.failure.message}`)
      } else if (ended.success.length > 0) yield* output.note(summary(session.id, ended.success, sensitive))
      if (delivery !== undefined) yield* output.note(leftLines(yield* delivery.finish))
      return yield* exit
    })
  )
})
