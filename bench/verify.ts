/**
 * How fast the session log is checked, and with how much memory: `crewkit sessions verify` on 200 MB against a bare
 * SHA-256 of the same files, by the same Node in the same run, start-up taken off both.
 *
 *     node bench/verify.ts [--runs N] [--quick]
 */
import { mkdirSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import type { LogEvent } from "../src/domain/logEvents.ts"
import { newSigner } from "../test/fakes/LogKeysMemory.ts"
import { makeLog, uuid } from "../test/support/logMaker.ts"
import {
  floorArgs,
  interleave,
  machine,
  makeProject,
  makeRegistry,
  median,
  nodes,
  options,
  peakMemory,
  printTable,
  program,
  ratioRow,
  time,
  withScratch
} from "./support.ts"

const { quick, runs = quick ? 2 : 7 } = options()
const crewkit = program()
const wanted = (quick ? 40 : 200) * 1024 * 1024

/** Records a seal, and bytes a segment, of the writer. */
const [sealRecords, segmentBytes] = [1000, 16 * 1024 * 1024]
const target = 300

const bareScript = `const { createHash } = require("node:crypto")
const fs = require("node:fs")
const buffer = Buffer.allocUnsafeSlow(1 << 20)
for (const file of process.argv.slice(1)) {
  const hash = createHash("sha256")
  const fd = fs.openSync(file, "r")
  for (let read = 0; (read = fs.readSync(fd, buffer)) > 0; ) hash.update(read === buffer.length ? buffer : buffer.subarray(0, read))
  hash.digest()
}
`

/** As Claude Code's edits are recorded. */
const change = (index: number): LogEvent => ({
  type: "io.crewkit.agent.edited",
  subject: `.claude/agents/agent-${index % 100}.md`,
  data: {
    agent: `agent-${index % 100}`,
    before: { sha256: "a".repeat(64), size: 4096 },
    after: { sha256: "b".repeat(64), size: 4200 },
    added: index % 50,
    removed: index % 7,
    by: {
      kind: "claude",
      evidence: "path",
      "gen_ai.conversation.id": "5f0c2e0e-6a55-4a0f-9a1d-0d4d4a1f1c11",
      "gen_ai.tool.name": "Edit",
      "gen_ai.tool.call.id": "toolu_01A09q90qw90lq917835lq9"
    }
  }
})

const fill = (folder: string): void => {
  const log = makeLog({ folder, ledger: uuid("0"), signer: newSigner("crewkit-session-log-bench"), from: 0 })
  const session = log.session(uuid("1"))
  const length = JSON.stringify(change(0)).length + 250
  let [inSegment, records] = [0, 0]
  for (let bytes = 0; bytes < wanted; bytes += length) {
    session.append(change(records))
    inSegment += length
    if (++records % sealRecords === 0) session.seal()
    if (inSegment > segmentBytes) {
      session.rotate()
      inSegment = 0
    }
  }
  session.end("success", records)
}

withScratch((scratch) => {
  const registry = join(scratch.root, "registry")
  const project = join(scratch.root, "project")
  mkdirSync(project)
  makeRegistry(registry, 1)
  makeProject(scratch, project, registry)
  const empty = join(scratch.root, "empty")
  mkdirSync(empty)
  makeProject(scratch, empty, registry)
  const folder = join(project, ".crewkit", "sessions")
  fill(folder)
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => join(folder, name))
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0)
  console.log(machine(scratch))
  for (const node of nodes()) {
    const verifyIn = (cwd: string) => ({ node, cwd, args: [crewkit, "sessions", "verify"] })
    const timeOf = (args: ReadonlyArray<string>): number => time({ node, cwd: project, args }, scratch)
    const times = interleave(runs, {
      floor: () => timeOf(floorArgs),
      bare: () => timeOf(["-e", bareScript, ...files]),
      nothing: () => time(verifyIn(empty), scratch),
      verify: () => time(verifyIn(project), scratch)
    })
    const speed = (ms: number): string => `${Math.round(bytes / 1e3 / ms)} MB/s`
    const own = median(times.verify) - median(times.nothing)
    const bare = median(times.bare) - median(times.floor)
    printTable(`${node.label}, ${Math.round(bytes / 1e6)} MB of log`, [
      ratioRow("sessions verify", times.verify, "bare SHA-256", times.bare)
    ])
    console.log(`without start-up: check ${speed(own)} (target ${target} MB/s), bare SHA-256 ${speed(bare)}`)
    const peaks = [empty, project].map((cwd) => Math.round(peakMemory(verifyIn(cwd), scratch) / 1024 / 1024))
    console.log(`peak memory: ${peaks[0]} MB with no log, ${peaks[1]} MB with this one\n`)
  }
})
