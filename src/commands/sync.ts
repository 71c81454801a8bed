import { Command, Flag } from "effect/cli"
import { lazyRun } from "./lazy.ts"
import { syncFlags } from "./syncFlags.ts"

export const sync = Command.make(
  "sync",
  {
    check: Flag.Boolean("check").pipe(
      Flag.withDescription("Change nothing; exit 6 where something is not as the registry says"),
      Flag.withDefault(false),
      Flag.withoutNegation
    ),
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withDescription("Change nothing; show what would change as a diff"),
      Flag.withDefault(false),
      Flag.withoutNegation
    ),
    prune: Flag.Boolean("prune").pipe(
      Flag.withDescription("Remove agents that left the registry, with a backup (default)"),
      Flag.optional
    ),
    ...syncFlags
  },
  lazyRun("sync", () => import("./sync.run.ts"))
).pipe(
  Command.withDescription(
    "Bring .claude/agents to what the registry says. What is replaced or removed is backed up first; a file that crewkit did not write is left alone."
  ),
  Command.withShortDescription("Bring .claude/agents to what the registry says"),
  Command.withExamples([
    { command: "crewkit sync", description: "Bring the agents and update the lock" },
    { command: "crewkit sync --check --locked", description: "In CI: fail where anything differs from the lock" },
    { command: "crewkit sync --dry-run", description: "See what would change" },
    { command: "crewkit sync --frozen", description: "Write what the lock names, without asking the registry" }
  ])
)
