import { Command } from "effect/cli"
import { push } from "./sessionsPush.ts"

export const sessions = Command.make("sessions").pipe(
  Command.withDescription("The session log: push"),
  Command.withExamples([{ command: "crewkit sessions push", description: "Tell the registry what it has not heard" }]),
  Command.withSubcommands([push])
)
