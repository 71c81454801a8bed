/**
 * How long `crewkit doctor` takes, as a multiple of `node -e 0`: a project of 100 agents from a folder, a real keychain,
 * and the Claude Code of CLAUDE_PATH, or where that is not set a script in its place.
 *
 *     node bench/doctor.ts [--runs N] [--quick]
 */
import { chmodSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { startKeychain } from "../test/support/keychain.ts"
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
  time,
  withScratch
} from "./support.ts"

const { quick, runs = quick ? 5 : 15 } = options()
const crewkit = program()

const keychain = await startKeychain()
try {
  withScratch((scratch) => {
    const stand = join(scratch.root, "claude")
    writeFileSync(stand, "#!/bin/sh\necho '2.1.330 (Claude Code)'\n")
    chmodSync(stand, 0o755)
    Object.assign(scratch.env, keychain.env, { CLAUDE_PATH: process.env["CLAUDE_PATH"] ?? stand })
    console.log(`bench/doctor: ${machine(scratch)}`)
    const registry = join(scratch.root, "registry")
    makeRegistry(registry, 100)
    for (const node of nodes()) {
      const cwd = join(scratch.root, `project-${node.version}`)
      makeProject(scratch, cwd, registry)
      writeFileSync(join(cwd, ".gitignore"), ".crewkit/\n.agent/local/\n.claude/.backups/\n")
      time({ node, args: [crewkit, "sync"], cwd }, scratch)
      const run =
        (...args: ReadonlyArray<string>) =>
        (): number =>
          time({ node, args: [crewkit, ...args], cwd }, scratch)
      const doctor = run("doctor")
      // Fills the compile cache.
      doctor()
      const times = interleave(runs, {
        floor: () => time({ node, args: floorArgs, cwd }, scratch),
        doctor,
        config: run("config", "show")
      })
      printTable(`The doctor on Node ${node.label}`, [
        ratioRow("crewkit doctor", times.doctor, "node -e 0", times.floor, 6),
        ratioRow("crewkit config show, for comparison", times.config, "node -e 0", times.floor)
      ])
    }
  })
} finally {
  await keychain.stop()
}
