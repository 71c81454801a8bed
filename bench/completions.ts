/**
 * How long a TAB takes, as a multiple of `node -e 0`: crewkit's answer to a shell, in a project with 100 agents, each
 * with backups, 100 sessions and 20 API keys.
 *
 *     node bench/completions.ts [--runs N] [--quick]
 */
import { randomUUID } from "node:crypto"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  agentName,
  floorArgs,
  interleave,
  machine,
  makeProject,
  makeRegistry,
  nodes,
  options,
  printTable,
  program,
  ratioRow,
  type Row,
  type Scratch,
  time,
  withScratch
} from "./support.ts"

const { quick, runs = quick ? 5 : 20 } = options()
const crewkit = program()
const count = 100

/** 50 ms where `node -e 0` takes 35. */
const target = 1.5

const cases: ReadonlyArray<{ readonly what: string; readonly args: ReadonlyArray<string> }> = [
  { what: "commands", args: ["__complete", "zsh", ""] },
  { what: "flags of sync", args: ["__complete", "zsh", "sync", "--"] },
  { what: "agents, with descriptions", args: ["__complete", "zsh", "agents", "show", ""] },
  { what: "agents in bash", args: ["__complete", "bash", "crewkit agents show ", ""] },
  { what: "agents that have backups", args: ["__complete", "zsh", "backups", "show", ""] },
  { what: "times of backups", args: ["__complete", "zsh", "backups", "show", agentName(1), ""] },
  { what: "sessions", args: ["__complete", "zsh", "sessions", "show", ""] },
  { what: "API keys", args: ["__complete", "zsh", "keys", "remove", ""] },
  { what: "the script, at a shell's start", args: ["--completions", "bash"] }
]

/** What a year of work leaves behind. */
const fill = (project: string, { env }: Scratch): void => {
  for (let index = 0; index < count; index++) {
    const folder = join(project, ".claude", ".backups", agentName(index))
    mkdirSync(folder, { recursive: true })
    for (const day of ["11", "12", "13"]) writeFileSync(join(folder, `2026-10-${day}T14-30-22-123Z.md`), "")
  }
  const sessions = join(project, ".crewkit", "sessions")
  mkdirSync(sessions, { recursive: true })
  let ledger = ""
  for (let index = 0; index < count; index++) {
    const session = randomUUID()
    writeFileSync(join(sessions, `${session}.0001.jsonl`), "")
    const opened = {
      seq: index,
      prev: "0".repeat(64),
      type: "io.crewkit.ledger.opened",
      time: "2026-10-11T14:30:22.123Z"
    }
    ledger += `${JSON.stringify({ ...opened, data: { session, kind: "code" } })}\n`
  }
  writeFileSync(join(sessions, "ledger.jsonl"), ledger)
  const data = join(env["XDG_DATA_HOME"] ?? "", "crewkit")
  mkdirSync(data, { recursive: true })
  const keys = Array.from({ length: 20 }, (_, index) => ({
    name: `key-${index}`,
    env: index % 2 === 0 ? "dev" : "prod"
  }))
  writeFileSync(join(data, "keys.json"), JSON.stringify({ version: 1, salt: "", keys }))
}

withScratch((scratch) => {
  console.log(`bench/completions: ${machine(scratch)}`)
  makeRegistry(join(scratch.root, "registry"), count)
  for (const node of nodes()) {
    const cwd = join(scratch.root, `project-${node.version}`)
    makeProject(scratch, cwd, join(scratch.root, "registry"))
    time({ node, args: [crewkit, "sync"], cwd }, scratch)
    fill(cwd, scratch)
    const rows: Array<Row> = []
    for (const { args, what } of cases) {
      const run = (): number => time({ node, args: [crewkit, ...args], cwd }, scratch)
      run()
      const times = interleave(runs, { floor: () => time({ node, args: floorArgs, cwd }, scratch), crewkit: run })
      rows.push(ratioRow(what, times.crewkit, "node -e 0", times.floor, target))
    }
    printTable(`A TAB on Node ${node.label}`, rows)
  }
})
