/** What happens after a crash: nothing without consent; with it, the event is shown before it goes anywhere. */
import { Effect } from "effect"
import { allows, answeredAlways, decide } from "../domain/consent.ts"
import { type Mechanism, shownEvent } from "../domain/crashEvent.ts"
import { Consent } from "../services/Consent.ts"
import type { CrashReports } from "../services/CrashReports.ts"
import { Prompter } from "../services/Prompter.ts"

export interface Crash {
  readonly error: unknown
  readonly mechanism: Mechanism
  /** Whether a person sits at the terminal and may be asked. */
  readonly attended: boolean
}

/** `load` gives the sender; it is run only where there is consent. */
export const handleCrash = Effect.fn("crash")(function* (
  { attended, error, mechanism }: Crash,
  load: Effect.Effect<CrashReports["Service"]>,
  show: (text: string) => Effect.Effect<void>
) {
  const consent = yield* Consent
  const state = yield* consent.state
  const decision = decide(state, attended)
  if (!allows(state) || decision === "keep") return false
  const reports = yield* load
  if (reports.destination === undefined) return false
  const event = yield* reports.eventOf(error, mechanism)
  if (decision === "ask") {
    yield* show(`\nThis is the report of it, whole, for ${reports.destination}:\n${shownEvent(event)}\n`)
    const prompter = yield* Prompter
    const answer = (yield* prompter.text("Send it? yes, no, always", "no")).toLowerCase()
    if (!["y", "yes", "a", "always"].includes(answer)) return false
    if (answer.startsWith("a")) yield* Effect.ignore(consent.change(answeredAlways))
  }
  const taken = yield* reports.send(event)
  if (decision === "ask") yield* show(taken ? "sent\n" : "not sent: nobody took it in time\n")
  return taken
})
