/**
 * What the benchmarks share: the Nodes to run on, generated registries and projects in a scratch folder, timed runs,
 * and the table. A time is only ever shown beside another one that was taken in the same minute on the same machine.
 */
import { spawnSync } from "node:child_process"
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statfsSync,
  writeFileSync
} from "node:fs"
import { cpus, tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { parseArgs } from "node:util"

const repository = dirname(import.meta.dirname)

/** Without the folders that `npm run` puts in front. */
const systemPath = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"))

export interface Options {
  /** Undefined where the benchmark is to decide. */
  readonly runs: number | undefined
  readonly quick: boolean
}

export const options = (): Options => {
  const { values } = parseArgs({ options: { runs: { type: "string" }, quick: { type: "boolean", default: false } } })
  const runs = values.runs === undefined ? undefined : Number(values.runs)
  if (runs !== undefined && !(Number.isInteger(runs) && runs > 0))
    throw new Error("--runs takes a whole number above 0")
  return { runs, quick: values.quick }
}

export interface Node {
  readonly path: string
  readonly version: string
  readonly label: string
}

/** The system's Node and the one among the devDependencies, where they are there and differ. */
export const nodes = (): ReadonlyArray<Node> => {
  const file = process.platform === "win32" ? "node.exe" : "node"
  const candidates = [
    { from: "system", path: systemPath.map((folder) => join(folder, file)).find((path) => existsSync(path)) },
    { from: "devDependencies", path: join(repository, "node_modules", "node", "bin", file) }
  ]
  const found = new Map<string, Node>()
  for (const { from, path } of candidates) {
    if (path === undefined || !existsSync(path)) continue
    const version = spawnSync(path, ["--version"], { encoding: "utf8" }).stdout.trim()
    if (!found.has(version)) found.set(version, { path: realpathSync(path), version, label: `${version} (${from})` })
  }
  return [...found.values()]
}

/** The built program, as package.json names it. */
export const program = (): string => {
  const { bin }: { readonly bin: { readonly crewkit: string } } = JSON.parse(
    readFileSync(join(repository, "package.json"), "utf8")
  )
  const path = join(repository, bin.crewkit)
  if (!existsSync(path)) throw new Error(`${path} is not there; npm run build`)
  return path
}

export interface Scratch {
  readonly root: string
  /** All that a child process gets to see of the environment. */
  readonly env: NodeJS.ProcessEnv
  readonly remove: (folder: string) => void
}

/** A folder of its own, which is also the home of every process started in it, and what removes it. */
const makeScratch = (): { readonly scratch: Scratch; readonly end: () => void } => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "crewkit-bench-")))
  const home = (name: string): string => {
    const folder = join(root, "home", name)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return folder
  }
  const { SystemRoot } = process.env
  const env = {
    PATH: systemPath.join(delimiter),
    HOME: home(""),
    USERPROFILE: home(""),
    APPDATA: home("config"),
    LOCALAPPDATA: home("cache"),
    XDG_CONFIG_HOME: home("config"),
    XDG_CACHE_HOME: home("cache"),
    XDG_DATA_HOME: home("data"),
    XDG_STATE_HOME: home("state"),
    XDG_RUNTIME_DIR: home("runtime"),
    TMPDIR: home("tmp"),
    GIT_CONFIG_NOSYSTEM: "1",
    DO_NOT_TRACK: "1",
    LC_ALL: "C.UTF-8",
    ...(SystemRoot === undefined ? {} : { SystemRoot })
  }
  /** Flushed, so that the next measured fsync does not pay for the removal. */
  const remove = (folder: string): void => {
    rmSync(folder, { recursive: true, force: true })
    if (process.platform === "win32") return
    const fd = openSync(root, "r")
    fsyncSync(fd)
    closeSync(fd)
  }
  // The child dies of Ctrl-C, its run throws, and the folder is still removed.
  process.on("SIGINT", () => undefined)
  return { scratch: { root, env, remove }, end: () => rmSync(root, { recursive: true, force: true }) }
}

/** Runs with a folder of its own; removed at the end. */
export const withScratch = (run: (scratch: Scratch) => void): void => {
  const { end, scratch } = makeScratch()
  try {
    run(scratch)
  } finally {
    end()
  }
}

export const withScratchAsync = async (run: (scratch: Scratch) => Promise<void>): Promise<void> => {
  const { end, scratch } = makeScratch()
  try {
    await run(scratch)
  } finally {
    end()
  }
}

const tmpfs = 0x01021994

