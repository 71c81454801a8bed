import { Effect } from "effect"
import { DeliveryParked, DeliveryReport } from "../domain/DeliveryReport.ts"
import { counted, faint, good, type Line, warn } from "../domain/text.ts"
import { Delivery } from "../services/Delivery.ts"
import { Output } from "../services/Output.ts"

interface Input {
  readonly retryParked: boolean
}

/** Refusals that are shown one by one. */
const shown = 10

const idleText = {
  folder: "the registry is a folder, which has no sessions: nothing to tell",
  "capture-none": "sessions.capture is none: nothing of the session log leaves this machine",
  "takes-none": "this registry does not take sessions; what is recorded stays in the session log"
} as const

const refusalLine = ({ reason, seq, session, status }: DeliveryReport["refusals"][number]): Line => [
  `  ${session.slice(0, 8)}`,
  faint(` record ${seq}  `),
  status === 0 ? reason : `${status}: ${reason}`
]

const linesOf = (report: DeliveryReport): ReadonlyArray<Line> => {
  if (report.idle === "folder" || report.idle === "capture-none") return [[idleText[report.idle]]]
  const { elsewhere, ends, modifications, parked, refusals, registry, sessions, waiting } = report
  const told = sessions + modifications + ends
  const counts = `${counted(sessions, "session")}, ${counted(modifications, "change")}, ${counted(ends, "end")}`
  return [
    ...(report.idle === "takes-none"
      ? [[warn(idleText["takes-none"])]]
      : told > 0
        ? [[good("✓ "), `told ${registry}: ${counts}`]]
        : waiting + parked === 0
          ? [[good("✓ "), `${registry} knows everything`]]
          : []),
    ...(waiting > 0 ? [[`${counted(waiting, "event")} wait`]] : []),
    ...(elsewhere > 0
      ? [[faint(`${counted(elsewhere, "session")} recorded for another registry or another login wait for that`)]]
      : []),
    ...(parked > 0 ? [[warn(`${counted(parked, "event")} parked, which the registry does not take:`)]] : []),
    ...refusals.slice(0, shown).map(refusalLine),
    ...(parked > shown ? [[faint(`  and ${parked - Math.min(shown, refusals.length)} more`)]] : [])
  ]
}

export const data = DeliveryReport
export const failures = { DeliveryStopped: DeliveryReport, DeliveryParked: DeliveryReport }

export const run = Effect.fn("sessions push")(function* ({ retryParked }: Input) {
  const output = yield* Output
  const delivery = yield* Delivery
  const before = yield* delivery.standing
  const total = before.waiting + (retryParked ? before.parked : 0)
  const report = yield* output.withProgress("told", Math.max(total, 1), (progress) => {
    let done = 0
    return delivery.push({ retryParked, told: () => progress.at(Math.min(++done, total)) })
  })
  if (report.parked === 0) return yield* output.summary(DeliveryReport, report, linesOf(report))
  yield* output.text(linesOf(report))
  return yield* new DeliveryParked({ report })
})
