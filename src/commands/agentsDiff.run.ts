import { Effect, Option, Schema } from "effect"
import { SyncItem } from "../domain/SyncReport.ts"
import { capabilityLines, diffLine } from "../domain/syncText.ts"
import { good, linesOf } from "../domain/text.ts"
import { Output } from "../services/Output.ts"
import { Sync } from "../services/Sync.ts"
import { loadOne } from "./oneAgent.ts"

const AgentsDiff = Schema.Struct({ items: Schema.Array(SyncItem) })

export const data = AgentsDiff

export const run = Effect.fn("agents diff")(function* (input: {
  readonly name: Option.Option<string>
  readonly offline: boolean
}) {
  const output = yield* Output
  const sync = yield* Sync
  if (Option.isSome(input.name)) yield* loadOne(input.name.value, input.offline)
  const report = yield* sync.run({
    mode: "plan",
    against: "latest",
    offline: input.offline,
    keepLocal: false,
    prune: true,
    audit: "none"
  })
  const wanted = Option.getOrUndefined(input.name)
  const items = report.items.filter(
    (item) => item.status !== "foreign" && (wanted === undefined || item.name === wanted)
  )
  const diffs = items.flatMap((item) => (item.diff === undefined ? [] : linesOf(item.diff).map(diffLine)))
  const lines = [...capabilityLines(items), ...diffs]
  yield* output.result(AgentsDiff, { items }, lines.length === 0 ? [[good("✓ "), "no difference"]] : lines)
})