/** Where and on what this ran. */
export const machine = ({ root }: Scratch): string => {
  const [cpu] = cpus()
  const memory = process.platform === "linux" && statfsSync(root).type === tmpfs
  const place = memory ? "scratch folder in memory (tmpfs), where fsync costs nothing" : "scratch folder on a disk"
  return `${process.platform}-${process.arch}, ${cpus().length} x ${cpu?.model.trim() ?? "unknown CPU"}, ${place}`
}

// Inputs

const words = (
  "the a of and to in for with that each before after file test change code module boundary value error input review " +
  "report caller contract name reason result step check list path retry limit order state write read plan small clear"
).split(" ")

/** Numerical Recipes' generator: the same agents on every machine. */
const generator = (seed: number): ((below: number) => number) => {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const sentence = (next: (below: number) => number, length: number): string => {
  const text = Array.from({ length }, () => words[next(words.length)] ?? "").join(" ")
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

const body = (next: (below: number) => number, bytes: number): string => {
  const lines: Array<string> = []
  for (let length = 0; length < bytes; length += (lines.at(-1)?.length ?? 0) + 1) {
    lines.push(lines.length % 4 === 3 ? `\n## ${sentence(next, 3)}\n` : `- ${sentence(next, 9 + next(5))}`)
  }
  return `${lines.join("\n")}\n`
}

const toolSets = ["Read, Grep, Glob", "Read, Edit, Grep, Glob", "Read, Write, Edit", "Read, Grep, Glob, WebFetch"]
const models = ["inherit", "sonnet", "haiku", "opus"]

export const agentName = (index: number): string => `agent-${String(index).padStart(5, "0")}`

/** About 0.9 KB. */
export const agentText = (index: number, revision: number): string => {
  const next = generator(index * 7919 + revision * 104729 + 1)
  const frontmatter = [
    `name: ${agentName(index)}`,
    `description: ${sentence(next, 12)} Use it after code was written.`,
    `tools: ${toolSets[next(toolSets.length)] ?? "Read"}`,
    `model: ${models[next(models.length)] ?? "inherit"}`
  ]
  return `---\n${frontmatter.join("\n")}\n---\nRevision ${revision}. ${sentence(next, 16)}\n\n${body(next, 560)}`
}

const overrideText = (index: number): string => {
  const next = generator(index + 15485863)
  return `---\ndescription: ${sentence(next, 10)}\ncolor: purple\n---\n## In this project\n\n${body(next, 200)}`
}

const organization = `name: Bench
default_role: intermediate
members:
  - name: Ada
    email: ada@bench.example
    role: senior
  - name: Tomas
    email: tomas@bench.example
    role: intermediate
  - name: Noor
    email: noor@bench.example
    role: intermediate
  - name: Kofi
    email: kofi@bench.example
    role: junior
`

const baseAgent = (registry: string, index: number): string => join(registry, "agents", `${agentName(index)}.md`)

/** `count` agents in the layout of a registry folder, one in twenty with an override of the project. */
export const makeRegistry = (registry: string, count: number): void => {
  const overrides = join(registry, "orgs", "bench", "projects", "bench", "agents")
  mkdirSync(join(registry, "agents"), { recursive: true })
  mkdirSync(overrides, { recursive: true })
  writeFileSync(join(registry, "orgs", "bench", "org.yml"), organization)
  for (let index = 0; index < count; index++) {
    writeFileSync(baseAgent(registry, index), agentText(index, 0))
    if (index % 20 === 0) writeFileSync(join(overrides, `${agentName(index)}.md`), overrideText(index))
  }
}

export const changeAgent = (registry: string, index: number, revision: number): void =>
  writeFileSync(baseAgent(registry, index), agentText(index, revision))

/** A git repository whose user is a member of the organization. */
export const makeProject = (scratch: Scratch, project: string, registry: string): void => {
  mkdirSync(join(project, ".agent"), { recursive: true })
  writeFileSync(
    join(project, ".agent", "config.yml"),
    `org: bench\nproject: bench\nregistry: ${JSON.stringify(registry)}\n`
  )
  for (const args of [
    ["init", "--quiet"],
    ["config", "user.email", "tomas@bench.example"]
  ]) {
    const { error, status } = spawnSync("git", args, { cwd: project, env: scratch.env, stdio: "ignore" })
    if (error !== undefined || status !== 0) throw new Error(`git ${args.join(" ")} failed in ${project}`)
  }
}

/** The synced files, by name. */
export const syncedAgents = (project: string): Readonly<Record<string, string>> => {
  const folder = join(project, ".claude", "agents")
  return Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), "utf8")]))
}

