import { Argument, Command } from "effect/cli"
import { auditFlags } from "./auditFlags.ts"
import { lazyRun } from "./lazy.ts"
import { syncFlags } from "./syncFlags.ts"

const name = Argument.String("agent").pipe(Argument.withDescription("Name of the agent: its file name without .md"))
const asked = name.pipe(
  Argument.withDescription("Name of the agent: its file name without .md; asked for at a terminal where left out"),
  Argument.optional
)
const { offline } = syncFlags

const list = Command.make(
  "list",
  { offline },
  lazyRun("agents list", () => import("./agentsList.run.ts"))
).pipe(
  Command.withDescription("The agents that apply here: version, tiers, and whether the file on disk is that"),
  Command.withShortDescription("The agents that apply here"),
  Command.withExamples([{ command: "crewkit agents list", description: "Name, version, tiers, state on disk" }])
)

const show = Command.make(
  "show",
  { name: asked, offline },
  lazyRun("agents show", () => import("./agentsShow.run.ts"))
).pipe(
  Command.withDescription("The composed text of one agent, and at a terminal a table of what it can do"),
  Command.withExamples([{ command: "crewkit agents show code-reviewer", description: "The whole file" }])
)

const explain = Command.make(
  "explain",
  { name: asked, offline },
  lazyRun("agents explain", () => import("./agentsExplain.run.ts"))
).pipe(
  Command.withDescription("Which tier set each field and wrote each paragraph"),
  Command.withExamples([
    { command: "crewkit agents explain code-reviewer", description: "base, organization, project, personal, role" }
  ])
)

const diff = Command.make(
  "diff",
  { name: Argument.optional(name), offline },
  lazyRun("agents diff", () => import("./agentsDiff.run.ts"))
).pipe(
  Command.withDescription("What the agents would be able to do, and the files on disk against what the registry says"),
  Command.withExamples([
    { command: "crewkit agents diff code-reviewer", description: "One agent; without a name, all that differ" }
  ])
)

const audit = Command.make(
  "audit",
  auditFlags,
  lazyRun("agents audit", () => import("./agentsAudit.run.ts"))
).pipe(
  Command.withDescription(
    "What could these agents do, before they do it: will the client load them, what can they reach, do they hide something, do they carry a secret. Uses no network. Exits 7 where it finds something at or above the threshold."
  ),
  Command.withShortDescription("What agents could do, before they do it"),
  Command.withExamples([
    { command: "crewkit agents audit", description: "The project's agents and its configuration" },
    { command: "crewkit agents audit ~/Downloads/agents", description: "Any folder, before it is copied anywhere" },
    { command: "curl -fsS URL | crewkit agents audit -", description: "One file from elsewhere" },
    { command: "crewkit agents audit --sarif audit.sarif", description: "In CI, for code scanning" },
    { command: "crewkit agents audit --fix", description: "Mend what is safe to mend, with a backup" },
    {
      command: 'crewkit agents audit --write-baseline --reason "reviewed with Ada" --expires 2026-12-31',
      description: "Accept what is there, for a time"
    }
  ])
)

export const agents = Command.make("agents").pipe(
  Command.withDescription("Look at agents: list, show, explain, diff, audit"),
  Command.withExamples([{ command: "crewkit agents list", description: "What applies here" }]),
  Command.withSubcommands([list, show, explain, diff, audit])
)
