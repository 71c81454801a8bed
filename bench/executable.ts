/**
 * How long the single-file executable takes to start, and the npm package on the same Node, as multiples of that Node's
 * `node -e 0`. Needs `npm run executable`.
 *
 *     node bench/executable.ts [--runs N] [--quick]
 */
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { installNode, nodes } from "../scripts/nodes.ts"
import {
  floorArgs,
  interleave,
  machine,
  makeProject,
  makeRegistry,
  options,
  printTable,
  program,
  ratioRow,
  time,
  withScratch
} from "./support.ts"

const { quick, runs = quick ? 5 : 15 } = options()
const version = nodes.executable
const node = { path: installNode(version), version, label: version }
const path = join(dirname(import.meta.dirname), ".cache", "executable", "crewkit")
if (!existsSync(path)) throw new Error(`${path} is not there; npm run executable`)
const alone = { path, version, label: "the executable" }

withScratch((scratch) => {
  console.log(`bench/executable: ${machine(scratch)}`)
  const cwd = join(scratch.root, "project")
  makeRegistry(join(scratch.root, "registry"), 100)
  makeProject(scratch, cwd, join(scratch.root, "registry"))
  const rows = [["sync"], ["--version"], ["--help"]].flatMap((args) => {
    const executable = (): number => time({ node: alone, args, cwd }, scratch)
    const npm = (): number => time({ node, args: [program(), ...args], cwd }, scratch)
    // Brings the agents, and fills the caches of compiled code.
    executable()
    npm()
    const floor = (): number => time({ node, args: floorArgs, cwd }, scratch)
    const times = interleave(runs, { executable, floor, npm })
    const what = args[0] === "sync" ? "sync (100 agents, nothing to do)" : args.join(" ")
    return [
      ratioRow(`executable: ${what}`, times.executable, "node -e 0", times.floor),
      ratioRow(`npm: ${what}`, times.npm, "node -e 0", times.floor)
    ]
  })
  printTable(`Start-up on Node ${version}`, rows)
})