// Runs

export interface Command {
  readonly node: Node
  readonly args: ReadonlyArray<string>
  readonly cwd: string
}

export const floorArgs = ["-e", "0"] as const

const execute = ({ args, cwd, node }: Command, { env }: Scratch): { readonly ms: number; readonly stderr: string } => {
  const from = performance.now()
  const { error, signal, status, stderr } = spawnSync(node.path, args, {
    cwd,
    env,
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8"
  })
  const ms = performance.now() - from
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${signal ?? status}:\n${stderr}`)
  return { ms, stderr }
}

/** Wall time of one run, from spawning to the end, in milliseconds. Throws where the command fails. */
export const time = (command: Command, scratch: Scratch): number => execute(command, scratch).ms

/**
 * What a process says of its own peak when it ends: the kernel's high-water mark of this very program, where it can be
 * read. The number that a parent gets includes the moment between fork and exec, which is the parent's memory.
 */
const memoryProbe = `const { readFileSync, writeSync } = require("node:fs")
process.on("exit", () => {
  let kilobytes = process.resourceUsage().maxRSS
  try {
    kilobytes = Number(/VmHWM:\\s+(\\d+) kB/.exec(readFileSync("/proc/self/status", "latin1"))[1])
  } catch {}
  writeSync(2, "\\npeak " + kilobytes + "\\n")
})
`

/** Peak resident memory of one run, in bytes. */
export const peakMemory = (command: Command, scratch: Scratch): number => {
  const probe = join(scratch.root, "probe.cjs")
  if (!existsSync(probe)) writeFileSync(probe, memoryProbe)
  const { stderr } = execute({ ...command, args: ["--require", probe, ...command.args] }, scratch)
  const kilobytes = /^peak (\d+)$/m.exec(stderr)?.[1]
  if (kilobytes === undefined) throw new Error(`no peak memory from ${command.args.join(" ")}`)
  return Number(kilobytes) * 1024
}

/** `many` times each of the runs, one after the other, forwards and backwards in turn; the times by their names. */
export const interleave = <Name extends string>(
  many: number,
  runs: Readonly<Record<Name, (round: number) => number>>
): Readonly<Record<Name, ReadonlyArray<number>>> => {
  const names = Object.keys(runs) as Array<Name>
  const times = Object.fromEntries(names.map((name) => [name, new Array<number>()])) as Record<Name, Array<number>>
  for (let round = 0; round < many; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) times[name].push(runs[name](round))
  }
  return times
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}

// The table

export interface Row {
  readonly what: string
  readonly runs: number
  readonly value: string
  /** What the ratio is to. */
  readonly against: string
  readonly ratio: number
  /** The smallest and the largest ratio within one round: what the machine's noise makes of it. */
  readonly range?: readonly [number, number]
  readonly target: string
  readonly met: boolean | undefined
}

export const showMs = (ms: number): string => `${ms < 10 ? ms.toFixed(3) : ms.toFixed(1)} ms`

/** The medians of two lists of times as a row; the target, where there is one, is for their ratio. */
export const ratioRow = (
  what: string,
  times: ReadonlyArray<number>,
  base: string,
  baseTimes: ReadonlyArray<number>,
  target?: number
): Row => {
  const ratio = median(times) / median(baseTimes)
  const rounds = times.map((ms, round) => ms / (baseTimes[round] ?? Number.NaN))
  return {
    what,
    runs: times.length,
    value: showMs(median(times)),
    against: `${base} ${showMs(median(baseTimes))}`,
    ratio,
    range: [Math.min(...rounds), Math.max(...rounds)],
    target: target === undefined ? "-" : `<= ${target}`,
    met: target === undefined ? undefined : ratio <= target
  }
}

const head = ["what", "runs", "median", "against", "ratio", "by round", "target", "met"]

export const printTable = (title: string, rows: ReadonlyArray<Row>): void => {
  const lines = [
    head,
    ...rows.map(({ against, met, range, ratio, runs, target, value, what }) => [
      what,
      String(runs),
      value,
      against,
      ratio.toFixed(2),
      range === undefined ? "-" : range.map((each) => each.toFixed(2)).join(" to "),
      target,
      met === undefined ? "-" : met ? "yes" : "no"
    ])
  ]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const right = new Set([1, 2, 4])
  console.log(`\n${title}`)
  for (const line of lines) {
    const cells = line.map((cell, column) =>
      right.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
    )
    console.log(cells.join("  ").trimEnd())
  }
}
