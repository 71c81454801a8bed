/** `kill -9` in the midst of writing the vault: the old one or the new one is there, whole. `FAULTS=all` for 200 kills. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { join } from "node:path"
import { makeVaultStore } from "../../src/layers/vaultStore.ts"
import { Scratch } from "../fakes/Scratch.ts"
import { cheap, typing, words } from "../support/vault.ts"

const all = process.env["FAULTS"] === "all"
const kills = all ? 200 : 20
const lanes = 2

const writer = join(import.meta.dirname, "vaultWriter.ts")

/** Starts a writer, lets it write, kills it after so many milliseconds; the last number it said. */
const killed = async (folder: string, first: number, delay: number): Promise<number> => {
  const child = spawn(process.execPath, [writer, folder, String(first)], { stdio: ["ignore", "pipe", "inherit"] })
  let said = ""
  child.stdout.on("data", (data: Buffer) => (said += data.toString()))
  await once(child.stdout, "data")
  const closed = once(child, "close")
  setTimeout(() => child.kill("SIGKILL"), delay)
  await closed
  return Number(said.trimEnd().split("\n").at(-1))
}

describe("a vault whose writer is killed", () => {
  it.live(
    `${kills} kills leave the old or the new one`,
    () =>
      Effect.gen(function* () {
        const { path } = yield* Scratch
        let later = 0
        yield* Effect.forEach(
          Array.from({ length: lanes }, (_, lane) => lane),
          (lane) =>
            Effect.gen(function* () {
              const folder = path(`vault-${lane}`)
              let next = 0
              for (let turn = lane; turn < kills; turn += lanes) {
                const done = yield* Effect.promise(() => killed(folder, next, (turn * 37) % 23))
                const { get } = makeVaultStore({ folder, passphrase: typing(words), cost: cheap })
                const value = yield* get({ username: "https://registry.example default", what: "the login" })
                const found = Option.getOrElse(Option.map(value, Redacted.value), () => "none")
                const number = Number(found.split(" ")[0])
                assert.include([done, done + 1], number, `kill ${turn}`)
                assert.strictEqual(found.length, `${number} `.length + 20_000)
                if (number === done + 1) later++
                next = number + 1
              }
              // The next write puts away what the killed ones left.
              yield* Effect.promise(() => killed(folder, next, 50))
              const left = fs.readdirSync(folder).filter((name) => name.endsWith(".tmp"))
              assert.isAtMost(left.length, 1)
            }),
          { concurrency: "unbounded", discard: true }
        )
        process.stdout.write(`vault: ${kills} kills, ${later} between the rename and the word that it is done\n`)
      }).pipe(Effect.provide(Scratch.layer)),
    all ? 900_000 : 120_000
  )
})
