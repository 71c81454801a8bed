/** `man/crewkit.1`: the specifications of all commands, and the tables of docs/scripts.md, as one manual page. */
import { Effect, Option } from "effect"
import { CliOutput, Command, type HelpDoc } from "effect/cli"
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"

const root = dirname(import.meta.dirname)
const { description, version }: { readonly version: string; readonly description: string } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8")
)

/** What the program would say to `--help` behind these words. */
const helpDocOf = async (path: ReadonlyArray<string>): Promise<HelpDoc.HelpDoc> => {
  const { crewkitFor } = await import("../src/commands/root.ts")
  const { environment } = await import("../src/commands/environment.ts")
  const { globals } = await import("../src/commands/globals.ts")
  const found: Array<HelpDoc.HelpDoc> = []
  const presenter: CliOutput.Presenter = {
    present: (event) =>
      Effect.sync(() => {
        if (event._tag === "Help") found.push(event.helpDoc)
      })
  }
  const crewkit = await Effect.runPromise(crewkitFor(["--help"]))
  const cli = crewkit.pipe(Command.withGlobalFlags(globals))
  // Boundary: with --help no handler runs, so what handlers ask for is never looked up.
  const run = Command.runWith(cli, { version })([...path, "--help"]) as Effect.Effect<void, unknown>
  await Effect.runPromise(run.pipe(Effect.provide([environment, CliOutput.layerPresenter(presenter)])))
  const [doc] = found
  if (doc === undefined) throw new Error(`no help for crewkit ${path.join(" ")}`)
  return doc
}

/** Text for roff: nothing in it is a request or a sequence, and a hyphen can be copied as one. */
const roff = (text: string): string =>
  text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("`", "\\`")
    .replace(/^(?=[.'])/gm, "\\&")
    .replace(/\P{ASCII}/gu, (sign) => `\\[u${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`)

/** A paragraph in lines that a person can read in the source too. */
const filled = (text: string): string => {
  const lines: Array<string> = []
  for (const word of text.split(" ")) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length > 66) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return roff(lines.join("\n"))
}

const quoted = (text: string): string => `"${roff(text).replaceAll('"', "\\(dq")}"`
const entry = (term: string, text: string): string => `.TP\n.B ${roff(term)}\n${filled(text)}`
const example = (lines: ReadonlyArray<string>): string => `.PP\n.EX\n${lines.map(roff).join("\n")}\n.EE`

const flagOf = ({ aliases, description, name, type }: HelpDoc.FlagDoc): string => {
  const value = type === "boolean" ? "" : ` ${type}`
  const names = [...aliases, name.startsWith("-") ? name : `--${name}`].join(", ")
  return entry(
    `${names}${value}`,
    Option.getOrElse(description, () => "")
  )
}

const sectionOf = (path: ReadonlyArray<string>, doc: HelpDoc.HelpDoc): string =>
  [
    `.SS ${quoted(["crewkit", ...path].join(" "))}`,
    filled(doc.description),
    example([doc.usage]),
    ...(doc.args ?? []).map(({ description, name }) =>
      entry(
        name,
        Option.getOrElse(description, () => "")
      )
    ),
    ...doc.flags.map(flagOf),
    ...(doc.examples ?? []).map(({ command, description = "" }) =>
      example([...(description === "" ? [] : [`# ${description}`]), command])
    )
  ].join("\n")

/** Every command that does something by itself, groups before what is in them. */
const sections = async (path: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const doc = await helpDocOf(path)
  const below: Array<string> = []
  for (const { commands } of doc.subcommands ?? [])
    for (const { name } of commands) below.push(...(await sections([...path, name])))
  return path.length === 0 ? below : [sectionOf(path, doc), ...below]
}

/** Rows of a table in a page of docs/, without Markdown's marks. */
const rowsOf = (page: string, heading: string): ReadonlyArray<ReadonlyArray<string>> => {
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? ""
  const rows = section
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2)
    .map((line) =>
      line
        .slice(2, -2)
        .split(" | ")
        .map((each) => each.replaceAll("`", ""))
    )
  if (rows.length === 0) throw new Error(`docs/scripts.md has no table under ${heading}`)
  return rows
}

export const manPage = async (): Promise<string> => {
  const top = await helpDocOf([])
  const scripts = readFileSync(join(root, "docs", "scripts.md"), "utf8")
  const table = (heading: string): ReadonlyArray<string> =>
    rowsOf(scripts, heading).map(([term = "", text = ""]) => entry(term, text))
  return [
    `.\\" Written by npm run build (scripts/manPage.ts); a change belongs in src/commands or docs/scripts.md.`,
    `.TH CREWKIT 1 "" "crewkit ${version}" "crewkit"`,
    ".SH NAME",
    `crewkit \\- ${roff(description)}`,
    ".SH SYNOPSIS",
    ".B crewkit",
    roff("[command] [flags]"),
    ".SH DESCRIPTION",
    `${roff(top.description)}.`,
    "Without a command it prints where the project stands and what to do next.",
    ".SH OPTIONS",
    "Every command takes these.",
    ...(top.globalFlags ?? []).map(flagOf),
    ".SH COMMANDS",
    ...(await sections([])),
    ".SH EXIT STATUS",
    ...table("Exit codes"),
    ".PP",
    filled("crewkit code passes Claude Code's own exit code on, crewkit keys run that of its program."),
    ".SH ENVIRONMENT",
    ...table("Environment"),
    ".SH FILES",
    entry(".agent/config.yml", "Organization, project, registry and settings of a project; committed."),
    entry(".agent/agents.lock", "Version and hash of every agent; committed."),
    entry(".agent/local/NAME.md", "A person's own overlay of an agent."),
    entry(".claude/agents/NAME.md", "The agents, as Claude Code reads them."),
    entry(".claude/.backups/", "What a sync or a restore replaced."),
    entry(".crewkit/", "This machine's state for the project, session logs included."),
    ".SH SEE ALSO",
    `.BR git (1),`,
    `.BR claude (1)`,
    ""
  ].join("\n")
}
