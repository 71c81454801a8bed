/**
 * Faults on purpose: the built program under strace, which kills it at one chosen system call, lets that call fail, or
 * sends a signal there; and what must hold afterwards. Only calls that change something inside the project are chosen.
 */
import * as fs from "node:fs"
import { basename, delimiter, dirname, join, relative } from "node:path"
import { type LogState, logStateOf } from "./logJudge.ts"
import type { Need } from "../support/needs.ts"
import { launcher, pictureOf, type Run, runProgram, type Scratch } from "../support/program.ts"

const onPath = (program: string): string | undefined =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => fs.existsSync(file))

/** Debian's package `strace`; it has to be allowed to trace (ptrace). */
export const strace: Need = {
  name: "strace",
  path: process.platform === "linux" ? onPath("strace") : undefined,
  installed: true
}

/** What can change a file or a folder; a question mark for what not every processor has. */
const traced = [
  "?open,openat,?creat,write,pwrite64,writev,pwritev,fsync,fdatasync,truncate,ftruncate,copy_file_range,sendfile",
  "?rename,?renameat,renameat2,?unlink,unlinkat,?rmdir,?mkdir,mkdirat,?link,linkat,?symlink,symlinkat",
  "?chmod,fchmod,fchmodat"
].join(",")

/** One call that changes something inside the project. */
export interface Call {
  readonly syscall: string
  /** The how-manieth call of this name it is in its thread, from 1: what strace's `when` counts. */
  readonly nth: number
  /** Name and paths, without what differs from run to run. */
  readonly label: string
  /** The file or folder, relative to the project; for a rename the new name. */
  readonly target: string
  /** Whether strace did here what it was asked to do. */
  readonly struck: boolean
}

/** What differs from run to run in a path. */
const steady = (path: string): string =>
  path
    .replace(/\.crewkit-\d+-[0-9a-f-]{36}\./, ".crewkit-*.")
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=\.\d+\.jsonl|\.open)/, "<session>")
    .replace(/\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}Z/, "<time>")

const readsOnly = (syscall: string, rest: string): boolean =>
  syscall.startsWith("open") && !/O_(?:WRONLY|RDWR|CREAT|TRUNC)/.test(rest)

