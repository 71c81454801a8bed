/**
 * What recording a session costs: the wait before Claude Code starts, memory and idle CPU beside it, how soon an edit
 * is in the log, and one record. The place of Claude Code is taken by a shell script that says when it was started.
 *
 *     node bench/code.ts [--runs N] [--quick]
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { join } from "node:path"
import { openLogFile } from "../src/layers/logFile.ts"
import {
  floorArgs,
  machine,
  makeProject,
  makeRegistry,
  median,
  type Node,
  nodes,
  options,
  printTable,
  program,
  type Row,
  type Scratch,
  showMs,
  time,
  withScratchAsync
} from "./support.ts"

const { quick, runs = quick ? 3 : 11 } = options()
const crewkit = program()
const targets = { startMs: 400, memoryMb: 60, idlePercent: 0.5, noticeMs: 500, appendUs: 100 }

/** Says when it was started, and then waits until it is told to end. */
const stub = (told: string): string => `#!/bin/sh
[ "$1" = --version ] && { echo "2.1.330 (Claude Code)"; exit 0; }
date +%s%N > "${told}.started"
while [ ! -e "${told}.end" ]; do sleep 0.05; done
`

const until = async <A>(look: () => A | undefined, limitMs = 20_000): Promise<A> => {
  const end = performance.now() + limitMs
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error("waited in vain")
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

const textOf = (file: string): string | undefined => (existsSync(file) ? readFileSync(file, "utf8") : undefined)

/** One session from start to end; `during` is called once Claude Code would have the terminal. */
const session = async (
  command: ReadonlyArray<string>,
  cwd: string,
  scratch: Scratch,
  told: string,
  during: (pid: number) => Promise<void> = () => Promise.resolve()
): Promise<number> => {
  for (const end of [".started", ".end"]) rmSync(`${told}${end}`, { force: true })
  const [file = "", ...args] = command
  const before = performance.timeOrigin + performance.now()
  const child = spawn(file, args, { cwd, env: { ...scratch.env, CLAUDE_PATH: `${told}.sh` }, stdio: "ignore" })
  const over = once(child, "exit")
  const started = await until(() => {
    const text = textOf(`${told}.started`)
    return text?.endsWith("\n") === true ? text : undefined
  })
  await during(child.pid ?? 0)
  writeFileSync(`${told}.end`, "")
  const [code] = await over
  if (code !== 0) throw new Error(`exit code ${code}`)
  return Number(BigInt(started) / 1000n) / 1000 - before
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Private and proportional memory of one process, MB. */
const memoryOf = (pid: number): { readonly rss: number; readonly pss: number; readonly own: number } => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")
  const kb = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, "m").exec(text)?.[1] ?? 0) / 1024
  return { rss: kb("Rss"), pss: kb("Pss"), own: kb("Private_Dirty") + kb("Private_Clean") }
}

/** Ticks of 10 ms. */
const ticksOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ")
  return Number(fields[11]) + Number(fields[12])
}

const row = (
  what: string,
  value: string,
  against: string,
  ratio: number,
  target: string,
  met: boolean,
  count = runs
): Row => ({
  what,
  runs: count,
  value,
  against,
  ratio,
  target,
  met
})

/** Whether the log has an edit of this agent. */
const noticed = (log: string, name: string): true | undefined =>
  new RegExp(`"io\\.crewkit\\.agent\\.edited"[^\\n]*"subject":"\\.claude/agents/${name}\\.md"`).test(textOf(log) ?? "")
    ? true
    : undefined

