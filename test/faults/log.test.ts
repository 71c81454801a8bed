/**
 * Writers of the session log that are killed: no record that they were told is in the log is lost, and the check of the
 * log raises no alarm. `FAULTS=all` for 1,000 kills of eight writers at once.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { rolldown } from "rolldown"
import { decodeEvent, decodeRecord } from "../../src/domain/logRecord.ts"
import { SessionRecords } from "../../src/services/SessionRecords.ts"
import { Scratch } from "../fakes/Scratch.ts"
import { logIn } from "./logLives.ts"

const all = process.env["FAULTS"] === "all"
const kills = all ? 1000 : 60
const writers = 8

const root = dirname(dirname(import.meta.dirname))

/** The writer in one file: it starts in a fifth of the time. */
const bundled = async (folder: string): Promise<string> => {
  const bundle = await rolldown({ input: join(import.meta.dirname, "logWriter.ts"), platform: "node" })
  const file = join(folder, "logWriter.mjs")
  await bundle.write({ file, codeSplitting: false })
  await bundle.close()
  fs.symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction")
  return file
}

interface Acknowledged {
  readonly session: string
  readonly seq: number
  readonly hash: string
}

const acknowledgedIn = (text: string): ReadonlyArray<Acknowledged> =>
  [...text.matchAll(/^(\S{36}) (\d+) ([0-9a-f]{64})$/gm)].map(([, session = "", seq = "", hash = ""]) => ({
    session,
    seq: Number(seq),
    hash
  }))

/**
 * Starts a writer and kills it so many milliseconds after it has begun, or after its first record; what it said until
 * then.
 */
const killed = async (
  writer: string,
  folder: string,
  from: "begun" | "first record",
  delay: number
): Promise<ReadonlyArray<Acknowledged>> => {
  const child = spawn(process.execPath, [writer, folder], { stdio: ["ignore", "pipe", "inherit"] })
  let said = ""
  const begun = Promise.withResolvers<void>()
  child.stdout.on("data", (data: Buffer) => {
    said += data.toString()
    if (from === "begun" || acknowledgedIn(said).length > 0) begun.resolve()
  })
  const closed = once(child, "close")
  void closed.then(() => begun.resolve())
  await begun.promise
  setTimeout(() => child.kill("SIGKILL"), delay)
  const [code, signal] = await closed
  assert.deepStrictEqual([code, signal], [null, "SIGKILL"], "a writer ends by no fault of its own")
  // What stands after the last newline nobody was told.
  return acknowledgedIn(said.slice(0, said.lastIndexOf("\n") + 1))
}

const ended = async (writer: string, folder: string): Promise<void> => {
  const child = spawn(process.execPath, [writer, folder, "1"], { stdio: ["ignore", "ignore", "inherit"] })
  assert.deepStrictEqual(await once(child, "close"), [0, null])
}

const segmentLines = (folder: string, name: string): ReadonlyArray<string> =>
  fs.readFileSync(join(folder, name), "utf8").split("\n")

/** `session seq hash` of every record of a change that is in the log. */
const foundIn = (
  folder: string
): { readonly records: ReadonlySet<string>; readonly recovered: number; readonly torn: number } => {
  const records = new Set<string>()
  let recovered = 0
  let torn = 0
  for (const name of fs.readdirSync(folder).filter((one) => one.endsWith(".jsonl"))) {
    for (const line of segmentLines(folder, name)) {
      const record = Option.getOrUndefined(decodeRecord(line))
      if (record?.type === "io.crewkit.agent.edited") {
        const hash = createHash("sha256").update(JSON.stringify(record.data)).digest("hex")
        records.add(`${name.slice(0, 36)} ${record.seq} ${hash}`)
      }
      const event = record === undefined ? undefined : Option.getOrUndefined(decodeEvent(record))
      if (event?.type !== "io.crewkit.log.recovered") continue
      recovered += 1
      if (event.data.torn > 0) torn += 1
    }
  }
  return { records, recovered, torn }
}

const verifyIn = (folder: string) =>
  Effect.provide(
    SessionRecords.use((records) => records.verify(undefined)),
    logIn(folder)
  )

describe("a session log whose writers are killed", () => {
  it.live(
    `${kills} kills of ${writers} writers lose no record and raise no alarm`,
    () =>
      Effect.gen(function* () {
        const scratch = yield* Scratch
        scratch.write("keys/.keep", "")
        scratch.write("project/.keep", "")
        const folder = scratch.path("project", ".crewkit", "sessions")
        const writer = yield* Effect.promise(() => bundled(scratch.root))
        const acknowledged: Array<Acknowledged> = []
        let left = kills
        let checks = 0
        yield* Effect.forEach(
          Array.from({ length: writers }, (_, lane) => lane),
          (lane) =>
            Effect.gen(function* () {
              while (left > 0) {
                const turn = left--
                const from = turn % 3 === 0 ? "begun" : "first record"
                const delay = (turn * 37) % (from === "begun" ? 53 : 113)
                acknowledged.push(...(yield* Effect.promise(() => killed(writer, scratch.root, from, delay))))
                if (lane > 0) continue
                // While the others go on writing.
                checks += 1
                const { faults } = yield* verifyIn(scratch.root)
                assert.deepStrictEqual(faults, [], `after ${kills - left} kills`)
              }
            }),
          { concurrency: "unbounded", discard: true }
        )
        yield* Effect.promise(() => ended(writer, scratch.root))
        const verdict = yield* verifyIn(scratch.root)
        assert.deepStrictEqual(verdict.faults, [])
        assert.deepStrictEqual(verdict.notes, [])
        assert.deepStrictEqual(verdict.unsealed, [])
        const { records, recovered, torn } = foundIn(folder)
        const lost = acknowledged.filter(({ hash, seq, session }) => !records.has(`${session} ${seq} ${hash}`))
        assert.deepStrictEqual(lost, [])
        assert.isAbove(acknowledged.length, kills)
        assert.isAbove(recovered, 0)
        assert.deepStrictEqual(
          fs.readdirSync(folder).filter((name) => name.endsWith(".open")),
          []
        )
        process.stdout.write(
          `log: ${kills} kills, ${acknowledged.length} records acknowledged, ${recovered} sessions recovered, ` +
            `${torn} of them torn, ${checks + 1} checks, ${verdict.sessions} sessions, ${verdict.records} records\n`
        )
      }).pipe(Effect.provide(Scratch.layer)),
    all ? 1_800_000 : 120_000
  )
})
