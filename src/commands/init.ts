import { Argument, Command, Flag } from "effect/cli"
import { lazyRun } from "./lazy.ts"

export const init = Command.make(
  "init",
  {
    org: Argument.String("org").pipe(
      Argument.withDescription("Organization; from the git remote where left out"),
      Argument.optional
    ),
    project: Argument.String("project").pipe(
      Argument.withDescription("Project; from the git remote where left out"),
      Argument.optional
    ),
    force: Flag.Boolean("force").pipe(
      Flag.withDescription("Replace a configuration that is there"),
      Flag.withDefault(false),
      Flag.withoutNegation
    )
  },
  lazyRun("init", () => import("./init.run.ts"))
).pipe(
  Command.withDescription(
    "Write .agent/config.yml and the ignore lines. Proposes organization and project from the git remote; asks on a terminal, never elsewhere."
  ),
  Command.withShortDescription("Set this project up"),
  Command.withExamples([
    { command: "crewkit init", description: "Take organization and project from the git remote" },
    {
      command: "crewkit init acme web-shop --registry ./agents-registry",
      description: "Say everything; agents come from a folder"
    }
  ])
)
