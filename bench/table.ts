/**
 * One table of how long each command takes: as a multiple of `node -e 0`, of the same command of another build (the last
 * release, say), and beside tools of the same kind from npm. One project of 100 agents from a folder, a real keychain, a
 * login to a served registry; a script stands in for Claude Code.
 *
 *     node bench/table.ts [--runs N] [--quick] [--release FOLDER] [--peers]
 *
 * `--release` is the folder of an installed package, `…/node_modules/@crewkit/cli`. `--peers` installs the other tools
 * into the scratch folder, without their install scripts.
 */
import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { startKeychain } from "../test/support/keychain.ts"
import { logIn } from "../test/support/login.ts"
import { scratch as makeScratch } from "../test/support/program.ts"
import { serveRegistry } from "../test/support/registryServer.ts"
import {
  floorArgs,
  interleave,
  machine,
  makeProject,
  makeRegistry,
  median,
  type Node,
  nodes,
  program,
  type Scratch,
  time,
  withScratch
} from "./support.ts"

const { values } = parseArgs({
  options: {
    runs: { type: "string" },
    quick: { type: "boolean", default: false },
    release: { type: "string" },
    peers: { type: "boolean", default: false }
  }
})
const runs = Number(values.runs ?? (values.quick ? 3 : 15))
if (!(Number.isInteger(runs) && runs > 0)) throw new Error("--runs takes a whole number above 0")

interface Case {
  readonly args: ReadonlyArray<string>
  /** At most so many times `node -e 0`. */
  readonly target?: number
  /** Asks the served registry instead of the folder. */
  readonly served?: boolean
}

const cases: ReadonlyArray<Case> = [
  { args: ["--version"], target: 1.1 },
  { args: ["--help"], target: 1.4 },
  { args: ["--completions", "bash"], target: 1.5 },
  { args: [], target: 2.5 },
  { args: ["sync"], target: 3 },
  { args: ["sync", "--check"] },
  { args: ["doctor"], target: 6 },
  { args: ["agents", "list"] },
  { args: ["agents", "show", "agent-00000"] },
  { args: ["agents", "explain", "agent-00000"] },
  { args: ["agents", "diff"] },
  { args: ["agents", "audit"] },
  { args: ["backups", "list"] },
  { args: ["sessions", "list"] },
  { args: ["config", "show"] },
  { args: ["config", "validate"] },
  { args: ["keys", "list"] },
  { args: ["telemetry", "status"] },
  { args: ["auth", "status"], target: 3, served: true },
  { args: ["whoami"], served: true }
]

/** A command line of the same kind in npm, on oclif: log in, deploy, look at what is there. Others want a newer Node. */
const peers = { heroku: "11.10.0" }

const binOf = (folder: string, name: string): string => {
  const { bin }: { readonly bin: string | Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8")
  )
  const file = typeof bin === "string" ? bin : bin[name]
  if (file === undefined) throw new Error(`${folder} has no program ${name}`)
  return join(folder, file)
}

const installPeers = (scratch: Scratch): ReadonlyArray<{ readonly name: string; readonly path: string }> => {
  const prefix = join(scratch.root, "peers")
  mkdirSync(prefix)
  writeFileSync(join(prefix, "package.json"), "{}")
  const wanted = Object.entries(peers).map(([name, version]) => `${name}@${version}`)
  execFileSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...wanted], {
    cwd: prefix,
    stdio: "ignore"
  })
  return Object.entries(peers).map(([name, version]) => ({
    name: `${name} ${version}`,
    path: binOf(join(prefix, "node_modules", name), name)
  }))
}

interface Line {
  readonly what: string
  readonly ms: number
  readonly ratio: number
  readonly target: number | undefined
  readonly toRelease: number | undefined
}

const show = (title: string, lines: ReadonlyArray<Line>): void => {
  const head = ["what", "median", "to node -e 0", "target", "met", "to the release"]
  const rows = lines.map(({ ms, ratio, target, toRelease, what }) => [
    what,
    `${ms.toFixed(1)} ms`,
    ratio.toFixed(2),
    target === undefined ? "-" : `<= ${target}`,
    target === undefined ? "-" : ratio <= target ? "yes" : "no",
    toRelease === undefined ? "-" : toRelease.toFixed(2)
  ])
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)))
  console.log(`\n${title}`)
  for (const row of [head, ...rows])
    console.log(
      row
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join("  ")
        .trimEnd()
    )
}

const crewkit = program()
const release = values.release === undefined ? undefined : binOf(values.release, "crewkit")
const keychain = await startKeychain()
const registry = await serveRegistry()
const home = makeScratch()
try {
  const login = await logIn(home, {
    env: { ...keychain.env, CREWKIT_REGISTRY: registry.url },
    decide: (code) => registry.approve(code)
  })
  if (login.code !== 0) throw new Error(`no login: ${login.stderr}`)
  withScratch((scratch) => {
    const claude = join(scratch.root, "claude")
    writeFileSync(claude, "#!/bin/sh\necho '2.1.330 (Claude Code)'\n")
    chmodSync(claude, 0o755)
    Object.assign(scratch.env, keychain.env, { CLAUDE_PATH: claude })
    const others = values.peers ? installPeers(scratch) : []
    console.log(`bench/table: ${machine(scratch)}, ${runs} runs each`)
    if (release === undefined) console.log("no release to compare with: give one by --release")
    makeRegistry(join(scratch.root, "registry"), 100)

    const table = (node: Node): ReadonlyArray<Line> => {
      const cwd = join(scratch.root, `project-${node.version}`)
      makeProject(scratch, cwd, join(scratch.root, "registry"))
      writeFileSync(join(cwd, ".gitignore"), ".crewkit/\n.agent/local/\n.claude/.backups/\n")
      const run = (path: string, { args, served = false }: Case): number => {
        if (served) scratch.env["CREWKIT_REGISTRY"] = registry.url
        const ms = time({ node, args: [path, ...args], cwd }, scratch)
        delete scratch.env["CREWKIT_REGISTRY"]
        return ms
      }
      const floor = (): number => time({ node, args: floorArgs, cwd }, scratch)
      run(crewkit, { args: ["sync"] })
      const own = cases.map((each): Line => {
        const mine = (): number => run(crewkit, each)
        // Keeps the compiled code for the runs that count.
        mine()
        const before = release === undefined ? undefined : (): number => run(release, each)
        before?.()
        const { before: earlier, ...times } =
          before === undefined
            ? { ...interleave(runs, { floor, mine }), before: undefined }
            : interleave(runs, { floor, mine, before })
        const [ms, base] = [median(times.mine), median(times.floor)]
        const toRelease = earlier === undefined ? undefined : ms / median(earlier)
        return { what: `crewkit ${each.args.join(" ")}`.trim(), ms, ratio: ms / base, target: each.target, toRelease }
      })
      const peerLines = others.flatMap(({ name, path }) =>
        ["--version", "--help"].map((flag): Line => {
          const mine = (): number => run(path, { args: [flag] })
          mine()
          const times = interleave(Math.min(runs, 5), { floor, mine })
          const [ms, base] = [median(times.mine), median(times.floor)]
          return { what: `${name} ${flag}`, ms, ratio: ms / base, target: undefined, toRelease: undefined }
        })
      )
      return [...own, ...peerLines]
    }

    for (const node of nodes()) show(`On Node ${node.label}`, table(node))
  })
} finally {
  home[Symbol.dispose]()
  await registry[Symbol.asyncDispose]()
  await keychain.stop()
}
