import { Command } from "effect/cli"
import { upkeepRun } from "./lazy.ts"

export const feedback = Command.make(
  "feedback",
  {},
  upkeepRun("feedback", () => import("./feedback.run.ts"))
).pipe(
  Command.withDescription("Open the issue form in the browser, versions filled in; sends nothing by itself"),
  Command.withExamples([
    { command: "crewkit feedback", description: "Print the address, and open it at a terminal" },
    { command: "crewkit feedback --no-input", description: "Print the address only" }
  ])
)
