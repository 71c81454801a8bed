import { Command } from "effect/cli"
import { lazyRun } from "./lazy.ts"

const show = Command.make(
  "show",
  {},
  lazyRun("config show", () => import("./configShow.run.ts"))
).pipe(
  Command.withDescription("The resolved configuration, and where each value comes from"),
  Command.withExamples([{ command: "crewkit config show --json", description: "For scripts" }])
)

const validate = Command.make(
  "validate",
  {},
  lazyRun("config validate", () => import("./configValidate.run.ts"))
).pipe(
  Command.withDescription("Check .agent/config.yml: unknown keys, wrong values, secrets"),
  Command.withExamples([
    { command: "crewkit config validate", description: "Exit 2 with line and column where something is wrong" }
  ])
)

export const config = Command.make("config").pipe(
  Command.withDescription("Show or check the configuration"),
  Command.withExamples([{ command: "crewkit config show", description: "What applies here, and why" }]),
  Command.withSubcommands([show, validate])
)
