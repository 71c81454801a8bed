import { Argument, Command, Flag } from "effect/cli"
import { lazyRun } from "./lazy.ts"

const name = Argument.String("agent").pipe(Argument.withDescription("Name of the agent: its file name without .md"))
const asked = name.pipe(
  Argument.withDescription("Name of the agent: its file name without .md; asked for at a terminal where left out"),
  Argument.optional
)
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
  { name: asked, time },
  lazyRun("backups show", () => import("./backupsShow.run.ts"))
).pipe(
  Command.withDescription("The content of a backup"),
  Command.withExamples([{ command: "crewkit backups show code-reviewer", description: "The newest" }])
)

const timeOrVersion = Argument.String("time-or-version").pipe(
  Argument.withDescription(
    "Time of the backup, or how it starts; or the first 8 or more digits of a version's SHA-256 from the session log; the newest backup where left out"
  ),
  Argument.optional
)

const diff = Command.make(
  "diff",
  { name: asked, time: timeOrVersion },
  lazyRun("backups diff", () => import("./backupsDiff.run.ts"))
).pipe(
  Command.withDescription("What has changed since a backup: the backup against the file in place, as a unified diff"),
  Command.withShortDescription("A backup against the file in place"),
  Command.withExamples([
    { command: "crewkit backups diff code-reviewer", description: "Since the newest" },
    { command: "crewkit backups diff code-reviewer 2025-10-11", description: "Since the newest of that day" }
  ])
)

const restore = Command.make(
  "restore",
  { name: asked, time: timeOrVersion },
  lazyRun("backups restore", () => import("./backupsRestore.run.ts"))
).pipe(
  Command.withDescription("Put a backup back in place; what it replaces is backed up first"),
  Command.withExamples([
    { command: "crewkit backups restore code-reviewer", description: "The newest" },
    { command: "crewkit backups restore code-reviewer 2025-10-11T14-30", description: "The newest of that minute" }
  ])
)

const toggle = (flag: string, description: string) =>
  Flag.Boolean(flag).pipe(Flag.withDescription(description), Flag.withDefault(false), Flag.withoutNegation)

const prune = Command.make(
  "prune",
  {
    name: Argument.optional(name),
    keep: Flag.Int("keep").pipe(
      Flag.withMetavar("COUNT"),
      Flag.withDescription("All but so many of the newest of each agent"),
      Flag.optional
    ),
    olderThan: Flag.String("older-than").pipe(
      Flag.withMetavar("SPAN"),
      Flag.withDescription("Backups that were made longer ago: 90d, 12h"),
      Flag.withDefault("")
    ),
    newest: toggle("include-newest", "The newest backup of an agent may go, too"),
    dryRun: toggle("dry-run", "Tell what would go, and delete nothing")
  },
  lazyRun("backups prune", () => import("./backupsPrune.run.ts"))
).pipe(
  Command.withDescription(
    "Delete old backups, of one agent or of all. With both --keep and --older-than only what both let go. The newest of an agent stays in any case, but for --include-newest."
  ),
  Command.withShortDescription("Delete old backups"),
  Command.withExamples([
    { command: "crewkit backups prune --older-than 90d --dry-run", description: "What would go" },
    { command: "crewkit backups prune --keep 5", description: "Five of each agent stay" },
    { command: "crewkit backups prune --keep 5 --older-than 30d --yes", description: "In a script" }
  ])
)

export const backups = Command.make("backups").pipe(
  Command.withDescription("What a sync or a restore replaced: list, show, diff, restore, prune"),
  Command.withExamples([{ command: "crewkit backups list", description: "Everything that was replaced" }]),
  Command.withSubcommands([list, show, diff, restore, prune])
)
