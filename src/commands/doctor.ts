import { Command, Flag } from "effect/cli"
import { lazyRun } from "./lazy.ts"

const toggle = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false), Flag.withoutNegation)

export const doctor = Command.make(
  "doctor",
  {
    fix: toggle("fix", "Mend what is safe: missing folders, file modes, ignore lines, leftovers of killed runs"),
    offline: toggle("offline", "Ask no registry")
  },
  lazyRun("doctor", () => import("./doctor.run.ts"))
).pipe(
  Command.withDescription(
    "Check everything that crewkit stands on: programs, keychain, registry, login, files. Exit 1 if a check fails."
  ),
  Command.withShortDescription("Check everything crewkit stands on"),
  Command.withExamples([
    { command: "crewkit doctor", description: "What is wrong, and the next command for each" },
    { command: "crewkit doctor --fix", description: "Mend the safe ones first, and say what was done" },
    { command: "crewkit doctor --json --offline", description: "For scripts; asks no registry" }
  ])
)
