import { Command } from "effect/cli"
import { upkeepRun } from "./lazy.ts"

const status = Command.make(
  "status",
  {},
  upkeepRun("telemetry status", () => import("./telemetryStatus.run.ts"))
).pipe(
  Command.withDescription("Whether crash reports may be sent, who decided that, and where to"),
  Command.withExamples([{ command: "crewkit telemetry status --json", description: "For scripts" }])
)

const enable = Command.make(
  "enable",
  {},
  upkeepRun("telemetry enable", () => import("./telemetryEnable.run.ts"))
).pipe(
  Command.withDescription("Allow crash reports; each is shown before it is sent until you answer always"),
  Command.withExamples([
    { command: "crewkit telemetry preview && crewkit telemetry enable", description: "Look first, then allow" }
  ])
)

const disable = Command.make(
  "disable",
  {},
  upkeepRun("telemetry disable", () => import("./telemetryDisable.run.ts"))
).pipe(
  Command.withDescription("Send nothing, as it is from the start"),
  Command.withExamples([{ command: "crewkit telemetry disable", description: "Take the consent back" }])
)

const preview = Command.make(
  "preview",
  {},
  upkeepRun("telemetry preview", () => import("./telemetryPreview.run.ts"))
).pipe(
  Command.withDescription("The report that a crash of this command would make, whole; sends nothing"),
  Command.withExamples([{ command: "crewkit telemetry preview", description: "Every field, with your values" }])
)

export const telemetry = Command.make("telemetry").pipe(
  Command.withDescription("Crash reports: off until you enable them"),
  Command.withExamples([
    { command: "crewkit telemetry status", description: "Nothing is sent unless it says enabled" },
    { command: "DO_NOT_TRACK=1 crewkit sync", description: "Never, whatever was enabled" }
  ]),
  Command.withSubcommands([status, enable, disable, preview])
)
