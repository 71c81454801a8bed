import { Argument, Command, Flag } from "effect/cli"
import { lazyRun } from "./lazy.ts"

/** `all` loads the specification of every command, which is where their outputs are named. */
export const schemaFor = (all: () => Promise<unknown>) =>
  Command.make(
    "schema",
    {
      words: Argument.String("command").pipe(
        Argument.withDescription("The command's words; without any, what there is is listed"),
        Argument.variadic()
      ),
      lines: Flag.Boolean("lines").pipe(
        Flag.withDescription("The schema of one line, for a command that prints JSON Lines"),
        Flag.withDefault(false),
        Flag.withoutNegation
      )
    },
    lazyRun("schema", () => import("./schema.run.ts").then(({ data, runWith }) => ({ data, run: runWith(all) })))
  ).pipe(
    Command.withDescription("The JSON Schema (2020-12) of what a command prints with --json"),
    Command.withShortDescription("The JSON Schemas of what --json prints"),
    Command.withExamples([
      { command: "crewkit schema", description: "Which there are" },
      { command: "crewkit schema agents list > agents-list.schema.json", description: "For a validator" },
      { command: "crewkit schema sessions export --lines", description: "One line of JSON Lines" }
    ])
  )
