import { Argument, Command } from "effect/cli"
import { lazyRun } from "./lazy.ts"

const name = Argument.String("agent").pipe(Argument.withDescription("Name of the agent: its file name without .md"))
const time = Argument.String("time").pipe(
  Argument.withDescription("Time of the backup, or how it starts; the newest where left out"),
  Argument.optional
)

const list = Command.make(
  "list",
  { name: Argument.optional(name) },
  lazyRun("backups list", () => import("./backupsList.run.ts"))
).pipe(
  Command.withDescription("Backups, newest first"),
  Command.withExamples([{ command: "crewkit backups list code-reviewer", description: "Of one agent" }])
)

const show = Command.make(
  "show",
  { name, time },
  lazyRun("backups show", () => import("./backupsShow.run.ts"))
).pipe(
  Command.withDescription("The content of a backup"),
  Command.withExamples([{ command: "crewkit backups show code-reviewer", description: "The newest" }])
)

const restore = Command.make(
  "restore",
  {
    name,
    time: Argument.String("time-or-version").pipe(
      Argument.withDescription(
        "Time of the backup, or how it starts; or the first 8 or more digits of a version's SHA-256 from the session log; the newest backup where left out"
      ),
      Argument.optional
    )
  },
  lazyRun("backups restore", () => import("./backupsRestore.run.ts"))
).pipe(
  Command.withDescription("Put a backup back in place; what it replaces is backed up first"),
  Command.withExamples([
    { command: "crewkit backups restore code-reviewer", description: "The newest" },
    { command: "crewkit backups restore code-reviewer 2025-10-11T14-30", description: "The newest of that minute" }
  ])
)

export const backups = Command.make("backups").pipe(
  Command.withDescription("What a sync or a restore replaced: list, show, restore"),
  Command.withExamples([{ command: "crewkit backups list", description: "Everything that was replaced" }]),
  Command.withSubcommands([list, show, restore])
)
