import { Argument, Command, Flag } from "effect/cli"
import { ExportFormats } from "../domain/exportFormats.ts"
import { sessionRun } from "./lazy.ts"

const id = Argument.String("session").pipe(
  Argument.withDescription("Id of the session, or its first four characters or more; last is the newest")
)

const asked = id.pipe(
  Argument.withDescription(
    "Id of the session, or its first four characters or more; last is the newest; asked for at a terminal where left out"
  ),
  Argument.optional
)

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.withDefault(""))

const toggle = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false), Flag.withoutNegation)

const since = text("since", "TIME", "Sessions that began then or later: 2026-10-11, a time, or 7d")
const until = text("until", "TIME", "Sessions that began then or earlier")

const list = Command.make(
  "list",
  {
    agent: text("agent", "NAME", "Sessions in which this agent was changed"),
    user: text("user", "USER", "Sessions of this person: the registry's id, or the login on this machine"),
    kind: Flag.Literals("kind", ["all", "code", "sync", "restore"]).pipe(
      Flag.withDescription("Sessions of one kind"),
      Flag.withDefault("all")
    ),
    since,
    until,
    limit: Flag.Int("limit").pipe(Flag.withDescription("Sessions on a page"), Flag.withDefault(20)),
    page: Flag.Int("page").pipe(Flag.withDescription("Which page, from 1"), Flag.withDefault(1))
  },
  sessionRun("sessions list", () => import("./sessionsList.run.ts"))
).pipe(
  Command.withDescription("Recorded sessions, newest first: when, who, how long, changes to agents, how it ended"),
  Command.withShortDescription("Recorded sessions, newest first"),
  Command.withExamples([
    { command: "crewkit sessions list --since 7d", description: "Of the last week" },
    { command: "crewkit sessions list --agent code-reviewer", description: "In which an agent was changed" }
  ])
)

const show = Command.make(
  "show",
  { id: asked, diff: toggle("diff", "What was changed, line by line") },
  sessionRun("sessions show", () => import("./sessionsShow.run.ts"))
).pipe(
  Command.withDescription(
    "One session: what ran, and each change to an agent with who made it and where the backup is"
  ),
  Command.withShortDescription("One session and what was changed in it"),
  Command.withExamples([
    { command: "crewkit sessions show last --diff", description: "The newest, with every changed line" },
    { command: "crewkit sessions show 3f2a91c4", description: "By the beginning of its id" }
  ])
)

const verify = Command.make(
  "verify",
  { id: Argument.withDefault(id, ""), all: toggle("all", "Every session, as without an id") },
  sessionRun("sessions verify", () => import("./sessionsVerify.run.ts"))
).pipe(
  Command.withDescription(
    "Prove that nobody edited the session log: its chain, its seals, the ledger, the mark in the keychain, anchors in git. Exit code 8 and the first bad record of each file where somebody did."
  ),
  Command.withShortDescription("Prove that nobody edited the session log"),
  Command.withExamples([
    { command: "crewkit sessions verify --all", description: "Everything there is" },
    { command: "crewkit sessions verify 3f2a91c4", description: "One session" }
  ])
)

const report = Command.make(
  "report",
  { since, until, html: text("html", "FILE", "Write it as one self-contained page, too") },
  sessionRun("sessions report", () => import("./sessionsReport.run.ts"))
).pipe(
  Command.withDescription("Changes to agents as bars: by agent, by day, by what made them, by person"),
  Command.withShortDescription("Changes to agents as bars, or as a page"),
  Command.withExamples([
    { command: "crewkit sessions report --since 30d", description: "The last thirty days" },
    { command: "crewkit sessions report --html report.html", description: "A page to hand on" }
  ])
)

const exported = Command.make(
  "export",
  {
    format: Flag.Literals("format", ExportFormats).pipe(
      Flag.withDescription("JSON Lines, CSV, or OTLP/JSON logs (one request a line)"),
      Flag.withDefault("jsonl")
    ),
    output: text("output", "FILE", "Write to a file in place of standard output"),
    since,
    until
  },
  sessionRun("sessions export", () => import("./sessionsExport.run.ts"))
).pipe(
  Command.withDescription("Every record, for other programs: JSON Lines, CSV, or OpenTelemetry logs"),
  Command.withExamples([
    { command: "crewkit sessions export --format csv --output sessions.csv", description: "For a spreadsheet" },
    { command: "crewkit sessions export --format otlp --since 1d", description: "For an OpenTelemetry collector" }
  ])
)

const prune = Command.make(
  "prune",
  {
    olderThan: text("older-than", "SPAN", "Sessions that began longer ago: 90d"),
    keep: Flag.Int("keep").pipe(
      Flag.withDescription("All but the newest so many"),
      Flag.withMetavar("COUNT"),
      Flag.withDefault(-1)
    ),
    dryRun: toggle("dry-run", "Tell what would go, and delete nothing")
  },
  sessionRun("sessions prune", () => import("./sessionsPrune.run.ts"))
).pipe(
  Command.withDescription("Delete the log of old sessions; never of one that runs. The ledger keeps that they were."),
  Command.withShortDescription("Delete the log of old sessions"),
  Command.withExamples([
    { command: "crewkit sessions prune --older-than 90d --dry-run", description: "What would go" },
    { command: "crewkit sessions prune --keep 500 --yes", description: "In a script" }
  ])
)

const anchor = Command.make(
  "anchor",
  {},
  sessionRun("sessions anchor", () => import("./sessionsAnchor.run.ts"))
).pipe(
  Command.withDescription(
    "Sign how long the ledger is and its last record, as a git note on this commit: once it is pushed, nobody on this machine can take it back"
  ),
  Command.withShortDescription("Sign the state of the log into a git note"),
  Command.withExamples([
    { command: "crewkit sessions anchor && git push origin refs/notes/crewkit", description: "After a day's work" }
  ])
)

const push = Command.make(
  "push",
  {
    retryParked: toggle("retry-parked", "Send what the registry refused once more")
  },
  sessionRun("sessions push", () => import("./sessionsPush.run.ts"))
).pipe(
  Command.withDescription(
    "Tell the registry now what it has not heard: sessions, changes of agents, ends. In order and each once, however often it is interrupted. Exit code 0 when all is told, 1 when the registry refused some of it, 3 when nobody is logged in, 5 when the registry cannot be had; what is not told waits in the session log."
  ),
  Command.withShortDescription("Tell the registry now what it has not heard"),
  Command.withExamples([
    { command: "crewkit sessions push", description: "Everything that waits" },
    { command: "crewkit sessions push --retry-parked", description: "What was refused as well" },
    { command: "crewkit sessions push --json", description: "How many were told, wait, and were refused, and why" }
  ])
)

export const sessions = Command.make("sessions").pipe(
  Command.withDescription("The session log: list, show, verify, report, export, push, prune, anchor"),
  Command.withShortDescription("The session log: who changed which agent, and proof"),
  Command.withExamples([{ command: "crewkit sessions list", description: "What was recorded" }]),
  Command.withSubcommands([list, show, verify, report, exported, push, prune, anchor])
)
