/** A program and all that it started, ended together. */
import { Effect, Schedule } from "effect"
import * as fs from "node:fs"
import { lookAfterKill, lookWhileEnding } from "../services/policies.ts"

interface Entry {
  readonly pid: number
  readonly parent: number
  /** When it began, in the words of the system: a number that is used again has another one. */
  readonly started: string
}

const linuxEntry = (pid: string): ReadonlyArray<Entry> => {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "latin1")
    // The name stands in brackets and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    const [state = "", parent = "0"] = fields
    return /[ZX]/.test(state) ? [] : [{ pid: Number(pid), parent: Number(parent), started: fields[19] ?? "" }]
  } catch {
    // It has ended meanwhile.
    return []
  }
}

/** `  12  1 Ss   Mon Nov 23 02:36:44 2026` */
const line = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/

/** Everything that runs; what has ended and was not waited for does not. */
const table = (): ReadonlyArray<Entry> => {
  if (process.platform === "linux")
    return fs
      .readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap(linuxEntry)
  const { spawnSync } = process.getBuiltinModule("node:child_process")
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid=,stat=,lstart="], { encoding: "latin1", timeout: 2000 })
  return (stdout ?? "").split("\n").flatMap((text) => {
    const [, pid, parent, state = "Z", started = ""] = line.exec(text) ?? []
    return state.startsWith("Z") ? [] : [{ pid: Number(pid), parent: Number(parent), started }]
  })
}

/** Looks at the tree again and again: whoever was once seen in it stays in it, even when its parent has gone. */
const treeOf = (root: number): (() => ReadonlyArray<number>) => {
  const members = new Map<number, string>()
  return () => {
    const all = table()
    const living = new Set<number>()
    const isMember = ({ parent, pid, started }: Entry): boolean =>
      members.get(pid) === started || living.has(parent) || (members.size === 0 && pid === root)
    // A child may stand before its parent in the table, so until nobody is found any more.
    for (let before = -1; living.size > before;) {
      before = living.size
      for (const entry of all) if (isMember(entry)) living.add(entry.pid)
    }
    for (const { pid, started } of all) if (living.has(pid)) members.set(pid, started)
    return [...living]
  }
}

const send = (pids: ReadonlyArray<number>, signal: NodeJS.Signals): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended meanwhile, or belongs to somebody else.
    }
  }
}

/**
 * Asks a program and everything below it to end, and kills what is left after `grace` milliseconds. It goes by who
 * started whom, not by process group: the program's group is ours too, and it gives its own children others.
 */
export const endTree = (root: number, grace: number): Effect.Effect<void> =>
  Effect.gen(function* () {
    if (process.platform === "win32") {
      const { spawnSync } = process.getBuiltinModule("node:child_process")
      spawnSync("taskkill", ["/PID", String(root), "/T", "/F"], { windowsHide: true })
      return
    }
    const living = treeOf(root)
    send(living(), "SIGTERM")
    const isEmpty = Effect.sync(() => living().length === 0)
    const schedule = Schedule.upTo(lookWhileEnding, { duration: grace })
    if (yield* Effect.repeat(isEmpty, { schedule, until: (empty) => empty })) return
    const kill = Effect.sync(() => {
      const left = living()
      send(left, "SIGKILL")
      return left.length === 0
    })
    yield* Effect.repeat(kill, { schedule: lookAfterKill, until: (empty) => empty })
  })
