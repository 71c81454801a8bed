import { Command } from "effect/cli"
import { agents } from "./agents.ts"
import { auth } from "./auth.ts"
import { backups } from "./backups.ts"
import { code } from "./code.ts"
import { config } from "./config.ts"
import { doctor } from "./doctor.ts"
import { init } from "./init.ts"
import { keys } from "./keys.ts"
import { lazyRun } from "./lazy.ts"
import { registry } from "./registry.ts"
import { sessions } from "./sessions.ts"
import { sync } from "./sync.ts"
import { whoami } from "./whoami.ts"

/** `crewkit`: without a command, the overview. */
export const crewkit = Command.make(
  "crewkit",
  {},
  lazyRun("crewkit", () => import("./overview.run.ts"))
).pipe(
  Command.withDescription("The same Claude Code sub-agents for everyone on the team"),
  Command.withExamples([
    { command: "crewkit", description: "Where this project stands, and what to do next" },
    { command: "crewkit init && crewkit sync", description: "Set a project up and bring its agents" },
    { command: "crewkit code", description: "Sync, then start Claude Code" }
  ]),
  Command.withSubcommands([init, sync, code, agents, backups, sessions, auth, whoami, keys, config, registry, doctor])
)
