/**
 * Somebody who keeps saving agents while many syncs replace them: every file is whole at every moment, and no content
 * that was saved is gone, unless its own editor has saved over it. `FAULTS=all` for many rounds.
 */
import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import * as fs from "node:fs"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { agentText, registryWith, scratch, type Scratch } from "../support/program.ts"
import { logStateOf } from "./logJudge.ts"
import { filesOf } from "./support.ts"

const all = process.env["FAULTS"] === "all"
const rounds = all ? 50 : 1
const syncs = 20

const agents = ["architect", "debugger", "reviewer", "tester", "writer"]
const editor = join(import.meta.dirname, "editor.ts")

const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex")

/** What stands in packs of the content store, whole, by its hash. */
const stored = (project: Scratch): ReadonlyArray<string> => {
  const folder = project.path(".crewkit", "objects")
  return fs.readdirSync(folder).flatMap((name) => {
    const pack = fs.readFileSync(join(folder, name))
    let offset = pack.indexOf(0x0a) + 1
    const index: ReadonlyArray<readonly [string, number]> = JSON.parse(pack.toString("utf8", 0, offset))
    return index.flatMap(([hash, length]) => {
      const content = pack.subarray(offset, offset + length)
      offset += length
      return sha256(content) === hash ? [hash] : []
    })
  })
}

const hashesIn = (folder: string): ReadonlyArray<string> =>
  [...filesOf(folder).values()].map((content) => sha256(Buffer.from(content, "latin1")))

/** Of the registry, or of the editor; nothing where the editor has just begun to write to the file that is there. */
const whole = /^(?:---\n(?:(?!---)[^\n]*\n)+---\n(?:(?!---)[^\n]*\n)*(?:Release \d+\.|save \d{9} of \d+)\n)?$/

interface Editor {
  /** What it has said so far. */
  readonly said: () => string
  readonly stop: () => Promise<void>
}

const startEditor = async (project: Scratch): Promise<Editor> => {
  const folder = project.path(".claude", "agents")
  const child = spawn(process.execPath, [editor, folder, ...agents], { stdio: ["pipe", "pipe", "inherit"] })
  const parts: Array<string> = []
  child.stdout.on("data", (data: Buffer) => parts.push(data.toString()))
  await once(child.stdout, "data")
  return {
    said: () => parts.join(""),
    stop: async () => {
      const closed = once(child, "close")
      child.stdin.end()
      assert.deepStrictEqual(await closed, [0, null])
    }
  }
}

describe("an editor that saves while many syncs replace", () => {
  it(
    `loses nothing in ${rounds} rounds of ${syncs} syncs, and sees no file that is not whole`,
    async () => {
      using project = scratch()
      const release = (round: number): void => {
        const files = agents.map((name) => [`agents/${name}.md`, agentText(name, `Release ${round}.`)] as const)
        registryWith(project.beside("registry"), Object.fromEntries(files))
      }
      release(0)
      await project.crewkit(["init", "acme", "web", "--registry", "../registry"])
      assert.strictEqual((await project.crewkit(["sync"])).code, 0)
      const running = await startEditor(project)
      const over = new AbortController()
      const seen = new Set<string>()
      const bytes = Buffer.alloc(64 * 1024)
      let looks = 0
      const look = async (): Promise<void> => {
        for (const name of agents) {
          const fd = fs.openSync(project.path(".claude", "agents", `${name}.md`), "r")
          const read = (): string => bytes.toString("utf8", 0, fs.readSync(fd, bytes, 0, bytes.length, 0))
          // The editor's own writing may show for a moment. What is not whole by crewkit's doing stays so.
          for (let tries = 0; tries < 20 && !whole.test(read()); tries++) await setTimeout(20)
          seen.add(read())
          fs.closeSync(fd)
          looks++
        }
      }
      const looking = (async () => {
        while (!over.signal.aborted) {
          await look()
          await setTimeout(1)
        }
      })()
      for (let round = 1; round <= rounds; round++) {
        release(round)
        // All at once, and each has something to replace.
        const runs = await Promise.all(Array.from({ length: syncs }, () => project.crewkit(["sync"])))
        for (const { code, stderr } of runs) assert.strictEqual(code, 0, stderr)
      }
      await running.stop()
      over.abort()
      await looking
      const lines = running.said()
      const saved = [...lines.matchAll(/^saved (\S+) (\S+)$/gm)].map(([, hash = "", replaced = ""]) => ({
        hash,
        replaced
      }))
      const overwritten = new Set(saved.map(({ replaced }) => replaced))
      const kept = new Set([...hashesIn(project.path(".claude")), ...stored(project)])
      const lost = saved.filter(({ hash }) => !overwritten.has(hash) && !kept.has(hash))
      const taken = saved.filter(({ hash }) => !overwritten.has(hash) && kept.has(hash))
      process.stdout.write(
        `edits: ${saved.length} saved, ${taken.length} of them replaced by ${rounds * syncs} syncs, ${lost.length} lost, ${looks} looks\n`
      )
      assert.deepStrictEqual(
        [...seen].filter((text) => !whole.test(text)),
        []
      )
      assert.strictEqual(lost.length, 0)
      assert.isAbove(taken.length, rounds)
      const left = fs.readdirSync(project.path(".claude", "agents")).filter((name) => name.startsWith(".crewkit-"))
      assert.deepStrictEqual(left, [])
      const log = await logStateOf(project.project)
      assert.deepStrictEqual(log, { faults: [], unfinished: [], open: [] })
    },
    all ? 1_800_000 : 120_000
  )
})
