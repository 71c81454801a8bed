import { Effect, Schema } from "effect"
import { growing } from "../domain/growing.ts"
import { installers } from "../domain/installation.ts"
import { code, good, type Line, strong } from "../domain/text.ts"
import { UpdateAvailable } from "../domain/updateErrors.ts"
import { isNewer } from "../domain/versions.ts"
import { Installation } from "../services/Installation.ts"
import { Output } from "../services/Output.ts"
import { Releases } from "../services/Releases.ts"

const UpdateReport = Schema.Struct({
  current: Schema.String,
  latest: Schema.String,
  newer: Schema.Boolean,
  installedBy: Schema.Literals(installers).annotate(growing),
  /** What to type for the latest version, as this copy was installed. */
  command: Schema.String,
  /** The host that was asked. */
  asked: Schema.String
})

export const data = UpdateReport
export const failures = { UpdateAvailable: UpdateReport }

export const run = Effect.fn("update")(function* ({ check }: { readonly check: boolean }) {
  const output = yield* Output
  const installation = yield* Installation
  const releases = yield* Releases
  const registry = yield* releases.registry
  yield* output.note([[`asking ${registry.host} which version is the latest`]])
  const latest = yield* output.withSpinner(`asking ${registry.host}`, releases.latest(registry))
  const { by, command } = yield* installation.installed
  const current = installation.version
  const newer = isNewer(latest, current)
  const report = { current, latest, newer, installedBy: by, command, asked: registry.host }
  if (newer && check) return yield* new UpdateAvailable({ current, latest, command, details: report })
  const lines: ReadonlyArray<Line> = newer
    ? [
        [strong(`crewkit ${latest} is out`), `, this is ${current}`],
        ["  next: ", code(command)]
      ]
    : [[good("✓ "), `crewkit ${current} is the latest version`]]
  yield* output.result(UpdateReport, report, lines)
})
