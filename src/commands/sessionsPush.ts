import { Command, Flag } from "effect/cli"
import { lazyRun } from "./lazy.ts"

export const push = Command.make(
  "push",
  {
    retryParked: Flag.Boolean("retry-parked").pipe(
      Flag.withDescription("Send what the registry refused once more"),
      Flag.withDefault(false),
      Flag.withoutNegation
    )
  },
  lazyRun("sessions push", () => import("./sessionsPush.run.ts"))
).pipe(
  Command.withDescription(
    "Tell the registry now what it has not heard: sessions, changes of agents, ends. In order and each once, however often it is interrupted. Exit code 0 when all is told, 1 when the registry refused some of it, 3 when nobody is logged in, 5 when the registry cannot be had; what is not told waits in the session log."
  ),
  Command.withShortDescription("Tell the registry now what it has not heard"),
  Command.withExamples([
    { command: "crewkit sessions push", description: "Everything that waits" },
    { command: "crewkit sessions push --retry-parked", description: "What was refused as well" },
    { command: "crewkit sessions push --json", description: "How many were told, wait, and were refused, and why" }
  ])
)