const measure = async (node: Node, scratch: Scratch): Promise<ReadonlyArray<Row>> => {
  const told = join(scratch.root, `claude-${node.version}`)
  writeFileSync(`${told}.sh`, stub(told), { mode: 0o755 })
  const rows: Array<Row> = []
  for (const agents of [100, 1000]) {
    const cwd = join(scratch.root, `project-${agents}-${node.version}`)
    makeProject(scratch, cwd, join(scratch.root, `registry-${agents}`))
    time({ node, args: [crewkit, "sync"], cwd }, scratch)
    const code = [node.path, crewkit, "code"]
    await session(code, cwd, scratch, told)
    const times = { bare: [0], code: [0], floor: [0] }
    for (const list of Object.values(times)) list.pop()
    for (let index = 0; index < runs; index++) {
      times.floor.push(time({ node, args: floorArgs, cwd }, scratch))
      times.bare.push(await session([`${told}.sh`], cwd, scratch, told))
      times.code.push(await session(code, cwd, scratch, told))
    }
    const added = median(times.code) - median(times.bare)
    const floor = median(times.floor)
    const limit = agents === 100 ? `<= ${targets.startMs} ms` : "-"
    rows.push(
      row(
        `added before it starts, ${agents} agents`,
        showMs(added),
        `node -e 0 ${showMs(floor)}`,
        added / floor,
        limit,
        agents !== 100 || added <= targets.startMs
      )
    )
    await session(code, cwd, scratch, told, async (pid) => {
      await pause(1500)
      const seconds = quick ? 4 : 20
      const before = ticksOf(pid)
      await pause(seconds * 1000)
      const percent = (ticksOf(pid) - before) / seconds
      const { own, pss, rss } = memoryOf(pid)
      if (agents === 1000) {
        rows.push(
          row(
            `CPU while nothing happens, ${agents} agents`,
            `${percent.toFixed(2)} %`,
            "one core",
            percent / 100,
            `< ${targets.idlePercent} %`,
            percent < targets.idlePercent,
            1
          )
        )
      }
      rows.push(
        row(
          `memory beside it, ${agents} agents`,
          `${pss.toFixed(0)} MB (rss ${rss.toFixed(0)}, private ${own.toFixed(0)})`,
          `${targets.memoryMb} MB`,
          pss / targets.memoryMb,
          `<= ${targets.memoryMb} MB`,
          pss <= targets.memoryMb,
          1
        )
      )
      const names = readdirSync(join(cwd, ".claude", "agents")).slice(0, runs)
      const log = join(cwd, ".crewkit", "sessions")
      const segment =
        readdirSync(log)
          .find((name) => name.endsWith(".open"))
          ?.replace(".open", ".0001.jsonl") ?? ""
      const waits: Array<number> = []
      for (const name of names) {
        const start = performance.now()
        appendFileSync(join(cwd, ".claude", "agents", name), "one more line\n")
        await until(() => noticed(join(log, segment), name.replace(".md", "")))
        waits.push(performance.now() - start)
        await pause(300)
      }
      const worst = Math.max(...waits)
      rows.push(
        row(
          `an edit is in the log, ${agents} agents (worst)`,
          showMs(worst),
          `median ${showMs(median(waits))}`,
          worst / median(waits),
          `<= ${targets.noticeMs} ms`,
          worst <= targets.noticeMs,
          waits.length
        )
      )
    })
    time({ node, args: [crewkit, "sync", "--yes"], cwd }, scratch)
  }
  return rows
}

/** In this process: one record against a bare write of the same line. */
const append = (scratch: Scratch): Row => {
  const count = quick ? 20_000 : 100_000
  const event = {
    type: "io.crewkit.agent.edited",
    subject: ".claude/agents/reviewer.md",
    data: {
      agent: "reviewer",
      before: { sha256: "a".repeat(64), size: 6700 },
      after: { sha256: "b".repeat(64), size: 6710 },
      added: 1,
      removed: 0,
      by: { kind: "claude", evidence: "path", "gen_ai.tool.name": "Edit", "gen_ai.conversation.id": "c".repeat(36) }
    }
  } as const
  const file = openLogFile(join(scratch.root, "append.jsonl"), "00000000-0000-4000-8000-000000000000")
  const began = performance.now()
  for (let index = 0; index < count; index++) file.append(event, new Date().toISOString())
  const each = ((performance.now() - began) / count) * 1000
  file.close()
  const line = Buffer.from(`${readFileSync(file.path, "utf8").split("\n")[5]}\n`)
  const fd = openSync(join(scratch.root, "bare.jsonl"), "a")
  const bare = performance.now()
  for (let index = 0; index < count; index++) writeSync(fd, line)
  const eachBare = ((performance.now() - bare) / count) * 1000
  closeSync(fd)
  return row(
    "one record",
    `${each.toFixed(1)} us`,
    `bare write ${eachBare.toFixed(1)} us`,
    each / eachBare,
    `<= ${targets.appendUs} us`,
    each <= targets.appendUs,
    count
  )
}

await withScratchAsync(async (scratch) => {
  console.log(`bench/code: ${machine(scratch)}`)
  for (const agents of [100, 1000]) makeRegistry(join(scratch.root, `registry-${agents}`), agents)
  printTable("The session log, in this process", [append(scratch)])
  for (const node of nodes()) printTable(`crewkit code, on Node ${node.label}`, await measure(node, scratch))
})
