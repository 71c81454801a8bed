import { Command, Flag } from "effect/cli"
import { upkeepRun } from "./lazy.ts"

export const update = Command.make(
  "update",
  {
    check: Flag.Boolean("check").pipe(
      Flag.withDescription("Exit 6 where there is a newer version"),
      Flag.withDefault(false),
      Flag.withoutNegation
    )
  },
  upkeepRun("update", () => import("./update.run.ts"))
).pipe(
  Command.withDescription("Is there a newer crewkit, and the command that installs it here; installs nothing"),
  Command.withExamples([
    { command: "crewkit update", description: "Ask npm's registry once, without any token" },
    { command: "crewkit update --check", description: "For scripts: exit 6 where there is a newer one" }
  ])
)
