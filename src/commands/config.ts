import { Argument, Command, Flag } from "effect/cli"
import { lazyRun } from "./lazy.ts"

const show = Command.make(
  "show",
  {},
  lazyRun("config show", () => import("./configShow.run.ts"))
).pipe(
  Command.withDescription("The resolved configuration, and where each value comes from"),
  Command.withExamples([{ command: "crewkit config show --json", description: "For scripts" }])
)

const key = Argument.String("key").pipe(
  Argument.withDescription(
    "In .agent/config.yml: org, project, registry, sync.prune, sync.keepLocal, sessions.capture, audit.failOn, audit.onFinding, audit.rules.RULE, audit.mcpServers, audit.hooks, audit.required. In your own: role, keys.rotateAfterDays, update.check"
  )
)

const toggle = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false), Flag.withoutNegation)

const get = Command.make(
  "get",
  {
    key,
    user: toggle("user", "What your own configuration says, whatever flags say"),
    project: toggle("project", "What .agent/config.yml says, whatever flags and the environment say"),
    otherwise: Flag.String("default").pipe(
      Flag.withMetavar("VALUE"),
      Flag.withDescription("Printed where it is not set"),
      Flag.optional
    )
  },
  lazyRun("config get", () => import("./configGet.run.ts"))
).pipe(
  Command.withDescription(
    "One value as it applies, bare, for scripts; of a list one a line. Exit code 1 where nobody has set it."
  ),
  Command.withShortDescription("One value, for scripts"),
  Command.withExamples([
    { command: "crewkit config get org", description: "The organization" },
    { command: "crewkit config get sessions.capture --default metadata", description: "With a value for the unset" }
  ])
)

const set = Command.make(
  "set",
  {
    key,
    values: Argument.String("value").pipe(
      Argument.withDescription("The value; several for a list"),
      Argument.variadic()
    ),
    unset: toggle("unset", "Take the setting out"),
    user: toggle("user", "Insist on your own configuration"),
    project: toggle("project", "Insist on .agent/config.yml")
  },
  lazyRun("config set", () => import("./configSet.run.ts"))
).pipe(
  Command.withDescription(
    "Change one setting in the file where it stands, and leave comments and layout as they are. The whole file is checked before anything is written; a secret is refused."
  ),
  Command.withShortDescription("Change one setting"),
  Command.withExamples([
    { command: "crewkit config set sync.prune false", description: "For the project, in .agent/config.yml" },
    { command: "crewkit config set audit.required description model", description: "A list" },
    { command: "crewkit config set role --unset", description: "Your own role again" }
  ])
)

const validate = Command.make(
  "validate",
  {},
  lazyRun("config validate", () => import("./configValidate.run.ts"))
).pipe(
  Command.withDescription("Check .agent/config.yml: unknown keys, wrong values, secrets"),
  Command.withExamples([
    { command: "crewkit config validate", description: "Exit 2 with line and column where something is wrong" }
  ])
)

export const config = Command.make("config").pipe(
  Command.withDescription("The configuration: show, get, set, validate"),
  Command.withExamples([{ command: "crewkit config show", description: "What applies here, and why" }]),
  Command.withSubcommands([show, get, set, validate])
)
