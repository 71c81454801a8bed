/** An agent's file that somebody saves between its backup and its replacement. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { AgentName } from "../../src/domain/AgentName.ts"
import { writeInBackground } from "../../src/layers/nodeFs.ts"
import { keepAbandoned, putInPlace, type Slot, takeAway } from "../../src/layers/replacing.ts"
import type { Kept } from "../../src/services/Backups.ts"
import { Scratch, type ScratchFolder } from "../fakes/Scratch.ts"

const name = AgentName.make("reviewer")
const file = "agents/reviewer.md"
const now = Date.UTC(2026, 9, 11)
const first = "2026-10-10T00-00-00-000Z"
const second = "2026-10-11T00-00-00-000Z"

const backupOf = (scratch: ScratchFolder, text: string): Kept => {
  scratch.write(`backups/reviewer/${first}.md`, text)
  const path = `.claude/.backups/reviewer/${first}.md`
  return { name, time: first, path, size: text.length, sha256: createHash("sha256").update(text).digest("hex") }
}

const slot = (scratch: ScratchFolder, kept: Kept | undefined): Slot => {
  fs.mkdirSync(scratch.path("agents"), { recursive: true })
  fs.mkdirSync(scratch.path("backups/reviewer"), { recursive: true })
  return { name, folder: scratch.path("agents"), backups: scratch.path("backups"), kept, now }
}

const put = (place: Slot, text: string) =>
  Effect.promise(async () => putInPlace(place, await writeInBackground(place.folder, Buffer.from(text))))

const test = (title: string, work: (scratch: ScratchFolder) => Effect.Effect<void>) =>
  it.effect(title, () => Effect.flatMap(Scratch, work).pipe(Effect.provide(Scratch.layer)))

describe("replacing an agent's file", () => {
  test("that is as it was backed up adds no backup, and keeps what is written to it still", (scratch) =>
    Effect.gen(function* () {
      const place = slot(scratch, backupOf(scratch, "old"))
      scratch.write(file, "old")
      const open = fs.openSync(scratch.path(file), "a")
      assert.isUndefined(yield* put(place, "new"))
      fs.writeSync(open, " and late")
      fs.closeSync(open)
      assert.deepStrictEqual([scratch.read(file), scratch.list("agents")], ["new", ["reviewer.md"]])
      assert.deepStrictEqual(scratch.list("backups/reviewer"), [`${first}.md`])
      assert.strictEqual(scratch.read(`backups/reviewer/${first}.md`), "old and late")
    }))

  test("that somebody has saved since makes that a backup too", (scratch) =>
    Effect.gen(function* () {
      const place = slot(scratch, backupOf(scratch, "old"))
      scratch.write(file, "saved since")
      const other = yield* put(place, "new")
      assert.deepInclude(other, { time: second, path: `.claude/.backups/reviewer/${second}.md`, size: 11 })
      assert.strictEqual(scratch.read(`backups/reviewer/${first}.md`), "old")
      assert.strictEqual(scratch.read(`backups/reviewer/${second}.md`), "saved since")
      assert.deepStrictEqual([scratch.read(file), scratch.list("agents")], ["new", ["reviewer.md"]])
    }))

  test("that was not there when it was looked for", (scratch) =>
    Effect.gen(function* () {
      const place = slot(scratch, undefined)
      scratch.write(file, "made since")
      assert.strictEqual((yield* put(place, "new"))?.time, second)
      assert.strictEqual(scratch.read(`backups/reviewer/${second}.md`), "made since")
      assert.strictEqual(scratch.read(file), "new")
    }))

  test("that was there, and is gone", (scratch) =>
    Effect.gen(function* () {
      const place = slot(scratch, backupOf(scratch, "old"))
      assert.isUndefined(yield* put(place, "new"))
      assert.deepStrictEqual([scratch.read(file), scratch.list("agents")], ["new", ["reviewer.md"]])
    }))

  test("in whose place a folder stands by now leaves the folder, and nothing else", (scratch) =>
    Effect.gen(function* () {
      const place = slot(scratch, backupOf(scratch, "old"))
      scratch.write(`${file}/inside.txt`, "theirs")
      assert.isTrue((yield* Effect.exit(put(place, "new")))._tag === "Failure")
      assert.strictEqual(scratch.read(`${file}/inside.txt`), "theirs")
      assert.deepStrictEqual(scratch.list("agents"), ["reviewer.md"])
    }))
})

describe("removing an agent's file", () => {
  test("that somebody has saved since makes that a backup too", (scratch) =>
    Effect.gen(function* () {
      const place = slot(scratch, backupOf(scratch, "old"))
      scratch.write(file, "saved since")
      assert.strictEqual((yield* Effect.promise(() => takeAway(place)))?.time, second)
      assert.strictEqual(scratch.read(`backups/reviewer/${second}.md`), "saved since")
      assert.deepStrictEqual(scratch.list("agents"), [])
    }))
})

describe("what a killed process had replaced and not looked at", () => {
  /** No process has this number. */
  const aside = `agents/.crewkit-99999999-${"0".repeat(8)}-0000-4000-8000-${"0".repeat(12)}.reviewer.old`

  for (const [what, text, kept] of [
    ["is a backup afterwards", "saved since", [`${first}.md`, `${second}.md`]],
    ["is no second backup", "old", [`${first}.md`]],
    ["is none where it is in place", "new", [`${first}.md`]]
  ] as const) {
    test(what, (scratch) =>
      Effect.gen(function* () {
        const place = slot(scratch, backupOf(scratch, "old"))
        scratch.write(file, "new")
        scratch.write(aside, text)
        yield* Effect.promise(() => keepAbandoned(place.folder, place.backups, now))
        assert.deepStrictEqual(scratch.list("backups/reviewer"), kept)
        assert.strictEqual(scratch.read(`backups/reviewer/${kept.at(-1) ?? ""}`), kept.length > 1 ? text : "old")
        assert.deepStrictEqual(scratch.list("agents"), ["reviewer.md"])
      })
    )
  }
})
