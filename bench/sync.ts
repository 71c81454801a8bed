/**
 * How long a sync takes and how much memory, for 100, 1,000 and 10,000 agents: as a multiple of `node -e 0`, and a first
 * sync also as a multiple of a bare script that puts the same bytes on the same disk with the same care.
 *
 *     node bench/sync.ts [--runs N] [--quick]
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  changeAgent,
  floorArgs,
  interleave,
  machine,
  makeProject,
  makeRegistry,
  median,
  type Node,
  nodes,
  options,
  peakMemory,
  printTable,
  program,
  ratioRow,
  type Row,
  type Scratch,
  showMs,
  syncedAgents,
  time,
  withScratch
} from "./support.ts"

const { quick, runs = quick ? 2 : 5 } = options()
const crewkit = program()
const sizes = quick ? [100, 1000] : [100, 1000, 10_000]

/** The same work on disk and nothing else: exclusive temporary file, bytes, fsync, rename; at the end the folder. */
const bareScript = `const fs = require("node:fs")
const path = require("node:path")
const [contents, folder] = process.argv.slice(2)
let count = 0
for (const [name, text] of Object.entries(JSON.parse(fs.readFileSync(contents, "utf8")))) {
  const temporary = path.join(folder, ".bare-" + count++ + ".tmp")
  const fd = fs.openSync(temporary, "wx")
  fs.writeSync(fd, Buffer.from(text))
  fs.fsyncSync(fd)
  fs.closeSync(fd)
  fs.renameSync(temporary, path.join(folder, name))
}
const fd = fs.openSync(folder, "r")
fs.fsyncSync(fd)
fs.closeSync(fd)
`

const firstSyncTarget = 1.8
const memoryTarget = 300 * 1024 * 1024

interface Measured {
  readonly agents: number
  readonly rows: ReadonlyArray<Row>
  readonly first: ReadonlyArray<number>
  readonly again: ReadonlyArray<number>
}

const label = (agents: number): string => `${agents.toLocaleString("en-US")} agents`

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`

const memoryRow = (what: string, peaks: ReadonlyArray<number>, floor: ReadonlyArray<number>): Row => ({
  what,
  runs: peaks.length,
  value: megabytes(median(peaks)),
  against: `node -e 0 ${megabytes(median(floor))}`,
  ratio: median(peaks) / median(floor),
  target: `<= ${megabytes(memoryTarget)}`,
  met: median(peaks) <= memoryTarget
})

const measure = (scratch: Scratch, node: Node, agents: number): Measured => {
  const registry = join(scratch.root, `registry-${agents}`)
  const work = join(scratch.root, `work-${agents}-${node.version}`)
  const contents = join(work, "contents.json")
  const bare = join(work, "bare.cjs")
  const sync = (cwd: string, ...flags: ReadonlyArray<string>): number =>
    time({ node, args: [crewkit, "sync", ...flags], cwd }, scratch)
  const floor = (): number => time({ node, args: floorArgs, cwd: work }, scratch)
  const project = (name: string): string => {
    const folder = join(work, name)
    makeProject(scratch, folder, registry)
    return folder
  }

  const large = agents >= 10_000
  const firstRuns = large ? Math.min(runs, 3) : runs
  const otherRuns = large ? runs : 2 * runs

  // Fills the compile cache, and shows the bytes that a first sync writes.
  const warm = project("warm")
  sync(warm)
  const synced = syncedAgents(warm)
  const count = Object.keys(synced).length
  if (count !== agents) throw new Error(`a first sync of ${agents} agents wrote ${count} files`)
  writeFileSync(contents, JSON.stringify(synced))
  writeFileSync(bare, bareScript)

  const first = interleave(firstRuns, {
    floor,
    bare: (round) => {
      const folder = join(work, `bare-${round}`, ".claude", "agents")
      mkdirSync(folder, { recursive: true })
      return time({ node, args: [bare, contents, folder], cwd: work }, scratch)
    },
    crewkit: (round) => sync(project(`first-${round}`))
  })

  const cwd = join(work, "first-0")
  sync(cwd)
  sync(cwd, "--check")
  const later = interleave(otherRuns, {
    floor,
    again: () => sync(cwd),
    changed: (round) => {
      changeAgent(registry, (round * 37 + 3) % agents, round + 1)
      return sync(cwd)
    },
    check: () => sync(cwd, "--check")
  })
  // For the next Node the registry is as it was generated.
  for (let round = 0; round < otherRuns; round++) changeAgent(registry, (round * 37 + 3) % agents, 0)
  sync(cwd)

  const name = label(agents)
  const rows = [
    ratioRow(`first sync, ${name}`, first.crewkit, "node -e 0", first.floor),
    ratioRow(
      `first sync, ${name}`,
      first.crewkit,
      "bare writes",
      first.bare,
      agents === 1000 ? firstSyncTarget : undefined
    ),
    ratioRow(`nothing to do, ${name}`, later.again, "node -e 0", later.floor),
    ratioRow(`one agent changed, ${name}`, later.changed, "node -e 0", later.floor),
    ratioRow(`sync --check, ${name}`, later.check, "node -e 0", later.floor)
  ]
  if (large) {
    const peaks = interleave(firstRuns, {
      floor: () => peakMemory({ node, args: floorArgs, cwd: work }, scratch),
      first: (round) => peakMemory({ node, args: [crewkit, "sync"], cwd: project(`memory-${round}`) }, scratch),
      again: () => peakMemory({ node, args: [crewkit, "sync"], cwd }, scratch)
    })
    rows.push(
      memoryRow(`peak memory, first sync, ${name}`, peaks.first, peaks.floor),
      memoryRow(`peak memory, nothing to do, ${name}`, peaks.again, peaks.floor)
    )
  }
  scratch.remove(work)
  return { agents, rows, first: first.crewkit, again: later.again }
}

/** What one more agent costs above 1,000, by what it costs below: 1 is linear. */
const growthRow = (
  what: string,
  times: (measured: Measured) => ReadonlyArray<number>,
  all: ReadonlyArray<Measured>
) => {
  const [small, middle, large] = all
  if (small === undefined || middle === undefined || large === undefined) return []
  const marginal = (from: Measured, to: Measured): number =>
    (median(times(to)) - median(times(from))) / (to.agents - from.agents)
  const below = marginal(small, middle)
  const above = marginal(middle, large)
  const each = (measured: Measured): number => median(times(measured)) / measured.agents
  const row = { runs: times(large).length, target: "-", met: undefined }
  return [
    {
      ...row,
      what: `time per agent at 10,000, ${what}`,
      value: showMs(each(large)),
      against: `at 1,000 ${showMs(each(middle))}`,
      ratio: each(large) / each(middle)
    },
    {
      ...row,
      what: `one more agent from 1,000 to 10,000, ${what}`,
      value: showMs(above),
      against: `from 100 to 1,000 ${showMs(below)}`,
      ratio: above / below
    }
  ]
}

withScratch((scratch) => {
  console.log(`bench/sync: ${machine(scratch)}`)
  for (const agents of sizes) makeRegistry(join(scratch.root, `registry-${agents}`), agents)
  for (const node of nodes()) {
    const measured = sizes.map((agents) => measure(scratch, node, agents))
    printTable(`Sync on Node ${node.label}`, [
      ...measured.flatMap(({ rows }) => rows),
      ...growthRow("first sync", ({ first }) => first, measured),
      ...growthRow("nothing to do", ({ again }) => again, measured)
    ])
  }
})