/** The changing call inside the project that a line of the log tells of. */
const callOf = (project: string, syscall: string, rest: string, nth: number): Omit<Call, "struck"> | undefined => {
  // An opened file is named twice: as it was asked for, and as what came of it.
  const parts = new Set(rest.split(/["<>]/).filter((part) => part.startsWith(`${project}/`)))
  const paths = [...parts].map((part) => steady(relative(project, part)))
  const target = paths.at(-1)
  return target === undefined || readsOnly(syscall, rest)
    ? undefined
    : { syscall, nth, label: `${syscall} ${paths.join(" -> ")}`, target }
}

/** The changing calls inside the project, of what `strace -f -y -s 0` wrote down. */
export const callsOf = (log: string, project: string): ReadonlyArray<Call> => {
  const counts = new Map<string, number>()
  const calls: Array<Call> = []
  const main = /^\d+/.exec(log)?.[0]
  let latest: number | undefined
  for (const line of log.split("\n")) {
    const [, thread = "", event = ""] = /^(\d+) +(.*)$/.exec(line) ?? []
    const [, syscall, rest = ""] = /^(\w+)\((.*)/.exec(event) ?? []
    if (syscall !== undefined) {
      const nth = (counts.get(`${thread} ${syscall}`) ?? 0) + 1
      counts.set(`${thread} ${syscall}`, nth)
      const call = callOf(project, syscall, rest, nth)
      if (call !== undefined) {
        // Only what one thread does can be counted.
        const label = thread === main ? call.label : `${call.label} on thread ${thread}, not ${main}`
        calls.push({ ...call, label, struck: false })
      }
      if (thread === main) latest = call === undefined ? undefined : calls.length - 1
    }
    const struck = /\(INJECTED\)$|^--- SIG(?:INT|TERM) |^\+\+\+ killed by SIGKILL/.test(event)
    const call = latest === undefined ? undefined : calls[latest]
    if (struck && thread === main && latest !== undefined && call !== undefined) calls[latest] = { ...call, struck }
  }
  return calls
}

export type Fault =
  | { readonly kind: "kill" }
  | { readonly kind: "error"; readonly code: string }
  | { readonly kind: "signal"; readonly signal: "INT" | "TERM" }

const faultText = (fault: Fault): string =>
  fault.kind === "kill" ? "KILL" : fault.kind === "error" ? fault.code : `SIG${fault.signal}`

/** Files by their path below a folder, byte for byte; none where there is no folder. */
export type Files = ReadonlyMap<string, string>

export const filesOf = (folder: string): Files =>
  new Map(
    fs.existsSync(folder)
      ? fs
          .readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((entry) => !entry.isDirectory())
          .map((entry) => join(entry.parentPath, entry.name))
          .map((file) => [relative(folder, file), fs.readFileSync(file, "latin1")])
      : []
  )

const contentOf = (file: string): string | undefined =>
  fs.existsSync(file) ? fs.readFileSync(file, "latin1") : undefined

const said = ({ code, signal, stderr }: Run): string => `exit ${code ?? signal}: ${stderr.trim().slice(0, 300)}`

/** A project at the moment before a sync, to which it can be taken back. */
interface Bench {
  readonly project: Scratch
  /** The calls of a sync without a fault, in order. */
  readonly calls: ReadonlyArray<Call>
  readonly clean: Run
  readonly reset: () => void
}

/** And what a sync without a fault makes of it. */
export interface Lab extends Bench, Disposable {
  readonly name: string
  /** Files in `.claude/agents` that are none of crewkit's. */
  readonly foreign: ReadonlyArray<string>
  /** Agents whose files somebody has edited. */
  readonly edited: ReadonlyArray<string>
  /** What the agents were before `before`: their backups may be there. */
  readonly earlier: ReadonlyArray<Files>
  readonly before: Files
  readonly after: Files
  /** What one more sync makes of it when the registry has moved on once more. */
  readonly later: Files
  readonly lockBefore: string | undefined
  readonly lockAfter: string | undefined
  readonly lockLater: string | undefined
  /** Agents that crewkit has never written. */
  readonly unknown: ReadonlyArray<string>
  /** Keeps the project as it is, and gives back the way to it. */
  readonly hold: () => () => void
  /** The same with the registry moved on once more. */
  readonly inLaterRegistry: <A>(work: () => Promise<A>) => Promise<A>
}

const agentsFolder = (project: Scratch): string => project.path(".claude", "agents")
const lockFile = (project: Scratch): string => project.path(".agent", "agents.lock")

/**
 * strace counts the calls of each thread for itself, and an injection at the Nth call strikes every thread. So Node's
 * file operations with a callback are done on the main thread, later but in the order in which they were asked for:
 * the same calls on the same files, interleaved as before, and countable.
 */
const oneThread = `
const fs = require("node:fs")
const { promisify } = require("node:util")
const later = (work) => new Promise((resolve, reject) => {
  setImmediate(() => {
    try { resolve(work()) } catch (cause) { reject(cause) }
  })
})
for (const name of ["open", "write", "fsync", "close", "rename", "link", "unlink"]) {
  const there = fs[name + "Sync"]
  fs[name] = () => { throw new Error("only through promisify") }
  fs[name][promisify.custom] = (...args) =>
    later(() => name === "write" ? { bytesWritten: there(...args), buffer: args[1] } : there(...args))
}
`

interface Traced {
  readonly run: Run
  readonly calls: ReadonlyArray<Call>
}

const syncTraced = async (project: Scratch, inject: ReadonlyArray<string>): Promise<Traced> => {
  const file = project.beside("strace.log")
  fs.rmSync(file, { force: true })
  const options = ["-f", "-y", "-s", "0", "-o", file, "-e", `trace=${traced}`, ...inject]
  const preload = project.beside("one-thread.cjs")
  fs.writeFileSync(preload, oneThread)
  // Which of V8's threads asks for the number of processors is chance, and would make the count of `openat` unsteady.
  const program = [process.execPath, "--single-threaded", "--require", preload, launcher, "sync"]
  const run = await runProgram(strace.path ?? "strace", [...options, ...program], {
    cwd: project.project,
    env: project.env
  })
  if (!fs.existsSync(file)) throw new Error(`strace traced nothing: ${run.stderr}`)
  return { run, calls: callsOf(fs.readFileSync(file, "utf8"), project.project) }
}

// Git's own folder is never written to, and large.
const copyProject = (from: string, to: string): void => {
  fs.mkdirSync(to, { recursive: true })
  for (const entry of fs.readdirSync(to)) if (entry !== ".git") fs.rmSync(join(to, entry), { recursive: true })
  for (const entry of fs.readdirSync(from)) {
    if (entry !== ".git") fs.cpSync(join(from, entry), join(to, entry), { recursive: true, preserveTimestamps: true })
  }
}

export interface Start {
  readonly name: string
  /** Beside it stand `registry` and `later-registry`. The lab takes it over. */
  readonly project: Scratch
  readonly foreign: ReadonlyArray<string>
  readonly edited: ReadonlyArray<string>
  readonly earlier?: ReadonlyArray<Files>
}

const holdAs = (project: Scratch, place: string): (() => void) => {
  copyProject(project.project, project.beside(place))
  return () => copyProject(project.beside(place), project.project)
}

/** Keeps the project as it is now, then syncs it once without a fault. */
const benchOf = async (project: Scratch): Promise<Bench> => {
  const reset = holdAs(project, "kept")
  // Once to fill the compile cache, which lies outside of the project; once to count.
  await syncTraced(project, [])
  reset()
  const { calls, run: clean } = await syncTraced(project, [])
  if (clean.code !== 0) throw new Error(`without a fault: ${said(clean)}`)
  const elsewhere = calls.find((call) => call.label.includes(" on thread "))
  if (elsewhere !== undefined) throw new Error(`it cannot be counted: ${elsewhere.label}`)
  return { project, calls, clean, reset }
}

export const labOf = async ({ earlier = [], edited, foreign, name, project }: Start): Promise<Lab> => {
  const inLaterRegistry = async <A>(work: () => Promise<A>): Promise<A> => {
    const [registry, later, aside] = [
      project.beside("registry"),
      project.beside("later-registry"),
      project.beside("aside")
    ]
    fs.renameSync(registry, aside)
    fs.renameSync(later, registry)
    try {
      return await work()
    } finally {
      fs.renameSync(registry, later)
      fs.renameSync(aside, registry)
    }
  }
  const before = filesOf(agentsFolder(project))
  const lockBefore = contentOf(lockFile(project))
  const state = contentOf(project.path(".crewkit", "state.json")) ?? ""
  const bench = await benchOf(project)
  const [after, lockAfter] = [filesOf(agentsFolder(project)), contentOf(lockFile(project))]
  const next = await inLaterRegistry(() => project.crewkit(["sync"]))
  if (next.code !== 0) throw new Error(`${name}, without a fault: ${said(next)}`)
  return {
    ...bench,
    name,
    foreign,
    edited,
    earlier,
    before,
    after,
    later: filesOf(agentsFolder(project)),
    lockBefore,
    lockAfter,
    lockLater: contentOf(lockFile(project)),
    unknown: [...after.keys()].filter((file) => !state.includes(`"${basename(file, ".md")}"`) && !before.has(file)),
    hold: () => holdAs(project, "held"),
    inLaterRegistry,
    [Symbol.dispose]: () => project[Symbol.dispose]()
  }
}

export const rules = {
  hit: "the fault hits the call it was meant for",
  whole: "every agent file, the lock and the state are wholly the old or wholly the new one",
  kept: "what is replaced or removed is still there, on disk or as a backup, byte for byte",
  foreign: "files that crewkit did not write are as they were",
  hidden: "nothing lies in .claude/agents that Claude Code would load beside the agents",
  backups: "every backup is whole",
  tidy: "a sync that fails or is interrupted leaves no temporary file",
  exit: "the exit code is the documented one, and 0 only where all is done",
  told: "an error names a file, without a stack and without calling itself a bug",
  healed: "the next sync brings files and lock to what they would be without the fault",
  quiet: "a further sync writes nothing",
  blamed: "no sync calls an agent edited that nobody has edited",
  taken: "a file that somebody puts in the place of an agent not yet written is in the way, and stays",
  moved: "the next sync is right even where the registry has moved on: nothing of ours is in the way or left behind",
  logWhole: "the session log is whole at once and after the next syncs: its check raises no alarm",
  logEnded: "a sync that records something also ends what was cut off",
  logSaid: "a log that cannot be written is said, and changes nothing of the sync nor of its exit code",
  leftAgents: "after the next sync no temporary file is left in .claude/agents",
  leftElsewhere: "after the next sync (that has something to do) no temporary file is left anywhere in the project"
} as const
export type Rule = keyof typeof rules

export interface Verdict {
  readonly lab: string
  readonly fault: Fault
  readonly at: string
  readonly code: number | null
  readonly complete: boolean
  readonly problems: ReadonlyArray<{ readonly rule: Rule; readonly text: string }>
}

export const verdictText = ({ at, fault, lab }: Verdict): string => `${lab}, ${faultText(fault)} at ${at}`

const isTemporary = (path: string): boolean => basename(path).startsWith(".crewkit-")

const isAt = (lab: Lab, files: Files, lock: string | undefined): boolean => {
  const now = filesOf(agentsFolder(lab.project))
  const names = new Set([...now.keys(), ...files.keys()])
  return [...names].every((name) => now.get(name) === files.get(name)) && contentOf(lockFile(lab.project)) === lock
}

const isComplete = (lab: Lab): boolean => isAt(lab, lab.after, lab.lockAfter)

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

type Report = (rule: Rule, text: string) => void

/** What must hold at any moment, however the last sync ended; `reached` are the contents that may be there by now. */
const checkState = (lab: Lab, report: Report, reached: ReadonlyArray<Files> = [lab.before, lab.after]): void => {
  const now = filesOf(agentsFolder(lab.project))
  const backups = filesOf(lab.project.path(".claude", ".backups"))
  const ours = new Set(reached.flatMap((files) => [...files.keys()]).filter((name) => !lab.foreign.includes(name)))
  for (const name of ours) {
    const old = lab.before.get(name)
    const is = now.get(name)
    if (!reached.some((files) => files.get(name) === is)) {
      report("whole", `.claude/agents/${name} is neither the old nor the new one: ${is?.length ?? "no"} bytes`)
    }
    const folder = basename(name, ".md")
    const copies = [...backups].filter(([path]) => dirname(path) === folder)
    if (old !== undefined && is !== old && !copies.some(([, copy]) => copy === old)) {
      report("kept", `the former .claude/agents/${name} is gone`)
    }
  }
  for (const [path, copy] of backups) {
    const former = [...reached, ...lab.earlier].map((files) => files.get(`${dirname(path)}.md`))
    if (path.endsWith(".md") && !former.includes(copy)) {
      report("backups", `.claude/.backups/${steady(path)} has ${copy.length} of ${former[0]?.length ?? 0} bytes`)
    }
  }
  for (const name of lab.foreign) {
    if (now.get(name) !== lab.before.get(name)) report("foreign", `.claude/agents/${name} has changed`)
  }
  for (const name of now.keys()) {
    if (name.endsWith(".md") && !ours.has(name) && !lab.foreign.includes(name)) report("hidden", name)
  }
  const lock = contentOf(lockFile(lab.project))
  if (![lab.lockBefore, lab.lockAfter, lab.lockLater].includes(lock))
    report("whole", `.agent/agents.lock: ${lock ?? "gone"}`)
  for (const file of ["state.json", "answer.json", "registry-index.json"]) {
    const text = contentOf(lab.project.path(".crewkit", file))
    if (text !== undefined && !isJson(text)) report("whole", `.crewkit/${file} is cut off`)
  }
}

const temporaries = (lab: Lab): ReadonlyArray<string> =>
  [".agent", ".claude", ".crewkit"].flatMap((folder) =>
    [...filesOf(lab.project.path(folder)).keys()].filter(isTemporary).map((path) => steady(join(folder, path)))
  )

const checkMessage = (lab: Lab, { code, stderr }: Run, report: Report): void => {
  if (/crewkit made a mistake/.test(stderr)) report("told", `it calls itself a bug: ${stderr.slice(0, 300)}`)
  if (/^\s+at .+[:(]/m.test(stderr)) report("told", `a stack trace: ${stderr.slice(0, 300)}`)
  if (code === 0) return
  const names = [`${lab.project.project}/`, ".agent/", ".claude/", ".crewkit/"]
  if (!/^error: /m.test(stderr) || !names.some((name) => stderr.includes(name))) {
    report("told", `it names no file: ${stderr.slice(0, 300)}`)
  }
}

const checkLog = async (lab: Lab, report: Report): Promise<LogState> => {
  const state = await logStateOf(lab.project.project)
  for (const fault of state.faults) report("logWhole", fault)
  return state
}

const ofTheLog = /^\.crewkit\/(?:sessions|agents-seen\.json)/

/** Where the log could not be written, the sync is done all the same; that a session is not whole is said. */
const checkSaid = (call: Call, run: Run, complete: boolean, { open }: LogState, report: Report): void => {
  if (!ofTheLog.test(call.target)) return
  if (run.code !== 0 || !complete) report("logSaid", said(run))
  if (open.length > 0 && !run.stderr.includes("is not in the session log"))
    report("logSaid", `in silence, ${said(run)}`)
}

const numbers = { INT: 2, TERM: 15 } as const

const checkEnd = (lab: Lab, fault: Fault, run: Run, report: Report): void => {
  if (fault.kind === "kill") return
  const due = fault.kind === "error" ? 1 : 128 + numbers[fault.signal]
  if (run.code !== due && !(run.code === 0 && isComplete(lab))) report("exit", `not ${due}, ${said(run)}`)
  if (fault.kind === "error") checkMessage(lab, run, report)
  for (const file of temporaries(lab)) report("tidy", file)
}

const checkBlame = (lab: Lab, { stdout }: Run, report: Report): void => {
  for (const [line, name = ""] of stdout.matchAll(/^ {2}(\S+) {2}.*edited here.*$/gm)) {
    if (!lab.edited.includes(name)) report("blamed", line.trim())
  }
}

/** All that a sync is for is done, and it has said so in its state: what may follow is the session log. */
const isOver = (lab: Lab): boolean =>
  isComplete(lab) && contentOf(lab.project.path(".crewkit", "state.json"))?.includes('"pending":{}') === true

const checkRecovery = async (lab: Lab, report: Report): Promise<void> => {
  const idle = isOver(lab)
  const next = await lab.project.crewkit(["sync"])
  checkState(lab, report)
  checkBlame(lab, next, report)
  await checkLog(lab, report)
  if (next.code !== 0) report("healed", said(next))
  else if (!isComplete(lab)) report("healed", "files or lock are not what they would be without the fault")
  const agents = join(".claude", "agents")
  for (const file of temporaries(lab)) {
    if (file.startsWith(agents)) report("leftAgents", file)
    // Then there is nothing to do for the next one, and it writes nothing.
    else if (!idle) report("leftElsewhere", file)
  }
  const before = pictureOf(lab.project.project)
  const further = await lab.project.crewkit(["sync"])
  const after = pictureOf(lab.project.project)
  if (further.code !== 0) report("quiet", said(further))
  const changed = [...before, ...after].filter((line) => !before.includes(line) || !after.includes(line))
  for (const line of changed) report("quiet", `written again: ${relative(lab.project.project, line).slice(0, 120)}`)
}

const checkLater = async (lab: Lab, report: Report): Promise<void> => {
  const next = await lab.inLaterRegistry(() => lab.project.crewkit(["sync"]))
  checkState(lab, report, [lab.before, lab.after, lab.later])
  checkBlame(lab, next, report)
  const { open, unfinished } = await checkLog(lab, report)
  for (const left of [...open, ...unfinished]) report("logEnded", left)
  for (const file of temporaries(lab)) report("leftElsewhere", file)
  if (next.code !== 0) report("moved", said(next))
  else if (!isAt(lab, lab.later, lab.lockLater)) report("moved", "files or lock are not what they would be")
}

const checkTaken = async (lab: Lab, report: Report): Promise<void> => {
  const file = lab.unknown.map((name) => join(agentsFolder(lab.project), name)).findLast((path) => !fs.existsSync(path))
  if (file === undefined) return
  fs.mkdirSync(dirname(file), { recursive: true })
  fs.writeFileSync(file, "somebody's own")
  const next = await lab.project.crewkit(["sync"])
  if (next.code !== 6 || contentOf(file) !== "somebody's own") report("taken", `${basename(file)}: ${said(next)}`)
}

const effectOf = (fault: Fault): string =>
  fault.kind === "kill" ? "signal=KILL" : fault.kind === "error" ? `error=${fault.code}` : `signal=${fault.signal}`

/**
 * Whether the fault came at the call that was meant, and nowhere else. Writing the agents and making the caches go on
 * side by side, so what came before need not be in the same order.
 */
const isStruck = (calls: ReadonlyArray<Call>, lab: Bench, index: number): boolean => {
  const struck = calls.filter((call) => call.struck)
  return struck.length === 1 && struck[0]?.label === lab.calls[index]?.label
}

/** How far from its count a call is looked for, in case the count was not steady after all. */
const tries = [0, 0, -1, 1, 0, -1, 1, -2, 2, 0, -3, 3]

/** A sync with the fault; undefined where it did not come to the call. */
const strike = async (lab: Bench, index: number, fault: Fault, call: Call): Promise<Run | undefined> => {
  for (const off of tries) {
    lab.reset()
    const inject = `inject=${call.syscall}:${effectOf(fault)}:when=${Math.max(1, call.nth + off)}`
    const { calls, run } = await syncTraced(lab.project, ["-e", inject])
    if (isStruck(calls, lab, index)) return run
  }
  return undefined
}

/** Kills a sync of a project at the first call on this file, and leaves it at that. */
export const killAt = async (project: Scratch, target: string): Promise<void> => {
  const lab = await benchOf(project)
  const index = lab.calls.findIndex((call) => call.target === target)
  const call = lab.calls[index]
  const run = call === undefined ? undefined : await strike(lab, index, { kind: "kill" }, call)
  if (run === undefined) throw new Error(`no call on ${target} to kill at`)
}

/** Takes the project back, syncs with one fault, and checks what is there: at once, and after the next two syncs. */
export const probe = async (lab: Lab, index: number, fault: Fault): Promise<Verdict> => {
  const call = lab.calls[index]
  if (call === undefined) throw new Error(`${lab.name} has no call ${index}`)
  const problems: Array<{ readonly rule: Rule; readonly text: string }> = []
  const report: Report = (rule, text) => {
    if (!problems.some((problem) => problem.rule === rule && problem.text === text)) problems.push({ rule, text })
  }
  const run = await strike(lab, index, fault, call)
  const complete = isComplete(lab)
  if (run === undefined) report("hit", `in none of ${tries.length} runs`)
  else {
    checkState(lab, report)
    checkEnd(lab, fault, run, report)
    const state = await checkLog(lab, report)
    if (fault.kind === "error") checkSaid(call, run, complete, state, report)
    const back = lab.hold()
    await checkRecovery(lab, report)
    back()
    await checkLater(lab, report)
    back()
    await checkTaken(lab, report)
  }
  const at = `${index + 1} of ${lab.calls.length}, ${call.label}`
  return { lab: lab.name, fault, at, code: run?.code ?? null, complete, problems }
}

export interface Probe {
  readonly index: number
  readonly fault: Fault
}

/** All probes, shared out among labs that are the same; in the order of the probes. */
export const probeAll = async (
  labs: ReadonlyArray<Lab>,
  probes: ReadonlyArray<Probe>
): Promise<ReadonlyArray<Verdict>> => {
  const verdicts: Array<Verdict> = []
  const waiting = [...probes.entries()]
  await Promise.all(
    labs.map(async (lab) => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [place, { fault, index }] = next
        verdicts[place] = await probe(lab, index, fault)
      }
    })
  )
  return verdicts
}

/** So many of a list, evenly: the first, the last, and those between. */
export const spread = <A>(all: ReadonlyArray<A>, count: number): ReadonlyArray<A> =>
  count >= all.length
    ? all
    : all.filter((_, index) =>
        Array.from({ length: count }, (_, step) => Math.round((step * (all.length - 1)) / (count - 1))).includes(index)
      )
