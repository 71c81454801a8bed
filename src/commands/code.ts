import { Argument, Command, Flag } from "effect/cli"
import { lazyRun } from "./lazy.ts"
import { syncFlags } from "./syncFlags.ts"

export const code = Command.make(
  "code",
  {
    args: Argument.String("claude-arguments").pipe(
      Argument.withDescription("Everything after -- goes to Claude Code"),
      Argument.variadic()
    ),
    noSync: Flag.Boolean("no-sync").pipe(
      Flag.withDescription("Start with what is on disk"),
      Flag.withDefault(false),
      Flag.withoutNegation
    ),
    noWatch: Flag.Boolean("no-watch").pipe(
      Flag.withDescription("Compare the agents at start and end only, not in between"),
      Flag.withDefault(false),
      Flag.withoutNegation
    ),
    sensitive: Flag.Boolean("sensitive").pipe(
      Flag.withDescription("Record paths, hashes and counts, and keep no content"),
      Flag.withDefault(false),
      Flag.withoutNegation
    ),
    print: Flag.String("print").pipe(
      Flag.withAlias("p"),
      Flag.withMetavar("PROMPT"),
      Flag.withDescription("Claude Code's print mode: answer the prompt and exit"),
      Flag.optional
    ),
    timeout: Flag.String("timeout").pipe(
      Flag.withMetavar("DURATION"),
      Flag.withDescription("End Claude Code after so long, and what it started: 30s, 10m, 2h. Exit code 4."),
      Flag.optional
    ),
    ...syncFlags
  },
  lazyRun("code", () => import("./code.run.ts"))
).pipe(
  Command.withDescription("Sync, then start Claude Code in this terminal. Its exit code is passed on."),
  Command.withShortDescription("Sync, then start Claude Code"),
  Command.withExamples([
    { command: "crewkit code", description: "Start with the team's agents" },
    { command: "crewkit code -- --model opus --continue", description: "Hand arguments on" },
    { command: 'crewkit code -p "review the last commit" -- --output-format json', description: "In a script" },
    { command: 'crewkit code -p "review the last commit" --timeout 10m', description: "Ten minutes and no longer" }
  ])
)
