import { Argument, Command, Flag } from "effect/cli"
import { lazyRun } from "./lazy.ts"

const name = Argument.String("name").pipe(
  Argument.withDescription("Name of the key: openai-api-key, or OPENAI_API_KEY as the program will see it")
)

/** What stands after the name is refused by us, unseen; the parser would print it. */
const rest = Argument.String("nothing-more").pipe(
  Argument.withDescription("A value is asked for or read from standard input, never taken from here"),
  Argument.variadic()
)

const env = Flag.Literals("env", ["dev", "prod"]).pipe(
  Flag.withDescription("Which of the two the key is for"),
  Flag.withDefault("dev")
)

const set = Command.make(
  "set",
  { name, env, rest },
  lazyRun("keys set", () => import("./keysSet.run.ts"))
).pipe(
  Command.withDescription("Store an API key in the keychain. Its value is asked for, or read from standard input."),
  Command.withShortDescription("Store an API key"),
  Command.withExamples([
    { command: "crewkit keys set openai-api-key", description: "Asks for the value, and does not show it" },
    { command: "crewkit keys set openai-api-key --env prod < file", description: "From a file or another program" }
  ])
)

const list = Command.make(
  "list",
  {},
  lazyRun("keys list", () => import("./keysList.run.ts"))
).pipe(
  Command.withDescription("Names, ages, last uses and fingerprints; never a value"),
  Command.withExamples([{ command: "crewkit keys list --json", description: "For scripts" }])
)

const rotate = Command.make(
  "rotate",
  { name, env, rest },
  lazyRun("keys rotate", () => import("./keysRotate.run.ts"))
).pipe(
  Command.withDescription("Replace the value of an API key; its age starts anew"),
  Command.withExamples([
    { command: "crewkit keys rotate openai-api-key --env prod", description: "Asks for the new value" }
  ])
)

const remove = Command.make(
  "remove",
  { name, env, rest },
  lazyRun("keys remove", () => import("./keysRemove.run.ts"))
).pipe(
  Command.withDescription(
    "Delete an API key from this machine, after a question; revoke it where it was issued too. In a script: --yes."
  ),
  Command.withShortDescription("Delete an API key from this machine"),
  Command.withExamples([{ command: "crewkit keys remove openai-api-key", description: "The one for dev" }])
)

const run = Command.make(
  "run",
  {
    env,
    only: Flag.String("only").pipe(
      Flag.withMetavar("NAMES"),
      Flag.withDescription("These keys alone, separated by commas"),
      Flag.withDefault("")
    ),
    mixed: Flag.Boolean("mixed").pipe(
      Flag.withDescription("Allow keys of dev and prod in one program"),
      Flag.withDefault(false),
      Flag.withoutNegation
    ),
    command: Argument.String("command").pipe(
      Argument.withDescription("The program and its arguments, after --"),
      Argument.variadic()
    )
  },
  lazyRun("keys run", () => import("./keysRun.run.ts"))
).pipe(
  Command.withDescription("Run one program with API keys in its environment. Its exit code is passed on."),
  Command.withShortDescription("Run a program with API keys in its environment"),
  Command.withExamples([
    { command: "crewkit keys run -- npm test", description: "All keys for dev" },
    { command: "crewkit keys run --env prod --only openai-api-key -- node job.js", description: "One key for prod" }
  ])
)

export const keys = Command.make("keys").pipe(
  Command.withDescription(
    "API keys in the keychain, one for each name and environment: set, list, rotate, remove, run"
  ),
  Command.withShortDescription("API keys in the keychain"),
  Command.withExamples([{ command: "crewkit keys list", description: "What there is, and what should be replaced" }]),
  Command.withSubcommands([set, list, rotate, remove, run])
)
