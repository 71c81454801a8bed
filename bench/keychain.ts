/**
 * What the keychain costs: one item read through the helper process, as a multiple of `node -e 0`, and the milliseconds
 * that it adds to a program that has other work to do meanwhile.
 *
 *     node bench/keychain.ts [--runs N] [--quick]
 */
import { writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { startKeychain } from "../test/support/keychain.ts"
import {
  floorArgs,
  interleave,
  machine,
  nodes,
  options,
  printTable,
  program,
  ratioRow,
  time,
  withScratch
} from "./support.ts"

const { quick, runs = quick ? 5 : 15 } = options()
const helper = join(dirname(program()), "keychain.cjs")

/** Asks for one item and ends, as little around it as can be; `busy` milliseconds of other work come first. */
const oneRead = (busy: number): string => `
const { spawn } = require("node:child_process")
const child = spawn(process.execPath, [${JSON.stringify(helper)}], { stdio: ["pipe", "pipe", "ignore"] })
const end = performance.now() + ${busy}
while (performance.now() < end);
child.stdin.write('{"id":1,"op":"get","service":"crewkit","username":"https://registry.example default"}\\n')
let text = ""
child.stdout.on("data", (data) => {
  text += data
  const answer = text.split("\\n").find((line) => line.includes('"id"') && line.endsWith("}"))
  if (answer !== undefined) process.exit(JSON.parse(answer).value === null ? 1 : 0)
})
`

/** A start-up of crewkit's takes at least this long, and the helper is started before it. */
const meanwhile = 60

const keychain = await startKeychain()
keychain.secretTool(
  ["store", "--label=bench", "service", "crewkit", "username", "https://registry.example default"],
  "x".repeat(1500)
)
try {
  withScratch((scratch) => {
    Object.assign(scratch.env, keychain.env)
    console.log(`bench/keychain: ${machine(scratch)}`)
    const cwd = scratch.root
    for (const [name, busy] of [
      ["alone", 0],
      ["overlapped", meanwhile]
    ] as const)
      writeFileSync(join(cwd, `${name}.cjs`), oneRead(busy))
    writeFileSync(
      join(cwd, "busy.cjs"),
      `const end = performance.now() + ${meanwhile}; while (performance.now() < end);`
    )
    for (const node of nodes()) {
      const run = (file: string) => (): number => time({ node, args: [join(cwd, file)], cwd }, scratch)
      const times = interleave(runs, {
        floor: () => time({ node, args: floorArgs, cwd }, scratch),
        alone: run("alone.cjs"),
        overlapped: run("overlapped.cjs"),
        busy: run("busy.cjs")
      })
      printTable(`A read through the helper on Node ${node.label}`, [
        ratioRow("one read, nothing else", times.alone, "node -e 0", times.floor),
        ratioRow(`one read beside ${meanwhile} ms of other work`, times.overlapped, "the work alone", times.busy)
      ])
    }
  })
} finally {
  await keychain.stop()
}
