import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { prunable } from "../../src/domain/backupPrune.ts"
import { backupMillis } from "../../src/domain/when.ts"
import { checked } from "../fakes/agentArbitraries.ts"

const made = (name: string, day: number) => ({ name, time: `2025-10-${String(day).padStart(2, "0")}T14-30-22-123Z` })
const noon = (day: number) => Date.UTC(2025, 9, day, 12)

/** Newest first, of two agents in turn. */
const six = [made("a", 9), made("b", 8), made("a", 7), made("b", 6), made("a", 5), made("b", 4)]

const days = (all: ReadonlyArray<{ readonly time: string }>) => all.map(({ time }) => Number(time.slice(8, 10)))

describe("which backups go", () => {
  it("reads the time of a backup to the millisecond", () => {
    assert.strictEqual(backupMillis("2025-10-11T14-30-22-123Z"), Date.UTC(2025, 9, 11, 14, 30, 22, 123))
  })

  it("are those beyond so many of each agent, the oldest first", () => {
    assert.deepStrictEqual(days(prunable(six, { keep: 1, before: undefined, newestToo: false })), [4, 5, 6, 7])
    assert.deepStrictEqual(days(prunable(six, { keep: 2, before: undefined, newestToo: false })), [4, 5])
  })

  it("are those from before a time, but for the newest of an agent", () => {
    assert.deepStrictEqual(days(prunable(six, { keep: undefined, before: noon(7), newestToo: false })), [4, 5, 6])
    assert.deepStrictEqual(days(prunable(six, { keep: undefined, before: noon(30), newestToo: false })), [4, 5, 6, 7])
    const all = prunable(six, { keep: undefined, before: noon(30), newestToo: true })
    assert.deepStrictEqual(days(all), [4, 5, 6, 7, 8, 9])
  })

  it("are with both only those that both let go", () => {
    assert.deepStrictEqual(days(prunable(six, { keep: 2, before: noon(5), newestToo: false })), [4])
  })

  it.prop(
    "never take the newest of an agent unless that is asked for, nor fewer with less to keep",
    [
      Schema.Array(Schema.Struct({ name: Schema.Literals(["a", "b"]), day: Schema.Literals([1, 2, 3, 4, 5]) })),
      Schema.Literals([0, 1, 2, 3]),
      Schema.Literals([1, 3, 5, 9])
    ],
    ([list, keep, before]) => {
      const all = list.map(({ day, name }) => made(name, day)).sort((one, other) => (one.time < other.time ? 1 : -1))
      const gone = new Set(prunable(all, { keep, before: noon(before), newestToo: false }))
      for (const name of ["a", "b"]) {
        const newest = all.find((each) => each.name === name)
        assert.isTrue(newest === undefined || !gone.has(newest))
      }
      const more = new Set(prunable(all, { keep: undefined, before: noon(before), newestToo: true }))
      assert.isTrue([...gone].every((each) => more.has(each)))
    },
    checked
  )
})
