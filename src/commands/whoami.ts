import { Command } from "effect/cli"
import { remoteRun } from "./lazy.ts"

export const whoami = Command.make(
  "whoami",
  {},
  remoteRun("whoami", () => import("./whoami.run.ts"))
).pipe(
  Command.withDescription("The logged-in user, one line"),
  Command.withExamples([{ command: "crewkit whoami", description: "Name and e-mail" }])
)
