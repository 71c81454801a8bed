/**
 * How long crewkit takes to start, as a multiple of `node -e 0`.
 *
 *     node bench/startup.ts [--runs N] [--quick]
 */
import { join } from "node:path"
import {
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
  time,
  withScratch
} from "./support.ts"

const { quick, runs = quick ? 5 : 15 } = options()
const crewkit = program()

interface Case {
  readonly args: ReadonlyArray<string>
  readonly agents: number
  readonly note?: string
  readonly target?: number
}

const cases: ReadonlyArray<Case> = [
  { args: ["--version"], agents: 100, target: 1.15 },
  { args: ["--help"], agents: 100, target: 1.5 },
  { args: ["sync", "--help"], agents: 100 },
  { args: ["--completions", "bash"], agents: 100 },
  { args: ["config", "show"], agents: 100 },
  { args: ["sync"], agents: 100, note: "100 agents, nothing to do", target: 3.5 },
  { args: ["sync"], agents: 1000, note: "1,000 agents, nothing to do", target: 6 }
]

withScratch((scratch) => {
  console.log(`bench/startup: ${machine(scratch)}`)
  for (const agents of [100, 1000]) makeRegistry(join(scratch.root, `registry-${agents}`), agents)
  for (const node of nodes()) {
    const projectOf = (agents: number): string => join(scratch.root, `project-${agents}-${node.version}`)
    for (const agents of [100, 1000]) {
      const cwd = projectOf(agents)
      makeProject(scratch, cwd, join(scratch.root, `registry-${agents}`))
      time({ node, args: [crewkit, "sync"], cwd }, scratch)
    }
    const rows: Array<Row> = []
    for (const { agents, args, note, target } of cases) {
      const cwd = projectOf(agents)
      const run = (): number => time({ node, args: [crewkit, ...args], cwd }, scratch)
      // Fills the compile cache, and the caches of the operating system.
      run()
      const times = interleave(runs, { floor: () => time({ node, args: floorArgs, cwd }, scratch), crewkit: run })
      const what = `crewkit ${args.join(" ")}${note === undefined ? "" : ` (${note})`}`
      rows.push(ratioRow(what, times.crewkit, "node -e 0", times.floor, target))
    }
    printTable(`Start-up on Node ${node.label}`, rows)
  }
})
