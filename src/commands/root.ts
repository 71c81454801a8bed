import { Effect } from "effect"
import { Command } from "effect/cli"
import { lazyRun } from "./lazy.ts"

/** `crewkit`: without a command, the overview. */
const overview = Command.make(
  "crewkit",
  {},
  lazyRun("crewkit", () => import("./overview.run.ts"))
).pipe(
  Command.withDescription("The same Claude Code sub-agents for everyone on the team"),
  Command.withExamples([
    { command: "crewkit", description: "Where this project stands, and what to do next" },
    { command: "crewkit init && crewkit sync", description: "Set a project up and bring its agents" },
    { command: "crewkit code", description: "Sync, then start Claude Code" }
  ])
)

/** In the order in which `--help` lists them. */
const commands = {
  init: () => import("./init.ts").then(({ init }) => init),
  sync: () => import("./sync.ts").then(({ sync }) => sync),
  code: () => import("./code.ts").then(({ code }) => code),
  agents: () => import("./agents.ts").then(({ agents }) => agents),
  backups: () => import("./backups.ts").then(({ backups }) => backups),
  sessions: () => import("./sessions.ts").then(({ sessions }) => sessions),
  auth: () => import("./auth.ts").then(({ auth }) => auth),
  whoami: () => import("./whoami.ts").then(({ whoami }) => whoami),
  keys: () => import("./keys.ts").then(({ keys }) => keys),
  config: () => import("./config.ts").then(({ config }) => config),
  registry: () => import("./registry.ts").then(({ registry }) => registry),
  doctor: () => import("./doctor.ts").then(({ doctor }) => doctor),
  telemetry: () => import("./telemetry.ts").then(({ telemetry }) => telemetry),
  update: () => import("./update.ts").then(({ update }) => update),
  feedback: () => import("./feedback.ts").then(({ feedback }) => feedback)
}

const isCommand = (word: string | undefined): word is keyof typeof commands =>
  word !== undefined && Object.hasOwn(commands, word)

/** Flags that are about all commands, wherever they stand. */
const concernsAll = /^(?:--(?:completions|wizard|help|version)\b|-[hv]$)/

/**
 * The program for these arguments. A first word that is a command is taken at its word: the others, which would cost a
 * tenth of the start, are not made, and none where there are flags alone. Anything else, a misspelt command or a flag
 * with a value in front, gets them all.
 */
export const crewkitFor = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
  const [word] = args
  const wanted = args.some((arg) => concernsAll.test(arg))
    ? Object.values(commands)
    : isCommand(word)
      ? [commands[word]]
      : args.every((arg) => arg.startsWith("-"))
        ? []
        : Object.values(commands)
  const made = yield* Effect.promise(() => Promise.all(wanted.map((make) => make())))
  return overview.pipe(Command.withSubcommands(made))
})
