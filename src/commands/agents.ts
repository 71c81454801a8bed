import { Argument, Command } from "effect/cli"
import { lazyRun } from "./lazy.ts"
import { syncFlags } from "./syncFlags.ts"

const name = Argument.String("agent").pipe(Argument.withDescription("Name of the agent: its file name without .md"))
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
  { name, offline },
  lazyRun("agents show", () => import("./agentsShow.run.ts"))
).pipe(
  Command.withDescription("The composed text of one agent, and at a terminal a table of what it can do"),
  Command.withExamples([{ command: "crewkit agents show code-reviewer", description: "The whole file" }])
)

const explain = Command.make(
  "explain",
  { name, offline },
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

export const agents = Command.make("agents").pipe(
  Command.withDescription("Look at agents: list, show, explain, diff"),
  Command.withExamples([{ command: "crewkit agents list", description: "What applies here" }]),
  Command.withSubcommands([list, show, explain, diff])
)
